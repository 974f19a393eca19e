"""The JSON types that the Spec asks for, by the letters that its tables use here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec


class Type(msgspec.Struct, frozen=True):
    """A type: its name for people, and whether a value has it."""

    name: str
    holds: Callable[[Any], bool]


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_date(value: Any) -> bool:
    """ISO 8601, as the Spec asks; or a number, which older sources send for dates as epoch seconds."""
    if is_number(value):
        return True
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


STRING = Type("a string", lambda v: isinstance(v, str))
NUMBER = Type("a number", is_number)
INTEGER = Type("a whole number", lambda v: is_number(v) and float(v).is_integer())
BOOLEAN = Type("a boolean", lambda v: isinstance(v, bool))
ARRAY = Type("an array", lambda v: isinstance(v, list))
OBJECT = Type("an object", lambda v: isinstance(v, dict))
DATE = Type("an ISO 8601 date", is_date)
TEXT_OR_OBJECT = Type("a string or an object", lambda v: isinstance(v, str | dict))

LETTERS: Mapping[str, Type] = {
    "s": STRING,
    "n": NUMBER,
    "i": INTEGER,
    "b": BOOLEAN,
    "a": ARRAY,
    "o": OBJECT,
    "d": DATE,
    "so": TEXT_OR_OBJECT,
}

Fields = Mapping[str, Type]


def fields(text: str) -> Fields:
    """A table row: `"order_id:s revenue:n products:a"`; a name without a letter is a string."""
    pairs = (word.partition(":") for word in text.split())
    return {name: LETTERS[letter or "s"] for name, _, letter in pairs}
