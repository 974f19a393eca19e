"""The rules, in order. Each looks at one call and yields what it breaks.

To add one: write a generator of Broken, give it a docstring that says what the Spec asks, put it into RULES, and its
name into docs/spec-rules.md. A rule's name is stable: reports and people refer to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from testbed.http import Request
from testbed.segment.model import Rule, SegmentCall
from testbed.segment.spec.reserved import CONTEXT, MOBILE_CONTEXT, MOBILE_LIBRARIES, RESERVED, find
from testbed.segment.spec.semantic import CONTEXT_OF, EVENTS, SYNONYMS
from testbed.segment.spec.types import Fields, fields
from testbed.segment.tracking import refusal

Severity = Literal["error", "warning"]

CALLS = ("identify", "track", "page", "screen", "group", "alias")

OWN: Mapping[str, Mapping[str, Severity]] = {
    "track": {"event": "error"},
    "group": {"groupId": "error"},
    # analytics.js leaves previousId out where nobody was identified; the Spec asks for it.
    "alias": {"userId": "error", "previousId": "warning"},
}

COMMON: Fields = fields(
    "userId anonymousId groupId previousId event name category messageId timestamp:t originalTimestamp:t sentAt:t "
    "context:o integrations:o properties:o traits:o"
)

MAX_MESSAGE_ID = 100
MAX_WAREHOUSE_TEXT = 512


class Broken(msgspec.Struct, frozen=True):
    """What a rule found: its name, how bad, the field, and what is wrong with that."""

    rule: str
    severity: Severity
    path: str
    message: str


def validate(call: SegmentCall) -> list[Rule]:
    """Every rule that `call` breaks, in the order of RULES."""
    where = {"message_id": call.message_id, "flow": call.flow}
    return [
        Rule(rule=b.rule, severity=b.severity, message=b.message, path=b.path, **where)
        for rule in RULES
        for b in rule(call)
    ]


def refused(flow_id: str, request: Request) -> list[Rule]:
    """The rule that an upload breaks which Segment answers with 400, and so takes no call of; none for any other."""
    why = refusal(request)
    return (
        [Rule(rule="common.refused", severity="error", message=f"answered with 400: {why}", flow=flow_id)]
        if why
        else []
    )


def accepted(call: SegmentCall) -> Iterator[Broken]:
    """Segment processes the request that the call came in."""
    if call.rejected:
        yield Broken("common.rejected", "error", "", f"answered with 200 and not processed: {call.rejected}")


def known_type(call: SegmentCall) -> Iterator[Broken]:
    """A call is one of the six that the Spec has."""
    if call.type not in CALLS:
        yield Broken("common.type.unknown", "error", "type", f"{call.type!r} is no call of the Spec")


def identifier(call: SegmentCall) -> Iterator[Broken]:
    """A call has a userId or an anonymousId (spec/common)."""
    if not call.raw.get("userId") and not call.raw.get("anonymousId"):
        yield Broken("common.identifier.missing", "error", "userId", "neither userId nor anonymousId: not processed")


def own_id(call: SegmentCall) -> Iterator[Broken]:
    """track has an event, group a groupId, alias a userId and, by the Spec, a previousId."""
    for field, severity in OWN.get(call.type, {}).items():
        if not call.raw.get(field):
            yield Broken(f"{call.type}.{field}.missing", severity, field, f"{call.type} without {field}")


def field_types(call: SegmentCall) -> Iterator[Broken]:
    """Identifiers and names are strings, times ISO 8601 dates, and the rest of the fields objects (spec/common)."""
    for name, kind in COMMON.items():
        value = call.raw.get(name)
        if value is not None and not kind.holds(value):
            yield Broken(f"common.{name}.type", "error", name, f"is {_shown(value)}, and must be {kind.name}")


def switches(call: SegmentCall) -> Iterator[Broken]:
    """The integrations object turns a destination on or off, or holds options for it. Text is truthy, "false" too."""
    for name, value in call.integrations.items():
        if not isinstance(value, bool | dict | None):
            message = f"is {_shown(value)}, and must be a boolean or an object"
            yield Broken("common.integrations.value", "error", f"integrations.{name}", message)


def context_fields(call: SegmentCall) -> Iterator[Broken]:
    """Context fields have the types that the Spec gives them. The SDK fills in most of them, hence a warning."""
    yield from _mistyped("common.context", "context", call.context, CONTEXT, "warning")


def mobile_context(call: SegmentCall) -> Iterator[Broken]:
    """What the mobile SDKs say of app, device, system and screen with every call is not taken away again."""
    library = call.context.get("library")
    if not isinstance(library, dict) or library.get("name") not in MOBILE_LIBRARIES:
        return
    for path in MOBILE_CONTEXT:
        if _at(call.context, path) in (None, ""):
            message = f"{library['name']} fills it in, and it is not there"
            yield Broken(f"common.context.{path}.missing", "warning", f"context.{path}", message)


def reserved_fields(call: SegmentCall) -> Iterator[Broken]:
    """Reserved traits and properties have the types that the Spec gives them."""
    holder = _holder(call)
    yield from _mistyped(f"{call.type}.{holder}", holder, call.properties, RESERVED.get(call.type, {}), "error")


def currency(call: SegmentCall) -> Iterator[Broken]:
    """A currency is a code of ISO 4217: three capital letters (spec/track)."""
    code = call.properties.get("currency")
    if call.type == "track" and isinstance(code, str) and not re.fullmatch("[A-Z]{3}", code):
        message = f"{code!r} is no code of ISO 4217, such as 'USD'"
        yield Broken("track.properties.currency.code", "warning", "properties.currency", message)


def semantic_fields(call: SegmentCall) -> Iterator[Broken]:
    """The properties of a semantic event have their types, in each of its products too."""
    wanted = EVENTS.get(call.name or "", {}) if call.type == "track" else {}
    yield from _mistyped(_slug(call), "properties", call.properties, wanted, "error")


def semantic_context(call: SegmentCall) -> Iterator[Broken]:
    """Events of a B2B account say which in context.groupId, events about an email to whom in context.traits.email."""
    for path in CONTEXT_OF.get(call.name or "", ()) if call.type == "track" else ():
        if not _at(call.context, path):
            message = f"{call.name!r} without context.{path}"
            yield Broken(f"{_slug(call)}.context.{path}.missing", "warning", f"context.{path}", message)


def semantic_name(call: SegmentCall) -> Iterator[Broken]:
    """An event that the Spec names is called by that name, in that case."""
    if call.type != "track" or not call.name or call.name in EVENTS:
        return
    plain = " ".join(call.name.replace("_", " ").replace("-", " ").lower().split())
    proper = SYNONYMS.get(plain) or _BY_PLAIN.get(plain)
    if proper is not None:
        message = f"{call.name!r} is what the Spec calls {proper!r}"
        yield Broken("track.event.semantic-name", "warning", "event", message)


def message_id(call: SegmentCall) -> Iterator[Broken]:
    """A messageId has at most 100 characters. (10,000 properties, another limit, are over 32 KB: see `refused`.)"""
    if len(call.message_id) > MAX_MESSAGE_ID:
        yield Broken("common.messageId.length", "error", "messageId", f"messageId is longer than {MAX_MESSAGE_ID}")


def long_text(call: SegmentCall) -> Iterator[Broken]:
    """Strings past 512 characters are cut when they are loaded into a warehouse (no limit of the API itself)."""
    holder = _holder(call)
    for name, value in call.properties.items():
        if isinstance(value, str) and len(value) > MAX_WAREHOUSE_TEXT:
            message = f"has {len(value)} characters, of which warehouses keep {MAX_WAREHOUSE_TEXT}"
            yield Broken("common.text.length", "warning", f"{holder}.{name}", message)


RULES: tuple[Callable[[SegmentCall], Iterator[Broken]], ...] = (
    accepted,
    known_type,
    identifier,
    own_id,
    field_types,
    switches,
    context_fields,
    mobile_context,
    reserved_fields,
    currency,
    semantic_fields,
    semantic_context,
    semantic_name,
    message_id,
    long_text,
)

_BY_PLAIN: Mapping[str, str] = {name.lower(): name for name in EVENTS}


def _at(values: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does."""
    for key in path.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _mistyped(rule: str, path: str, values: Mapping[str, Any], wanted: Fields, severity: Severity) -> Iterator[Broken]:
    """What of `values` has not the type that `wanted` gives it, all the way down. null passes for absent."""
    for name, value in values.items():
        found = find(wanted, name)
        if found is None or value is None:
            continue
        known, kind = found
        at = f"{path}.{name}"
        if not kind.holds(value):
            yield Broken(f"{rule}.{known}.type", severity, at, f"is {_shown(value)}, and must be {kind.name}")
        elif kind.inside and isinstance(value, list):
            for index, item in enumerate(value):
                yield from _mistyped(f"{rule}.{known}", f"{at}.{index}", item, kind.inside, severity)
        elif kind.inside:
            yield from _mistyped(f"{rule}.{known}", at, value, kind.inside, severity)


def _slug(call: SegmentCall) -> str:
    return f"track.{(call.name or '').lower().replace(' ', '-')}"


def _holder(call: SegmentCall) -> str:
    return "traits" if call.type in {"identify", "group"} else "properties"


def _shown(value: Any) -> str:
    """A value with its JSON type, short."""
    names = {str: "the string", bool: "the boolean", int: "the number", float: "the number", type(None): "null"}
    text = msgspec.json.encode(value).decode()
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"{names.get(type(value), 'the array' if isinstance(value, list) else 'the object')} {text}"
