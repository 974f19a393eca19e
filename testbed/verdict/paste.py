"""The line to paste: YAML that would make an expectation hold, given what was seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from testbed.scenario.model import ExpectBase, ExpectCall, ExpectDevice, ExpectRequest
from testbed.scenario.patterns import key_of, literal, matcher
from testbed.verdict.calls import FIELDS, asked, seen
from testbed.verdict.intents import Intent
from testbed.verdict.matching import ABSENT, compare


def call_line(intent: Intent) -> str:
    """An expectation of exactly this call."""
    fields: dict[str, Any] = {}
    for field in ("name", "previous", "user", "group"):
        value = getattr(intent, field)
        if value is not None and field in _TELLING.get(intent.kind, ("name",)):
            fields[field] = value
    if intent.properties:
        fields["properties"] = literal(intent.properties)
    return f"- {flow_style({intent.kind: fields})[1:-1]}"


def mended_call_line(expected: ExpectCall, intent: Intent) -> str:
    """The expectation, changed in nothing but what this call does otherwise."""
    fields = {field: mended(pattern, seen(intent, field)) for field, pattern in asked(expected)}
    return _expected_line(intent.kind, expected, fields)


def expected_line(expected: ExpectCall) -> str:
    """The expectation as it is."""
    return _expected_line(expected.kind, expected, dict(asked(expected)))


def _expected_line(kind: str, expected: ExpectCall, fields: Mapping[str, Any]) -> str:
    line = {field: value for field, value in fields.items() if value is not ABSENT}
    if expected.vendor:
        line["vendor"] = expected.vendor
    if expected.count != 1:
        line["count"] = expected.count
    return f"- {flow_style({kind: {**line, **_common(expected)}})[1:-1]}"


def mended_device_line(expected: ExpectDevice, value: Any, attributes: Mapping[str, Any]) -> str:
    line: dict[str, Any] = {expected.what: expected.name}
    if expected.value is not msgspec.UNSET:
        line["value"] = mended(expected.value, value)
    if expected.attributes is not None:
        line["attributes"] = mended(expected.attributes, attributes)
    return f"- {flow_style({**line, **_common(expected)})}"


def mended_request_line(expected: ExpectRequest, method: str, host: str, path: str, parts: Mapping[str, Any]) -> str:
    """`parts` are the request's query, headers, json, form or body, as far as the expectation asks for them."""
    line: dict[str, Any] = {"method": method, "host": host, "path": path}
    for key, actual in parts.items():
        line[key] = mended(getattr(expected, key), actual)
    if expected.count is not None:
        line["count"] = expected.count
    kept = {key: value for key, value in line.items() if value is not ABSENT}
    return f"- {flow_style({**kept, **_common(expected)})}"


def mended(pattern: Any, actual: Any) -> Any:
    """The pattern, with only the parts that do not hold replaced by what was seen; ABSENT where nothing was."""
    if not compare(pattern, actual):
        return pattern
    if actual is ABSENT:
        return ABSENT
    if matcher(pattern) is None:
        if isinstance(pattern, dict) and isinstance(actual, Mapping):
            parts = {key: mended(value, actual.get(key_of(key), ABSENT)) for key, value in pattern.items()}
            return {key: value for key, value in parts.items() if value is not ABSENT}
        if isinstance(pattern, list) and isinstance(actual, list | tuple) and len(pattern) == len(actual):
            return [mended(expected, item) for expected, item in zip(pattern, actual, strict=True)]
    return literal(actual)


def flow_style(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {flow_style(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow_style(item) for item in value) + "]"
    if isinstance(value, str):
        return _text(value)
    return msgspec.json.encode(value).decode()


_TELLING = {
    "identify": ("user",),
    "alias": ("user", "previous"),
    "group": ("group",),
}
assert set(FIELDS) >= {field for fields in _TELLING.values() for field in fields}

_PLAIN = re.compile(r"[A-Za-z$*_][A-Za-z0-9_$./*@-]*( [A-Za-z0-9_$./*@-]+)*")
_NOT_TEXT = frozenset({"null", "true", "false"})


def _text(text: str) -> str:
    """Plain where YAML takes it for text, else in JSON's quotes, which are YAML's too."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NOT_TEXT and not text.startswith("*"):
        return text
    return msgspec.json.encode(text).decode()


def _common(expected: ExpectBase) -> dict[str, Any]:
    common: dict[str, Any] = {"id": expected.id} if expected.id else {}
    if expected.only:
        common["only"] = list(expected.only)
    return common
