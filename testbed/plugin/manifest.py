"""plugin.toml to a Manifest and the places of its keys."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Literal, get_origin

import msgspec

from testbed.errors import Place, PluginRefused
from testbed.plugin.locate import locate, nearest_place
from testbed.plugin.model import Manifest, Target
from testbed.plugin.typed import Misfit, build

FILE = "plugin.toml"
MAX_BYTES = 1 << 20

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
    """A vendor's wire format, declared in a `[[lens]]`. What its words mean is for testbed.lenses.definition to say."""

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


# tomllib says where only in words, on Python 3.13 and before.
_WHERE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_manifest(data: bytes, *, file: str = FILE) -> tuple[Manifest, dict[str, Place]]:
    """The manifest, and the place of each of its keys by dotted path (`targets.web.entry`, `stub.0.host`). Raises
    PluginRefused with place and fix for what is wrong in the file itself; `check` looks at what it refers to."""
    text = _text(data, file)
    try:
        tree = tomllib.loads(text)
        places = locate(text, file=file)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, file) from error
    except RecursionError as error:
        raise PluginRefused("nested too deeply", place=Place(file)) from error
    try:
        return _manifest(tree), places
    except Misfit as misfit:
        raise refusal(misfit, places, file=file) from misfit


def read_lens(table: object, index: int) -> Definition:
    """The `index`th `[[lens]]`. Raises Misfit."""
    return build(Definition, _in_full(table), ("lens", index))


def refusal(misfit: Misfit, places: dict[str, Place], *, file: str = FILE) -> PluginRefused:
    """The misfit as what the user gets to see: the key path, the place, the fix."""
    path = _spelled(misfit.keys)
    message = f"{path}: {misfit.message}" if path else misfit.message
    return PluginRefused(message, place=nearest_place(places, misfit.keys) or Place(file), fix=misfit.fix)


def _text(data: bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        raise PluginRefused(f"{len(data)} bytes of TOML; at most {MAX_BYTES} are read", place=Place(file))
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PluginRefused("not UTF-8", place=Place(file, line), fix="save the file as UTF-8") from error


def _not_toml(message: str, text: str, file: str) -> PluginRefused:
    where = _WHERE.search(message)
    if where is None:
        place = Place(file)
    elif where[1] is None:
        place = Place(file, text.count("\n") + 1)
    else:
        place = Place(file, int(where[1]), int(where[2]))
    return PluginRefused(f"not TOML: {_WHERE.sub('', message)}", place=place)


def _manifest(tree: dict[str, Any]) -> Manifest:
    targets = tree.get("targets")
    if isinstance(targets, dict):
        for key, target in targets.items():
            if isinstance(target, dict) and "id" in target:
                raise Misfit(("targets", key, "id"), "a target's id is its key", f"remove it; the id is {key!r}")
    manifest = build(Manifest, tree)
    for index, table in enumerate(manifest.lens):
        read_lens(table, index)
    return msgspec.structs.replace(manifest, targets={key: _named(key, t) for key, t in manifest.targets.items()})


def _named(key: str, target: Target) -> Target:
    return msgspec.structs.replace(target, id=key)


def _in_full(table: object) -> object:
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


def _spelled(keys: tuple[str | int, ...]) -> str:
    """`stub[0].host`: as a person would write the path."""
    path = ""
    for key in keys:
        path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
    return path
