"""plugin.toml to a Manifest and the places of its keys."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from testbed.errors import Place, PluginRefused
from testbed.plugin.lens import in_full
from testbed.plugin.locate import locate, nearest_place
from testbed.plugin.model import EVERYWHERE, KEYS_OF, Manifest, Target
from testbed.plugin.typed import Misfit, build, raise_all

FILE = "plugin.toml"
MAX_BYTES = 1 << 20

# tomllib says where only in words, on Python 3.13 and before.
_WHERE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_manifest(data: bytes, *, file: str = FILE) -> tuple[Manifest, dict[str, Place]]:
    """The manifest, and the place of each of its keys by dotted path (`targets.web.entry`, `stub.0.host`). Raises
    PluginRefused, with place and fix, for all that is wrong in the file itself; `check` looks at what it refers to."""
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
        raise PluginRefused.of([refusal(each, places, file=file) for each in misfit.all]) from misfit


def refusal(misfit: Misfit, places: Mapping[str, Place], *, file: str = FILE) -> PluginRefused:
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
        tables = {key: table for key, table in targets.items() if isinstance(table, dict)}
        raise_all([misfit for key, table in tables.items() for misfit in _out_of_place(key, table)])
    lenses = tree.get("lens")
    if isinstance(lenses, list):
        tree = {**tree, "lens": [in_full(table) for table in lenses]}
    manifest = build(Manifest, tree)
    return msgspec.structs.replace(manifest, targets={key: _named(key, t) for key, t in manifest.targets.items()})


def _out_of_place(key: str, table: Mapping[str, object]) -> Iterator[Misfit]:
    """The keys of a target's table that mean something, and nothing there."""
    if "id" in table:
        yield Misfit(("targets", key, "id"), "a target's id is its key", f"remove it; the id is {key!r}")
    sdk = str(table.get("sdk"))
    for name in table:
        others = [other for other, keys in KEYS_OF.items() if name in keys]
        if sdk in KEYS_OF and others and sdk not in others:
            message = f"{name!r} is of {' and '.join(others)}, and this target is of {sdk}"
            yield Misfit(("targets", key, name), message, f"the keys here are {', '.join(_keys(sdk))}")


def _keys(sdk: str) -> list[str]:
    return sorted(EVERYWHERE | KEYS_OF[sdk])


def _named(key: str, target: Target) -> Target:
    return msgspec.structs.replace(target, id=key)


def _spelled(keys: tuple[str | int, ...]) -> str:
    """`stub[0].host`: as a person would write the path."""
    path = ""
    for key in keys:
        path += f"[{key}]" if isinstance(key, int) else f".{key}" if path else key
    return path
