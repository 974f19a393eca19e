"""Reading one mapping of a scenario file: known keys only, the right types, errors that say where and how to fix."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, NoReturn, TypeVar, cast

import msgspec

from testbed.errors import Place, PluginRefused
from testbed.scenario.patterns import fault_of
from testbed.scenario.tree import Node
from testbed.scenario.vocabulary import did_you_mean

T = TypeVar("T")

_WORD_OF = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "nothing",
}


def refuse(message: str, node: Node | Place, path: str, fix: str | None = None) -> NoReturn:
    """`path` is the key path (`steps[2].track.event`), empty at the top of the file."""
    place = node.place if isinstance(node, Node) else node
    raise PluginRefused(f"{path}: {message}" if path else message, place=place, fix=fix)


def mapping(node: Node, path: str) -> dict[str, Node]:
    if not isinstance(node.value, dict):
        refuse(f"needs a mapping, not {kind_of(node)}", node, path, "write `key: value` lines")
    return node.value


def listing(node: Node, path: str) -> list[Node]:
    if not isinstance(node.value, list):
        refuse(f"needs a list, not {kind_of(node)}", node, path, "begin each item with `- `")
    return node.value


def kind_of(node: Node) -> str:
    match node.value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "a mapping"


def known(node: Node, path: str, keys: Collection[str]) -> dict[str, Node]:
    """The mapping's entries, all of whose keys are among `keys`."""
    entries = mapping(node, path)
    for key in entries:
        if key not in keys:
            message = f"unknown key {key!r}{did_you_mean(key, keys)}"
            refuse(message, node.keys[key], path, f"the keys here are {', '.join(sorted(keys))}")
    return entries


def value(node: Node, as_type: type[T], path: str) -> T:
    """The node as `as_type` (strict: no number is taken for text)."""
    try:
        return msgspec.convert(node.plain, as_type)
    except msgspec.ValidationError as error:
        _explain(error, node, path)


def struct(node: Node, as_type: type[T], path: str, *, without: Collection[str] = (), **given: Any) -> T:
    """The node as a Struct, whose fields `without` cannot be set here; `given` are fields set by the caller."""
    names = [field.encode_name for field in msgspec.structs.fields(cast(Any, as_type))]
    entries = known(node, path, [name for name in names if name not in without and name not in given])
    try:
        made = msgspec.convert({key: entry.plain for key, entry in entries.items()}, as_type)
    except msgspec.ValidationError as error:
        _explain(error, node, path)
    return cast(T, msgspec.structs.replace(cast(Any, made), **given)) if given else made


def pattern(node: Node, path: str) -> Any:
    """The node as a pattern; a misspelt matcher is refused where it stands."""
    plain = node.plain
    fault = fault_of(plain)
    if fault:
        place, where = descend(node, path, fault.keys)
        refuse(fault.message, place, where, fault.fix or None)
    return plain


def subset(node: Node, path: str) -> dict[str, Any]:
    """A pattern that is a mapping."""
    mapping(node, path)
    return cast(dict[str, Any], pattern(node, path))


def names(node: Node, path: str) -> tuple[str, ...]:
    """A list of words; a single word stands for a list of one."""
    if isinstance(node.value, str):
        return (node.value,)
    return value(node, tuple[str, ...], path)


def descend(node: Node, path: str, keys: Iterable[str | int]) -> tuple[Place, str]:
    """The place and the written path of what `keys` lead to, as far as they lead."""
    place = node.place
    current: Node | None = node
    for key in keys:
        path = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else key
        content = current.value if current else None
        if isinstance(content, dict) and isinstance(key, str) and current and key in content:
            place, current = current.keys[key], content[key]
        elif isinstance(content, list) and isinstance(key, int) and key < len(content):
            current = content[key]
            place = current.place
        else:
            current = None
    return place, path


def _explain(error: msgspec.ValidationError, node: Node, path: str) -> NoReturn:
    """A msgspec error (`Expected `str`, got `int` - at `$.traits.x``) in the terms and at the place of the file."""
    text, _, where = str(error).partition(" - at `$")
    keys = [int(index) if index else key for key, index in re.findall(r"\.([^.\[\]`]+)|\[(\d+)\]", where)]
    if where.endswith("[...]`") and (culprit := _culprit(node, keys, text)):
        keys.append(culprit)
    place, where = descend(node, path, keys)
    if missing := re.search(r"missing required field `(.+?)`", text):
        name = missing.group(1)
        refuse(f"{name!r} is missing", place, where, f"add `{name}: ...`")
    if unknown := re.search(r"unknown field `(.+?)`", text):
        refuse(f"unknown key {unknown.group(1)!r}", place, where)
    if expected := re.match(r"Expected `(.+?)`(?:, got `(.+?)`)?", text):
        wanted = " or ".join(_WORD_OF.get(word, word) for word in expected.group(1).split(" | "))
        got = expected.group(2)
        fix = "quote it" if "str" in expected.group(1).split(" | ") and got in ("int", "float", "bool") else None
        refuse(f"needs {wanted}, not {_WORD_OF.get(got, got)}" if got else f"needs {wanted}", place, where, fix)
    refuse(text[:1].lower() + text[1:], place, where)


def _culprit(node: Node, keys: Iterable[str | int], text: str) -> str | None:
    """The key whose value is not what msgspec expected: of a mapping with free keys it says only `[...]`."""
    for key in keys:
        content = node.value
        if not isinstance(content, dict) or not isinstance(key, str) or key not in content:
            return None
        node = content[key]
    got = re.search(r"got `(.+?)`", text)
    if not isinstance(node.value, dict) or not got:
        return None
    return next((key for key, each in node.value.items() if kind_of(each) in _KINDS.get(got.group(1), ())), None)


_KINDS = {
    "str": ("text",),
    "int": ("a number",),
    "float": ("a number",),
    "bool": ("true or false",),
    "object": ("a mapping",),
    "array": ("a list",),
    "null": ("nothing",),
}
