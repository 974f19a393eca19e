"""Plugins small enough to read: one destination in the three styles that analytics.js loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from testbed.plugin.model import Egress, Manifest, Plugin, Style, Subscription, Target

CLASSIC = """
(function () {
  function Acme(settings) { this.settings = settings; this.on_ = {}; }
  Acme.prototype = {
    name: "Acme",
    on: function (event, listener) { (this.on_[event] = this.on_[event] || []).push(listener); },
    once: function (event, listener) { this.on(event, listener); },
    emit: function (event) { (this.on_[event] || []).forEach(function (listener) { listener(); }); },
    initialize: function () { this.emit("initialize"); this.emit("ready"); },
    invoke: function (method, facade) { this.send(method, facade.json()); },
    send: function (method, event) {
      fetch("https://api.acme.example/" + method,
        {method: "POST", body: JSON.stringify({key: this.settings.apiKey, event: event})});
    }
  };
  window.acmeIntegration = Acme;
})();
"""

PLUGIN = """{
    name: "Acme", type: "destination", version: "1.0.0",
    isLoaded: function () { return true; },
    load: function () { return Promise.resolve(); },
    track: send("track"), identify: send("identify"), page: send("page"), screen: send("screen"),
    group: send("group"), alias: send("alias")
  }"""

SEND = """
  var send = function (method) {
    return function (ctx) {
      fetch("https://api.acme.example/" + method,
        {method: "POST", body: JSON.stringify({key: settings.apiKey, event: ctx.event})});
      return ctx;
    };
  };"""

FACTORY = f"window.acmePlugin = function (settings) {{ {SEND}\n return {PLUGIN}; }};"

SOURCES: Mapping[Style, str] = {"classic": CLASSIC, "remote": FACTORY, "register": FACTORY}


def plugin_of(
    style: Style = "classic",
    source: str | None = None,
    *,
    page: str | None = None,
    files: Mapping[str, str] | None = None,
    consent: Iterable[str] = (),
) -> Plugin:
    """The Acme plugin in a style; `source` in place of its bundle, `files` beside it."""
    target = Target(
        id="web",
        sdk="web",
        style=style,
        entry="dist/acme.js",
        library=None if style == "classic" else "acmePlugin",
        page=page,
        subscriptions=(Subscription(partner_action="track", subscribe='type = "track"'),) if style == "remote" else (),
    )
    manifest = Manifest(
        name="Acme",
        version="1.0.0",
        settings={"apiKey": "k1"},
        egress=Egress(hosts=("*.acme.example",)),
        targets={"web": target},
        consent_categories=tuple(consent),
    )
    bundle = SOURCES[style] if source is None else source
    texts = {"dist/acme.js": bundle, **(files or {})}
    return Plugin(
        manifest=manifest, files={name: text.encode() for name, text in texts.items()}, sha256="0" * 64, source="test"
    )
