"""The `expect` section of a scenario file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeVar, cast

import msgspec

from testbed.scenario.fields import kind_of, known, listing, mapping, names, pattern, refuse, subset, value
from testbed.scenario.model import Expectations, ExpectBase, ExpectCall, ExpectDevice, ExpectRequest
from testbed.scenario.patterns import MATCHERS
from testbed.scenario.tree import Node
from testbed.scenario.vocabulary import SEGMENT_KINDS, VENDOR_KINDS, did_you_mean

E = TypeVar("E", bound=ExpectBase)

EXPECT_KEYS = ("vendor", "others", "segment", "requests", "device", "never")
NEVER_KEYS = ("vendor", "segment", "requests", "device")
CALL_KEYS = (
    "name", "user", "anonymous", "group", "previous", "properties", "traits", "count", "id", "only"
)  # fmt: skip
REQUEST_KEYS = ("method", "host", "path", "query", "headers", "json", "form", "body", "decoded", "count", "id", "only")
DEVICE_KINDS = ("element", "cookie", "storage", "global", "log")
COOKIE_ATTRIBUTES = ("domain", "path", "secure", "httpOnly", "sameSite", "maxAge")
DEVICE_KEYS = ("value", "attributes", "id", "only")

# The field that a bare value fills: `- track: Signed Up`, `- identify: u1`.
CALL_SHORTHAND = {"identify": "user", "group": "group", "alias": "user"}


def read_expectations(node: Node, path: str = "expect") -> Expectations:
    entries = known(node, path, EXPECT_KEYS)
    never = known(entries["never"], f"{path}.never", NEVER_KEYS) if "never" in entries else {}

    def read(key: str, one: Callable[[Node, str], E]) -> tuple[E, ...]:
        return _each(entries.get(key), f"{path}.{key}", one)

    def unwanted(key: str, one: Callable[[Node, str], E]) -> tuple[E, ...]:
        return _each(never.get(key), f"{path}.never.{key}", one)

    expectations = Expectations(
        vendor=read("vendor", _vendor_call) if "vendor" in entries else None,
        others=_others(entries["others"], f"{path}.others") if "others" in entries else "fail",
        segment=read("segment", _segment_call) if "segment" in entries else None,
        requests=read("requests", _request),
        device=read("device", _device),
        never_vendor=unwanted("vendor", _vendor_call),
        never_segment=unwanted("segment", _segment_call),
        never_requests=unwanted("requests", _request),
        never_device=unwanted("device", _device),
    )
    if "others" in entries and expectations.vendor is None and expectations.segment is None:
        fix = "add `vendor:` (of a source, `segment:`) or remove it"
        refuse("says nothing without `vendor` or `segment`", entries["others"], f"{path}.others", fix)
    _refuse_same_ids(expectations, path)
    return expectations


def _others(node: Node, path: str) -> Literal["fail", "allow"]:
    if node.value not in ("fail", "allow"):
        refuse("needs `fail` or `allow`", node, path)
    return "allow" if node.value == "allow" else "fail"


def _each(node: Node | None, path: str, one: Callable[[Node, str], E]) -> tuple[E, ...]:
    if node is None:
        return ()
    return tuple(one(item, f"{path}[{index}]") for index, item in enumerate(listing(node, path)))


def _vendor_call(node: Node, path: str) -> ExpectCall:
    return _call(node, path, VENDOR_KINDS, (*CALL_KEYS, "vendor"))


def _segment_call(node: Node, path: str) -> ExpectCall:
    return _call(node, path, SEGMENT_KINDS, (*CALL_KEYS, "options"))


def _call(node: Node, path: str, kinds: Sequence[str], keys: Sequence[str]) -> ExpectCall:
    kind, body, beside = _split(node, path, kinds)
    where = f"{path}.{kind}"
    entries = known(_full(kind, body), where, keys)
    if "properties" in entries and "traits" in entries:
        refuse("`properties` and `traits` are one thing", body.keys["traits"], where, "keep one of them")
    fields: dict[str, Any] = {
        key: pattern(entries[key], f"{where}.{key}")
        for key in ("name", "user", "anonymous", "group", "previous")
        if key in entries
    }
    for key, asked in fields.items():
        if asked is None:  # to the judge, None is what is not asked
            refuse(
                "needs a value", entries[key], f"{where}.{key}", "write {$absent: true} for none, {$any: true} for any"
            )
    for key in ("properties", "traits"):
        if key in entries:
            fields["properties"] = subset(entries[key], f"{where}.{key}")
    if "options" in entries:
        known(entries["options"], f"{where}.options", ("context", "integrations"))
        fields["options"] = subset(entries["options"], f"{where}.options")
    if "vendor" in entries:
        fields["vendor"] = value(entries["vendor"], str, f"{where}.vendor")
    if "count" in entries:
        fields["count"] = value(entries["count"], int, f"{where}.count")
        if fields["count"] < 1:
            refuse("needs 1 or more", entries["count"], f"{where}.count", "list it under `never` to forbid the call")
    return ExpectCall(kind=kind, **fields, **_common({**beside, **entries}, where), place=node.place)


def _split(node: Node, path: str, kinds: Sequence[str]) -> tuple[str, Node, dict[str, Node]]:
    """`- track: {...}` with `only` or `id` beside it -> (track, its body, what stands beside)."""
    if isinstance(node.value, str):
        _check_kind(node.value, node, path, kinds)
        return node.value, Node({}, node.place), {}
    entries = mapping(node, path)
    words = [key for key in entries if key not in ("only", "id")]
    for word in words:
        _check_kind(word, node, path, kinds)
    if len(words) != 1:
        refuse("an expected call is one key", node, path, "write one call an item: `- track: {name: ...}`")
    return words[0], entries[words[0]], {key: entries[key] for key in ("only", "id") if key in entries}


def _check_kind(word: str, node: Node, path: str, kinds: Sequence[str]) -> None:
    if word not in kinds:
        place = node.keys.get(word, node.place)
        refuse(f"unknown call {word!r}{did_you_mean(word, kinds)}", place, path, f"calls are {', '.join(kinds)}")


def _full(kind: str, body: Node) -> Node:
    if body.value is None:
        return Node({}, body.place)
    if isinstance(body.value, dict) and not (len(body.value) == 1 and next(iter(body.value)).startswith("$")):
        return body
    field = CALL_SHORTHAND.get(kind, "name")
    return Node({field: body}, body.place, {field: body.place})


def _request(node: Node, path: str) -> ExpectRequest:
    entries = known(node, path, REQUEST_KEYS)
    fields: dict[str, Any] = {
        key: value(entries[key], str, f"{path}.{key}") for key in ("method", "host", "path") if key in entries
    }
    fields |= {key: subset(entries[key], f"{path}.{key}") for key in ("query", "headers", "form") if key in entries}
    fields |= {key: pattern(entries[key], f"{path}.{key}") for key in ("json", "body", "decoded") if key in entries}
    if sum(key in entries for key in ("json", "form", "body", "decoded")) > 1:
        refuse("`json`, `form`, `body` and `decoded` read the same bytes", node, path, "keep one of them")
    if "count" in entries:
        fields["count"] = value(entries["count"], int, f"{path}.count")
        if fields["count"] < 0:
            refuse("needs 0 or more", entries["count"], f"{path}.count")
    return ExpectRequest(**fields, **_common(entries, path), place=node.place)


def _device(node: Node, path: str) -> ExpectDevice:
    entries = known(node, path, (*DEVICE_KINDS, *DEVICE_KEYS))
    kinds = [kind for kind in DEVICE_KINDS if kind in entries]
    if len(kinds) != 1:
        refuse("needs one of " + ", ".join(DEVICE_KINDS), node, path, "for example `- cookie: acme_id`")
    what = kinds[0]
    name = pattern(entries[what], f"{path}.{what}")
    if what != "log" and not isinstance(name, str):
        refuse(f"needs text, not {kind_of(entries[what])}", entries[what], f"{path}.{what}")
    if "attributes" in entries and what not in ("element", "cookie"):
        refuse("only an element or a cookie has attributes", node.keys["attributes"], path)
    if "attributes" in entries and what == "cookie":
        _check_cookie(entries["attributes"], f"{path}.attributes")
    if "value" in entries and what == "log":
        refuse("a log line has no value", node.keys["value"], path, "write the pattern after `log:`")
    return ExpectDevice(
        what=cast(Any, what),
        name=name,
        value=pattern(entries["value"], f"{path}.value") if "value" in entries else msgspec.UNSET,
        attributes=subset(entries["attributes"], f"{path}.attributes") if "attributes" in entries else None,
        **_common(entries, path),
        place=node.place,
    )


def _check_cookie(node: Node, path: str) -> None:
    """A cookie has no attributes but the known ones; a matcher on all of them is a pattern like any other."""
    named = {key: each for key, each in mapping(node, path).items() if key not in MATCHERS}
    known(Node(named, node.place, node.keys), path, COOKIE_ATTRIBUTES)


def _common(entries: dict[str, Node], path: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "id" in entries:
        fields["id"] = value(entries["id"], str, f"{path}.id")
    if "only" in entries:
        fields["only"] = names(entries["only"], f"{path}.only")
    return fields


def _refuse_same_ids(expectations: Expectations, path: str) -> None:
    seen: set[str] = set()
    for each in _all(expectations):
        if each.id is not None:
            if each.id in seen and each.place:
                refuse(f"two expectations with the id {each.id!r}", each.place, path, "rename one")
            seen.add(each.id)


def _all(e: Expectations) -> Iterable[ExpectBase]:
    yield from (*(e.vendor or ()), *(e.segment or ()), *e.requests, *e.device)
    yield from (*e.never_vendor, *e.never_segment, *e.never_requests, *e.never_device)
