"""The JSON Schema of plugin.toml, for editors and for people who generate manifests.

Shapes come from the model, the sentences from `DESCRIPTIONS`. What goes beyond shapes (files that exist, hosts that are
declared) is in testbed.plugin.check.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import msgspec

from testbed.plugin.lens import Definition, KindRule, StubRule
from testbed.plugin.model import Differs, Egress, Manifest, Stub, Subscription, Target

DESCRIPTIONS: Mapping[type[msgspec.Struct], Mapping[str, str]] = {
    Manifest: {
        "name": "The destination's name: its key in the integrations object, case-sensitive, the same on every target.",
        "version": "The plugin's version, as text.",
        "kind": "destination: gets events. source: makes events.",
        "description": "One line about the plugin, for reports.",
        "calls": "The calls that the plugin supports.",
        "settings": "The plugin's settings, as Segment would serve them. A scenario can override them.",
        "secret_settings": "Names of settings whose values never appear in reports.",
        "consent_categories": "The consent categories that Segment maps the destination to. Empty: no consent needed.",
        "egress": "Whom the plugin may talk to.",
        "stub": "Canned answers of the vendor's hosts; the first that matches answers.",
        "targets": "The places where the plugin runs, by id.",
        "differs": "Intended differences between a target and what the scenarios ask.",
        "lens": "How to read the vendor's requests, where testbed does not know the vendor.",
        "include": "Further files to pack, as globs from the plugin's folder.",
    },
    Egress: {
        "hosts": "Host names or globs (*.acme.example). A request to any other host is refused, and is a finding.",
    },
    Stub: {
        "host": "Glob on the host name, covered by [egress] hosts.",
        "path": "Glob on the path, with or without its query; * spans slashes.",
        "method": "HTTP method, or * for all; * also answers CORS preflights.",
        "status": "HTTP status, 200 to 599.",
        "headers": "Response headers. CORS headers are added where they are not given.",
        "file": "The body: a file of the plugin. Its name gives the content type.",
        "body": "The body: text.",
        "json": "The body: JSON.",
        "delay_ms": "Milliseconds to wait before the answer.",
        "fail": "Instead of an answer: reset cuts the connection, blocked is what an ad blocker does.",
    },
    Target: {
        "sdk": "The Segment SDK that loads the plugin.",
        "style": "How analytics.js loads it: classic (window.<slug>Integration, a device-mode integration), remote "
        "(window[library](settings), an actions destination), register (the site calls analytics.register).",
        "entry": "The bundle: a file of the plugin.",
        "library": "The global that holds the plugin factory. For remote and register.",
        "subscriptions": "The actions that Segment's settings list for the plugin. For remote.",
        "page": "The customer's page: an HTML file of the plugin. Default: an empty page.",
        "classpath": "Android: the AARs and JARs of the plugin, in class path order; names or globs.",
        "maven": "Android: Maven coordinates, group:artifact:version. `testbed pack` resolves them into the zip.",
        "factory": "Android: what the app hands to the SDK. pkg.Class.FIELD (a static field) or pkg.Class.",
        "settings": "Settings of this target only, over those of the plugin.",
        "calls": "The calls that the plugin supports on this target. Default: those of the plugin.",
    },
    Subscription: {
        "partnerAction": "The action's key in the bundle. Also written partner_action.",
        "subscribe": "Which events trigger it, in Segment's FQL: type = \"track\" and event = \"Signed Up\".",
        "mapping": "The action's fields: literals and directives such as {\"@path\" = \"$.event\"}.",
        "name": "Its name in Segment's interface.",
        "id": "Its id in Segment's settings. Default: made up.",
        "enabled": "Whether it is switched on.",
    },
    Differs: {
        "target": "The id of the target that differs.",
        "reason": "Why, in words; printed with every run.",
        "scenario": "Glob on scenario names.",
        "step": "The kind of step concerned, such as screen.",
        "check": "The id of the built-in check or expectation concerned.",
        "name": "Glob on the name of the call concerned, where it has one.",
    },
}  # fmt: skip

LENS_DESCRIPTIONS: Mapping[type[msgspec.Struct], Mapping[str, str]] = {
    Definition: {
        "vendor": "The vendor's name, as expectations give it.",
        "host": "Globs on the host.",
        "path": "Globs on the path without its query; * spans slashes.",
        "method": "HTTP method, or * for all. Preflights are never read.",
        "when": "Sources of which one must give something, for the request to be this lens's.",
        "decode": "Pipelines from the request to JSON, such as form.data | base64 | json; the first that holds counts.",
        "items": "JMESPaths to the items, each a call. a / b goes into a, and for each item of it into b.",
        "inherit": "Globs on the keys that an item takes over from what is around it; query:GLOB for the query's.",
        "unpack": "Fields of an item that hold encoded data, each with its pipelines.",
        "kind": "How an item's kind is told: a source of it, or a table of rules.",
        "name": "Sources of the name of the event, page or screen.",
        "names": "Names as the vendor has them, and what they mean.",
        "user": "Sources of the user id.",
        "anonymous": "Sources of the anonymous id.",
        "group": "Sources of the group id.",
        "previous": "Sources of an alias's previous id.",
        "properties": "Sources of the properties, or of the traits.",
        "keep": "Globs on the names that are the caller's properties. Default: all.",
        "strip": "Prefixes to take off property names.",
        "drop": "Globs on the names that the vendor's SDK adds.",
        "numbers": "Globs on the names whose values are numbers that travel as text.",
        "cents": "Globs on the names whose values are hundredths.",
        "time": "Sources of the time.",
        "time_unit": "The time's unit. auto tells numbers apart by their size, and takes ISO 8601.",
        "sent": "Sources of the time of sending, for items that only say how old they were then.",
        "offset": "Sources of an item's age in milliseconds when it was sent.",
        "dedupe": "Sources of the vendor's own id of the item, the same for a retried copy.",
        "ignore": "Globs on the paths that carry no call.",
        "opaque": "Globs on the paths that cannot be decoded, and why.",
        "stub": "The answer that the vendor's SDK expects.",
    },
    KindRule: {
        "from": "Sources of the value that tells the kind.",
        "values": "Kinds by value.",
        "prefixes": "Kinds by what the value starts with; the longest counts.",
        "keys": "Kinds by a key that the item has.",
        "default": "The kind of what is left.",
    },
    StubRule: {
        "status": "HTTP status.",
        "json": "The body: JSON.",
        "body": "The body: text.",
    },
}  # fmt: skip


def manifest_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of plugin.toml."""
    _, definitions = msgspec.json.schema_components([Manifest], ref_template="#/$defs/{name}")
    for kind, sentences in {**DESCRIPTIONS, **LENS_DESCRIPTIONS}.items():
        _describe(definitions[kind.__name__], kind, sentences)
    root = definitions.pop("Manifest")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "title": "plugin.toml",
            "required": [*root["required"], "targets"], "$defs": definitions}  # fmt: skip


def encoded_schema() -> bytes:
    """The schema as it is published."""
    return msgspec.json.format(msgspec.json.encode(manifest_schema()), indent=2) + b"\n"


def _describe(definition: dict[str, Any], kind: type[msgspec.Struct], sentences: Mapping[str, str]) -> None:
    properties = definition["properties"]
    if kind is Target:
        del properties["id"]  # it is the table's key
    for key, shape in properties.items():
        properties[key] = {"description": sentences[key], **_without_null(shape)}
    definition["description"] = inspect.cleandoc(kind.__doc__ or "")
    definition["additionalProperties"] = False
    if kind is Subscription:
        properties["partner_action"] = properties["partnerAction"]
        definition["required"] = ["subscribe"]
        definition["oneOf"] = [{"required": ["partnerAction"]}, {"required": ["partner_action"]}]
    if kind in LENS_DESCRIPTIONS:
        definition["properties"] = {key: _with_short_form(shape) for key, shape in properties.items()}


def _without_null(shape: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: what may be absent in the model is simply left out."""
    if "anyOf" not in shape:
        return shape
    (wanted,) = (option for option in shape["anyOf"] if option != {"type": "null"})
    return {**wanted, **{key: value for key, value in shape.items() if key not in {"anyOf", "default"}}}


def _with_short_form(shape: dict[str, Any]) -> dict[str, Any]:
    """What `in_full` reads besides, in a `[[lens]]`: a text for an array of one, and either for a kind's `from`."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    if shape.get("$ref") == "#/$defs/KindRule":
        short: list[dict[str, Any]] = [text, texts]
        full = {"$ref": shape["$ref"]}
    elif shape.get("items") == text:
        short, full = [text], texts
    elif shape.get("additionalProperties") == texts:
        return {**shape, "additionalProperties": {"anyOf": [text, texts]}}
    else:
        return shape
    return {**{key: value for key, value in shape.items() if key not in full}, "anyOf": [*short, full]}
