"""Plain data to a frozen Struct, with the key path of what does not fit.

msgspec's own conversion leaves the names of table keys out of its error paths and knows no nearest key.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

Keys = tuple[str | int, ...]
S = TypeVar("S", bound=msgspec.Struct)

_IN_WORDS: dict[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "an array",
}


class Misfit(Exception):
    """Data that is not of the wanted shape: at which key path, why, and the fix. `further` are those that were found
    besides."""

    further: tuple[Misfit, ...] = ()

    def __init__(self, keys: Keys, message: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.keys = keys
        self.message = message
        self.fix = fix

    @property
    def all(self) -> tuple[Misfit, ...]:
        return (self, *self.further)


def raise_all(misfits: Sequence[Misfit]) -> None:
    """Raises the first of them, with the others in `further`; nothing, where there are none."""
    if misfits:
        misfits[0].further = tuple(misfits[1:])
        raise misfits[0]


def build(kind: type[S], data: object, keys: Keys = ()) -> S:
    """`data` as a `kind`. Unknown keys never pass, whatever the Struct is configured to. A field may be written by its
    own name or by the name it has on the wire. Raises Misfit, with all that does not fit."""
    if not isinstance(data, dict):
        raise _mismatch(dict, data, keys)
    fields = {name: field for field in msgspec.structs.fields(kind) for name in (field.name, field.encode_name)}
    values: dict[str, Any] = {}
    wrong: list[Misfit] = []
    for key, value in data.items():
        if (field := fields.get(key)) is None:
            wrong.append(Misfit((*keys, key), f"unknown key {key!r}{did_you_mean(key, fields)}", _keys_fix(fields)))
        elif field.name in values:
            wrong.append(Misfit((*keys, key), f"{key!r} says the same as {field.name!r}", "keep one of them"))
        else:
            values[field.name] = None  # given, whether it fits or not
            with _noting(wrong):
                values[field.name] = _value(field.type, value, (*keys, key))
    for field in msgspec.structs.fields(kind):
        if field.required and field.name not in values:
            wrong.append(Misfit(keys, f"{field.name!r} is missing", f"add `{field.name} = ...`"))
    raise_all(wrong)
    return kind(**values)


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """`; did you mean 'entry'?`, or nothing."""
    valid = list(words)
    close = difflib.get_close_matches(word, valid, n=1) or difflib.get_close_matches(word.lower(), valid, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _value(kind: Any, value: object, keys: Keys) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:  # X | None: TOML has no null
        return _value(next(a for a in arguments if a is not NoneType), value, keys)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return build(kind, value, keys)
    if origin is Literal:
        return _choice(arguments, value, keys)
    if origin is tuple:
        return tuple(_items(arguments[0], enumerate(_checked(list, value, keys)), keys).values())
    if origin is dict:
        return _items(arguments[1], _checked(dict, value, keys).items(), keys)
    if kind in _IN_WORDS:
        return _checked(kind, value, keys)
    return _json(value, keys)


def _items(kind: Any, items: Iterable[tuple[str | int, object]], keys: Keys) -> dict[str | int, Any]:
    made: dict[str | int, Any] = {}
    wrong: list[Misfit] = []
    for key, item in items:
        with _noting(wrong):
            made[key] = _value(kind, item, (*keys, key))
    raise_all(wrong)
    return made


@contextmanager
def _noting(wrong: list[Misfit]) -> Iterator[None]:
    """Go on after what does not fit, with a note of it."""
    try:
        yield
    except Misfit as misfit:
        wrong += misfit.all


def _checked(kind: type, value: object, keys: Keys) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _mismatch(kind, value, keys)
    return value


def _choice(choices: tuple[str, ...], value: object, keys: Keys) -> str:
    if value in choices:
        return str(value)
    nearest = did_you_mean(value, choices) if isinstance(value, str) else ""
    raise Misfit(keys, f"{value!r} is none of its values{nearest}", f"use one of {', '.join(choices)}")


def _json(value: object, keys: Keys) -> object:
    """`value` if JSON can carry it: it goes to the device and into reports as JSON."""
    if isinstance(value, dict):
        return {key: _json(item, (*keys, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_json(item, (*keys, index)) for index, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise Misfit(keys, f"{value} is no JSON number", "quote it if it is text")
    if not isinstance(value, str | int | float | bool):
        raise Misfit(keys, f"a {type(value).__name__} is no JSON value", f'quote it: "{value}"')
    return value


def _mismatch(kind: type, value: object, keys: Keys) -> Misfit:
    fix = None
    if kind is str and isinstance(value, int | float) and not isinstance(value, bool):
        fix = f'quote it: "{value}"'
    elif kind is list and isinstance(value, str):
        fix = f'put it in brackets: ["{value}"]'
    elif kind is list and isinstance(value, dict):
        fix = f"write its header with double brackets: [[{'.'.join(map(str, keys))}]]"
    elif kind is dict and isinstance(value, list):
        fix = "write its header with single brackets"
    return Misfit(keys, f"expected {_IN_WORDS[kind]}, got {_IN_WORDS.get(type(value), type(value).__name__)}", fix)


def _keys_fix(fields: Iterable[str]) -> str:
    return f"the keys here are {', '.join(sorted(set(fields)))}"
