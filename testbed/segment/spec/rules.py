"""The rules, in order. Each looks at one call and yields what it breaks.

To add one: write a generator of Broken, give it a docstring that says what the Spec asks, and put it into RULES. A
rule's name is stable: reports, `[[differs]]` and people refer to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from testbed.segment.model import Rule, SegmentCall
from testbed.segment.spec.reserved import ALSO, NESTED, reserved
from testbed.segment.spec.semantic import EVENTS, PRODUCT_FIELDS, SYNONYMS
from testbed.segment.spec.types import Fields

MAX_EVENT_BYTES = 32 * 1024
MAX_MESSAGE_ID = 100
MAX_PROPERTIES = 10_000
MAX_WAREHOUSE_TEXT = 512


class Broken(msgspec.Struct, frozen=True):
    """What a rule found: its name, how bad, the field, and the sentence."""

    rule: str
    severity: Literal["error", "warning"]
    path: str
    message: str


def validate(call: SegmentCall) -> list[Rule]:
    """Every rule that `call` breaks, in the order of RULES."""
    return [
        Rule(rule=b.rule, severity=b.severity, message=b.message, path=b.path, message_id=call.message_id)
        for rule in RULES
        for b in rule(call)
    ]


def known_type(call: SegmentCall) -> Iterator[Broken]:
    """A call is one of the six that the Spec has."""
    if call.type not in {"identify", "track", "page", "screen", "group", "alias"}:
        yield Broken("common.type.unknown", "error", "type", f"{call.type!r} is no call of the Spec")


def identifier(call: SegmentCall) -> Iterator[Broken]:
    """A call has a userId or an anonymousId (spec/common)."""
    if not call.user and not call.anonymous:
        yield Broken("common.identifier.missing", "error", "userId", "neither userId nor anonymousId: not processed")


def own_id(call: SegmentCall) -> Iterator[Broken]:
    """track has an event, group a groupId, alias a userId and, by the Spec, a previousId."""
    if call.type == "track" and not call.name:
        yield Broken("track.event.missing", "error", "event", "track without an event name")
    if call.type == "group" and not call.group:
        yield Broken("group.groupId.missing", "error", "groupId", "group without a groupId")
    if call.type == "alias" and not call.user:
        yield Broken("alias.userId.missing", "error", "userId", "alias without a new userId")
    if call.type == "alias" and not call.previous:
        yield Broken("alias.previousId.missing", "warning", "previousId", "alias without a previousId")


def identifier_types(call: SegmentCall) -> Iterator[Broken]:
    """Identifiers and names are strings."""
    for name in ("userId", "anonymousId", "groupId", "previousId", "event", "name", "messageId"):
        value = call.raw.get(name)
        if value is not None and not isinstance(value, str):
            yield Broken(f"common.{name}.type", "error", name, f"{name} is {_shown(value)}, and must be a string")


def reserved_fields(call: SegmentCall) -> Iterator[Broken]:
    """Reserved traits and properties have the types that the Spec gives them."""
    holder = _holder(call)
    for name, value in call.properties.items():
        wanted = reserved(call.type, name)
        if wanted is None or value is None or isinstance(value, ALSO.get((call.type, name), ())):
            continue
        if not wanted.holds(value):
            message = f"{holder}.{name} is {_shown(value)}, and must be {wanted.name}"
            yield Broken(f"{call.type}.{holder}.{name}.type", "error", f"{holder}.{name}", message)
        elif isinstance(value, dict):
            yield from _typed(f"{call.type}.{holder}.{name}", f"{holder}.{name}", value, NESTED.get(name, {}), name)


def semantic_fields(call: SegmentCall) -> Iterator[Broken]:
    """The properties of a semantic event have their types, in each product of `products` too."""
    if call.type != "track" or call.name is None or call.name not in EVENTS:
        return
    slug = f"track.{call.name.lower().replace(' ', '-')}"
    own = {name: kind for name, kind in EVENTS[call.name].items() if reserved("track", name) is None}
    yield from _typed(slug, "properties", call.properties, own, "")
    products = call.properties.get("products")
    for index, product in enumerate(products if isinstance(products, list) else []):
        path = f"properties.products.{index}"
        if isinstance(product, dict):
            yield from _typed(f"{slug}.products", path, product, PRODUCT_FIELDS, "")
        else:
            yield Broken(f"{slug}.products.type", "error", path, f"{path} is {_shown(product)}, and must be an object")


def semantic_name(call: SegmentCall) -> Iterator[Broken]:
    """An event that the Spec names is called by that name, in that case."""
    if call.type != "track" or not call.name or call.name in EVENTS:
        return
    plain = " ".join(call.name.replace("_", " ").replace("-", " ").lower().split())
    proper = SYNONYMS.get(plain) or _BY_PLAIN.get(plain)
    if proper is not None:
        message = f"{call.name!r} is what the Spec calls {proper!r}"
        yield Broken("track.event.semantic-name", "warning", "event", message)


def sizes(call: SegmentCall) -> Iterator[Broken]:
    """The limits of the HTTP API: 32 KB an event, 10,000 properties, 100 characters of messageId."""
    size = len(msgspec.json.encode(call.raw))
    if size > MAX_EVENT_BYTES:
        yield Broken("common.size", "error", "", f"the event has {size} bytes, and may have {MAX_EVENT_BYTES}")
    if len(call.properties) > MAX_PROPERTIES:
        holder = _holder(call)
        yield Broken(
            "common.properties.count", "error", holder, f"{len(call.properties)} {holder}: at most {MAX_PROPERTIES}"
        )
    if len(call.message_id) > MAX_MESSAGE_ID:
        yield Broken("common.messageId.length", "error", "messageId", f"messageId is longer than {MAX_MESSAGE_ID}")


def long_text(call: SegmentCall) -> Iterator[Broken]:
    """Strings past 512 characters are cut when they are loaded into a warehouse (no limit of the API itself)."""
    holder = _holder(call)
    for name, value in call.properties.items():
        if isinstance(value, str) and len(value) > MAX_WAREHOUSE_TEXT:
            message = f"{holder}.{name} has {len(value)} characters: warehouses keep {MAX_WAREHOUSE_TEXT}"
            yield Broken("common.text.length", "warning", f"{holder}.{name}", message)


RULES: tuple[Callable[[SegmentCall], Iterator[Broken]], ...] = (
    known_type,
    identifier,
    own_id,
    identifier_types,
    reserved_fields,
    semantic_fields,
    semantic_name,
    sizes,
    long_text,
)

_BY_PLAIN: Mapping[str, str] = {name.lower(): name for name in EVENTS}


def _typed(rule: str, path: str, values: Mapping[str, Any], wanted: Fields, table: str) -> Iterator[Broken]:
    for name, kind in wanted.items():
        value = values.get(name)
        if value is None or kind.holds(value) or isinstance(value, ALSO.get((table, name), ())):
            continue
        message = f"{path}.{name} is {_shown(value)}, and must be {kind.name}"
        yield Broken(f"{rule}.{name}.type", "error", f"{path}.{name}", message)


def _holder(call: SegmentCall) -> str:
    return "traits" if call.type in {"identify", "group"} else "properties"


def _shown(value: Any) -> str:
    """A value with its JSON type, short."""
    names = {str: "the string", bool: "the boolean", int: "the number", float: "the number", type(None): "null"}
    text = msgspec.json.encode(value).decode()
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"{names.get(type(value), 'the array' if isinstance(value, list) else 'the object')} {text}"
