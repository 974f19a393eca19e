"""The shape of a `[[lens]]`: a vendor's wire format, declared. What its words mean, testbed.lenses.definition says."""

from __future__ import annotations

from typing import Any, Literal, get_origin

import msgspec

LensKind = Literal["identify", "track", "page", "screen", "group", "alias", "session", "automatic", "ignore"]
TimeUnit = Literal["auto", "s", "ms", "us", "iso"]
Texts = tuple[str, ...]
"""In a `[[lens]]`, one text may stand for an array of one."""


class KindRule(msgspec.Struct, frozen=True, kw_only=True):
    """How an item's kind is told: the value of `from` is looked up in `values`, then by the longest of `prefixes`; then
    the item's own keys in `keys`; then the value itself, if it is a kind; else it is `default`."""

    from_: Texts = msgspec.field(default=(), name="from")
    values: dict[str, LensKind] = {}
    prefixes: dict[str, LensKind] = {}
    keys: dict[str, LensKind] = {}
    default: LensKind = "track"


class StubRule(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that the vendor's SDK expects: `json`, or `body` as text."""

    status: int = 200
    json: Any = msgspec.UNSET
    body: str = ""


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One declared lens. Every key is explained in docs/lenses.md."""

    vendor: str
    host: Texts
    path: Texts = ("*",)
    method: str = "*"
    when: Texts = ()
    decode: Texts = ("json",)
    items: Texts = ("@",)
    inherit: Texts = ()
    unpack: dict[str, Texts] = {}
    kind: KindRule = KindRule(from_=("type",))
    name: Texts = ()
    names: dict[str, str] = {}
    user: Texts = ()
    anonymous: Texts = ()
    group: Texts = ()
    previous: Texts = ()
    properties: Texts = ()
    keep: Texts = ()
    strip: Texts = ()
    drop: Texts = ()
    numbers: Texts = ()
    cents: Texts = ()
    time: Texts = ()
    time_unit: TimeUnit = "auto"
    sent: Texts = ()
    offset: Texts = ()
    dedupe: Texts = ()
    ignore: Texts = ()
    opaque: dict[str, str] = {}
    stub: StubRule | None = None


def in_full(table: object) -> object:
    """A `[[lens]]` with its short forms spelled out: a text for an array of one, text or array for a kind's `from`."""
    if not isinstance(table, dict):
        return table
    full = _arrays(table, Definition)
    if isinstance(full.get("unpack"), dict):
        full["unpack"] = {field: _array(steps) for field, steps in full["unpack"].items()}
    if "kind" in full:
        kind = full["kind"]
        full["kind"] = _arrays(kind, KindRule) if isinstance(kind, dict) else {"from": _array(kind)}
    return full


def _arrays(table: dict[str, Any], kind: type[msgspec.Struct]) -> dict[str, Any]:
    names = {field.encode_name for field in msgspec.structs.fields(kind) if get_origin(field.type) is tuple}
    return {key: _array(value) if key in names else value for key, value in table.items()}


def _array(value: object) -> object:
    return [value] if isinstance(value, str) else value
