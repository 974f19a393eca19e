"""The JSON types that the Spec asks for, and the notation in which its tables stand here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec


class Type(msgspec.Struct, frozen=True):
    """A type: its name for people, whether a value has it, and what an object of it, or each object of an array,
    holds."""

    name: str
    holds: Callable[[Any], bool]
    inside: Mapping[str, Type] = {}


Fields = Mapping[str, Type]


def fields(text: str, shapes: Mapping[str, Fields] = {}) -> Fields:
    """A row of a table: `"order_id revenue:n ad_type:pre-roll|mid-roll sound:0..100 products:[Product]"`.

    After the colon, a letter of LETTERS; or values with `|` between them; or a range of whole numbers; or the name of
    one of `shapes`, for an object with those fields. `[x]` is an array of x, `x/y` one or the other. A name alone is a
    string."""
    pairs = (word.partition(":") for word in text.split())
    return {name: _either(kind or "s", shapes) for name, _, kind in pairs}


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_date(value: Any) -> bool:
    """ISO 8601, as the Spec asks; or a number, which older sources send for dates as epoch seconds."""
    return is_number(value) or is_iso_date(value)


def is_iso_date(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_whole(value: Any) -> bool:
    """JSON knows one kind of number: 3.0 is as whole as 3."""
    return is_number(value) and (isinstance(value, int) or value.is_integer())


LETTERS: Mapping[str, Type] = {
    "s": Type("a string", lambda v: isinstance(v, str)),
    "n": Type("a number", is_number),
    "i": Type("a whole number", is_whole),
    "b": Type("a boolean", lambda v: isinstance(v, bool)),
    "a": Type("an array", lambda v: isinstance(v, list)),
    "o": Type("an object", lambda v: isinstance(v, dict)),
    "d": Type("an ISO 8601 date", is_date),
    "t": Type("an ISO 8601 date", is_iso_date),
}


def _either(text: str, shapes: Mapping[str, Fields]) -> Type:
    kinds = [_one(part, shapes) for part in text.split("/")]
    if len(kinds) == 1:
        return kinds[0]
    return Type(" or ".join(kind.name for kind in kinds), lambda v: any(kind.holds(v) for kind in kinds))


def _one(text: str, shapes: Mapping[str, Fields]) -> Type:
    if text.startswith("["):
        return _array(_one(text[1:-1], shapes))
    if text in LETTERS:
        return LETTERS[text]
    if bounds := re.fullmatch(r"(\d+)\.\.(\d+)", text):
        low, high = int(bounds[1]), int(bounds[2])
        return Type(f"a whole number from {low} to {high}", lambda v: is_whole(v) and low <= v <= high)
    if "|" in text:
        values = text.split("|")
        return Type(f"one of {', '.join(values)}", lambda v: v in values)
    return Type("an object", lambda v: isinstance(v, dict), shapes[text])


def _array(item: Type) -> Type:
    what = item.name.removeprefix("an ").removeprefix("a ")
    name = f"an array of {what if what == item.name else f'{what}s'}"
    return Type(name, lambda v: isinstance(v, list) and all(item.holds(each) for each in v), item.inside)
