"""The JSON Schema of a scenario file, for editors: generated from the steps, the model and the matchers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from testbed.plugin.model import Stub
from testbed.scenario.expecting import CALL_SHORTHAND, DEVICE_KINDS
from testbed.scenario.model import Scenario, SettingsKnob, TrackingKnob
from testbed.scenario.patterns import MATCHERS, TYPES
from testbed.scenario.playing import DAY_S, DURATION, STEPS
from testbed.scenario.secrets import MARK, SHORTEST
from testbed.scenario.steps import SHORTHAND, StepBase
from testbed.scenario.vocabulary import BUILT_IN_CHECKS, SEGMENT_KINDS, VENDOR_KINDS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_PATTERN: Schema = {"$ref": "#/$defs/pattern"}
_SUBSET: Schema = {"$ref": "#/$defs/subset"}
_MATCHER: Schema = {
    "type": "object",
    "propertyNames": {"enum": [*MATCHERS, MARK]},
    "minProperties": 1,
    "maxProperties": 1,
}
_SECRET: Schema = {"$ref": "#/$defs/secret"}
_NAMES: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_SECONDS: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": DAY_S}
_ONLY: Schema = {**_NAMES, "description": "Targets or platforms that this is for (globs); none: all."}
_ID: Schema = {"type": "string", "description": "A name that a [[differs]] can give."}


def scenario_schema() -> Schema:
    """JSON Schema draft 2020-12 of scenarios/*.yaml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "testbed scenario",
        "description": _first_paragraph(Scenario),
        **_mapping(
            {
                "name": {**_TEXT, "description": "What the scenario is called; no two have one name."},
                "description": _TEXT,
                "targets": {**_NAMES, "description": "Targets or platforms it is for (globs); none: all."},
                "url": {**_TEXT, "description": "Where the app starts: a path of the customer's site."},
                "settings": {"type": "object", "description": "Merged over the plugin's settings."},
                "integrations": {"type": "object", "description": "The SDK's integrations object at load."},
                "consent": {"type": "object", "additionalProperties": {"type": "boolean"}},
                "cloud": {"$ref": "#/$defs/cloud"},
                "stubs": {"type": "array", "items": {"$ref": "#/$defs/stub"}},
                "tolerate": {
                    "description": "Built-in checks that this scenario provokes on purpose.",
                    "anyOf": [
                        {"enum": list(BUILT_IN_CHECKS)},
                        {"type": "array", "items": {"enum": list(BUILT_IN_CHECKS)}},
                    ],
                },
                "timeout_s": {"type": "number", "exclusiveMinimum": 0, "maximum": 600, "default": 30},
                "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
                "expect": {"$ref": "#/$defs/expect"},
            },
            required=["name", "steps"],
        ),
        "$defs": {
            "step": _step(),
            "expect": _expect(),
            "vendorCall": _call(VENDOR_KINDS, {"vendor": {**_TEXT, "description": "Only calls to this vendor."}}),
            "segmentCall": _call(SEGMENT_KINDS, {"options": _options()}),
            "request": _request(),
            "deviceState": _device(),
            "cloud": _cloud(),
            "stub": _struct(Stub),
            "secret": _secret(),
            "subset": {"type": "object", **_matching()},
            "pattern": {"description": _matcher_help(), **_matching()},
        },
    }


def _first_paragraph(of: type) -> str:
    return " ".join((of.__doc__ or "").split("\n\n")[0].split())


def _mapping(properties: dict[str, Schema], *, required: Iterable[str] = ()) -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def _struct(of: type, without: Iterable[str] = ()) -> Schema:
    """A Struct as msgspec describes it, without the fields that no file sets."""
    _, components = msgspec.json.schema_components([of])
    schema = components[of.__name__]
    hidden = {*without, "do", "place"}
    properties = {key: _json(each) for key, each in schema["properties"].items() if key not in hidden}
    required = [key for key in schema.get("required", ()) if key not in hidden]
    return {"description": _first_paragraph(of), **_mapping(properties, required=required)}


def _json(schema: Schema) -> Schema:
    """Defaults as JSON has them: msgspec leaves a tuple a tuple, and UNSET cannot be written."""
    kept = {key: value for key, value in schema.items() if not (key == "default" and value is msgspec.UNSET)}
    made: Schema = msgspec.json.decode(msgspec.json.encode(kept))
    return made


def _step() -> Schema:
    one_key = [_mapping({name: _step_body(kind), "only": _ONLY}, required=[name]) for name, kind in STEPS.items()]
    bare = [name for name, kind in STEPS.items() if name != "wait" and not _struct(kind).get("required")]
    return {"anyOf": [{"enum": bare}, *one_key]}


def _step_body(kind: type[StepBase]) -> Schema:
    full = _struct(kind, without=("only",))
    full["properties"] = {key: _or_secret(each) for key, each in full["properties"].items()}
    field = SHORTHAND.get(kind)
    if kind.__name__ == "Advance":
        full["properties"]["by_s"] = {"anyOf": [_SECONDS, {"type": "string", "pattern": f"^{DURATION.pattern}$"}]}
    if kind.__name__ == "Wait":
        return {**full, "oneOf": [{"required": ["request"]}, {"required": ["log"]}]}
    bodies = [full]
    if field:
        bodies.append(full["properties"][field])
    if not full.get("required"):
        bodies.append({"type": "null"})
    return {"description": full["description"], "anyOf": bodies} if len(bodies) > 1 else full


def _or_secret(schema: Schema) -> Schema:
    """A text may be marked."""
    choices = schema.get("anyOf", [schema])
    if not any(choice.get("type") == "string" for choice in choices):
        return schema
    return {
        **{key: each for key, each in schema.items() if key in ("description", "default")},
        "anyOf": [
            *(
                {key: each for key, each in choice.items() if key not in ("description", "default")}
                for choice in choices
            ),
            _SECRET,
        ],
    }


def _secret() -> Schema:
    value = {"type": ["string", "number"], "minLength": SHORTEST}
    return {
        "description": "A value that no report shows; it is played and judged as it is.",
        **_mapping({MARK: value}, required=[MARK]),
    }


def _expect() -> Schema:
    def each(name: str) -> Schema:
        return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}

    lists = {
        "vendor": each("vendorCall"),
        "segment": each("segmentCall"),
        "requests": each("request"),
        "device": each("deviceState"),
    }
    said = {
        "vendor": "What the vendor must be told, and nothing else unless `others` is allow.",
        "segment": "What Segment must be told, at least; by a source, and nothing else that no step says.",
        "requests": "Raw requests, where no lens fits.",
        "device": "The device at the end of the scenario.",
    }
    return _mapping(
        {
            **{key: {**schema, "description": said[key]} for key, schema in lists.items()},
            "others": {
                "enum": ["fail", "allow"],
                "description": "Calls that an exhaustive list does not name.",
            },
            "never": {**_mapping(lists), "description": "What must not be seen at all."},
        }
    )


def _call(kinds: Iterable[str], more: dict[str, Schema]) -> Schema:
    body = _mapping(
        {
            "name": {**_PATTERN, "description": "The event's or page's name."},
            "user": _PATTERN,
            "anonymous": _PATTERN,
            "group": _PATTERN,
            "previous": _PATTERN,
            "properties": {**_SUBSET, "description": "Properties; for identify and group, the traits."},
            "traits": {**_SUBSET, "description": "The same as `properties`."},
            "count": {"type": "integer", "minimum": 1, "default": 1},
            "id": _ID,
            "only": _ONLY,
            **more,
        }
    )
    shorthand = [_TEXT, {"type": "null"}, _MATCHER]
    calls = [
        _mapping(
            {
                kind: {
                    "anyOf": [body, *shorthand],
                    "description": f"`- {kind}: X` means {{{CALL_SHORTHAND.get(kind, 'name')}: X}}.",
                },
                "only": _ONLY,
                "id": _ID,
            },
            required=[kind],
        )
        for kind in kinds
    ]
    return {"anyOf": [{"enum": list(kinds)}, *calls]}


def _options() -> Schema:
    return _mapping({"context": _SUBSET, "integrations": _SUBSET})


def _request() -> Schema:
    return _mapping(
        {
            "method": {**_TEXT, "description": "Glob; none: any but OPTIONS."},
            "host": {**_TEXT, "description": "Glob."},
            "path": {**_TEXT, "description": "Glob on the path, without the query; * spans /."},
            "query": _SUBSET,
            "headers": _SUBSET,
            "json": {**_PATTERN, "description": "The body as JSON."},
            "form": {**_SUBSET, "description": "The body as a form."},
            "body": {**_PATTERN, "description": "The body as text."},
            "decoded": {**_PATTERN, "description": "What a lens decodes of the body: its items, as JSON text."},
            "count": {"type": "integer", "minimum": 0, "description": "Exactly so many; none: at least one."},
            "id": _ID,
            "only": _ONLY,
        }
    )


def _device() -> Schema:
    kinds = {kind: {**_TEXT, "description": said} for kind, said in _DEVICE_HELP.items()}
    kinds["log"] = {**_PATTERN, "description": _DEVICE_HELP["log"]}
    common = {"value": _PATTERN, "attributes": _SUBSET, "id": _ID, "only": _ONLY}
    return {**_mapping({**kinds, **common}), "oneOf": [{"required": [kind]} for kind in DEVICE_KINDS]}


_DEVICE_HELP = {
    "element": "A CSS selector; `value` is its text.",
    "cookie": "A cookie's name.",
    "storage": "A key of localStorage or sessionStorage.",
    "global": "A dotted global, as JSON.",
    "log": "Text within a log line, or a pattern on the whole of it.",
}


def _cloud() -> Schema:
    return _mapping(
        {
            "settings": _struct(SettingsKnob),
            "tracking": _struct(TrackingKnob),
            "document": {"type": "object", "description": "Merged over the settings document as served."},
        }
    )


def _matching() -> Schema:
    """Any JSON, whose `$`-keys are matchers (or `$$`, for a key of the data that starts with $)."""
    names = "|".join(name[1:] for name in (*MATCHERS, MARK))
    return {
        "propertyNames": {"pattern": rf"^([^$]|\$\$|\$({names})$|$)"},
        "properties": {"$type": {"enum": list(TYPES)}},
        "additionalProperties": _PATTERN,
        "items": _PATTERN,
    }


def _matcher_help() -> str:
    return "A value, or a matcher. " + " ".join(f"{name}: {said}." for name, said in MATCHERS.items())
