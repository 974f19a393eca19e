"""What became of the plugin: the page's facts and the page's log, read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from testbed.devices.api import App, Health, LogLine, Problem
from testbed.devices.chromium.ownership import Ownership


class PluginState(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin in the SDK's queue. A remote plugin has one per action."""

    name: str
    type: str
    ready: bool
    loaded: bool
    error: str = ""


class Thrown(msgspec.Struct, frozen=True, kw_only=True):
    error: str
    stack: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True, rename={"global_type": "global"}):
    """What the harness knows (harnesses/web/src/health.js). `sdk` is ready, loading or failed; `global_type` is the
    `typeof` of the global that the bundle has to define; `listed`: the settings document, as the page saw it, names the
    plugin; `integrations`: the load option, as booleans."""

    sdk: str
    reason: str = ""
    failed_scripts: tuple[str, ...] = ()
    global_type: str = "undefined"
    plugins: tuple[PluginState, ...] = ()
    failures: tuple[Thrown, ...] = ()
    registration: str = ""
    listed: bool = False
    integrations: dict[str, bool] = {}


def diagnose(
    facts: Facts, app: App, consent: Mapping[str, bool] | None, ownership: Ownership, logs: Sequence[LogLine]
) -> Health:
    """The first of these that holds: the bundle did not load, it threw, it has not its global, the SDK was told not to
    load it, the SDK itself did not come up, it never got ready."""
    name, wanted = app.plugin.name, _global(app)
    installed = bool(facts.plugins)

    def no(problem: Problem, detail: str) -> Health:
        return Health(installed=installed, ready=False, problem=problem, detail=detail)

    if failed := next(filter(ownership.bundle, facts.failed_scripts), None):
        return no("script-failed", f"the bundle did not load: {failed}")
    if thrown := _thrown(facts, ownership, logs, wanted):
        return no("threw", thrown)
    if facts.sdk != "ready" and not installed:
        return no("no-sdk", _why_no_sdk(facts))
    if not installed and (why := _why_kept_out(facts, name, app, consent)):
        return no("not-loaded", why)
    if facts.failures or not installed:
        if facts.global_type == "undefined":
            return no("no-global", f"the bundle does not set window[{wanted!r}]")
        if app.target.style == "remote" and facts.global_type != "function":
            return no("no-global", f"window[{wanted!r}] has to be a function and is of type {facts.global_type}")
        said = facts.failures[0].error if facts.failures else "analytics.js does not say why"
        return no("threw" if facts.failures else "not-loaded", said)
    if app.target.style == "register" and not any(plugin.name == name for plugin in facts.plugins):
        # Every call's integrations object would miss it (analytics-core, event-queue: by the plugin's name).
        known = ", ".join(repr(plugin.name) for plugin in facts.plugins)
        return no("not-loaded", f"it registers as {known}, and integrations know it by {name!r}")
    if all(plugin.ready for plugin in facts.plugins):
        return Health(installed=True, ready=True)
    waiting = ", ".join(sorted({plugin.name for plugin in facts.plugins if not plugin.ready}))
    blocks = "" if facts.sdk == "ready" else ", and keeps analytics.js itself from initializing"
    return no("never-ready", f"{waiting} never reported ready{blocks}")


def _thrown(facts: Facts, ownership: Ownership, logs: Sequence[LogLine], wanted: str) -> str:
    if facts.registration:
        return f"window[{wanted!r}]: {facts.registration}"
    if error := next((plugin.error for plugin in facts.plugins if plugin.error), ""):
        return f"isLoaded() threw: {error}"
    if facts.failures and facts.global_type != "undefined":
        return facts.failures[0].error
    if facts.plugins and not facts.failures:
        return ""
    for line in logs:
        # The factory of a remote plugin threw, or gave something that is no plugin (analytics-next, remote-loader).
        if line.source == "console" and line.text.startswith("Failed to load Remote Plugin"):
            return line.text.partition("\n")[0]
        # The bundle threw while it was evaluated, before it could set its global.
        if facts.global_type == "undefined" and line.source == "exception" and ownership.bundle(line.url):
            return line.text
    return ""


def _why_no_sdk(facts: Facts) -> str:
    if facts.reason:
        return facts.reason
    if facts.failed_scripts:
        return f"analytics.js did not load: {facts.failed_scripts[0]}"
    return "analytics.js did not initialize in time"


def _why_kept_out(facts: Facts, name: str, app: App, consent: Mapping[str, bool] | None) -> str:
    """Why the SDK was right not to load the plugin (analytics-next, isDisabledIntegration and isPluginDisabled)."""
    if denied := [c for c in app.plugin.manifest.consent_categories if consent is not None and not consent.get(c)]:
        return f"the user did not consent to {', '.join(denied)}"
    if facts.integrations.get(name) is False:
        return f"the load option integrations[{name!r}] is false"
    if facts.integrations.get("All") is False and not facts.integrations.get(name):
        return "the load option integrations.All is false"
    if not facts.listed:
        return f"Segment's settings document has no entry for {name!r}"
    return ""


def _global(app: App) -> str:
    return f"{app.plugin.slug}Integration" if app.target.style == "classic" else app.target.library or ""
