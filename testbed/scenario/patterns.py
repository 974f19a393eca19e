"""The pattern language of expectations: its matchers, and whether a pattern is well formed.

A literal matches by equality, a mapping by subset, a list item by item. A mapping with one key that starts with `$` is
a matcher. A key of the data itself that starts with `$` (Mixpanel's `$email`) is written with two: `$$email`.
What a pattern means is in testbed.verdict.matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from testbed.scenario.vocabulary import did_you_mean

MATCHERS: Mapping[str, str] = {
    "$regex": "text in which the regular expression is found (anchor it with ^ and $)",
    "$type": "any value of a type: string, number, integer, boolean, object, array or null",
    "$absent": "true: there is no such field",
    "$any": "true: the field is there, with any value",
    "$between": "[low, high]: a number, or text such as an ISO date, within the bounds and including them",
    "$anyOrder": "a list with the same items in any order",
    "$exact": "a mapping with exactly these keys, all the way down, instead of at least these",
    "$not": "the field is there, and does not match the pattern",
    "$oneOf": "at least one of the listed patterns matches",
}
TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
MAX_REGEX = 500
MAX_SUBJECT = 10_000


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a pattern: at which keys below it, in words, and the fix."""

    keys: tuple[str | int, ...]
    message: str
    fix: str = ""


def fault_of(pattern: Any, keys: tuple[str | int, ...] = ()) -> Fault | None:
    """The first thing wrong with `pattern`, or None."""
    if isinstance(pattern, list):
        return _first(fault_of(item, (*keys, index)) for index, item in enumerate(pattern))
    if not isinstance(pattern, dict):
        return None
    for key in pattern:
        if key.startswith("$") and not key.startswith("$$"):
            if key not in MATCHERS:
                return Fault(
                    (*keys, key),
                    f"unknown matcher {key!r}{did_you_mean(key, MATCHERS)}",
                    f"matchers are {', '.join(MATCHERS)}; a key that itself starts with $ is written '${key}'",
                )
            if len(pattern) > 1:
                return Fault((*keys, key), f"{key} beside other keys", "a matcher stands alone in its mapping")
    found = matcher(pattern)
    if found is None:
        return _first(fault_of(item, (*keys, key)) for key, item in pattern.items())
    name, argument = found
    message = _ARGUMENTS[name](argument)
    if message:
        return Fault((*keys, name), f"{name}: {message}", f"{name} is {MATCHERS[name]}")
    return fault_of(argument, (*keys, name)) if name in _NESTING else None


def matcher(pattern: Any) -> tuple[str, Any] | None:
    """(name, argument) if the pattern is a matcher."""
    if isinstance(pattern, dict) and len(pattern) == 1:
        key = next(iter(pattern))
        if key in MATCHERS:
            return key, pattern[key]
    return None


def key_of(written: str) -> str:
    """The key of the data that a pattern's key stands for: `$$email` is `$email`."""
    return written[1:] if written.startswith("$$") else written


def literal(value: Any) -> Any:
    """A pattern that matches exactly what was seen: the inverse of `key_of` at every level."""
    if isinstance(value, dict):
        return {f"${key}" if key.startswith("$") else key: literal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [literal(item) for item in value]
    return value


@lru_cache(maxsize=1024)
def compiled(expression: str) -> re.Pattern[str]:
    """The compiled expression. Raises ValueError where it is too long, invalid, or could take for ever."""
    if len(expression) > MAX_REGEX:
        raise ValueError(f"longer than {MAX_REGEX} characters")
    if _explodes(expression):
        raise ValueError("a repeated group that repeats or branches inside can take for ever; use a character class")
    try:
        return re.compile(expression)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error


def _first(faults: Any) -> Fault | None:
    return next((fault for fault in faults if fault is not None), None)


_REPEAT = re.compile(r"[*+]|\{(\d*)(,?)(\d*)\}")


def _explodes(expression: str) -> bool:
    """Whether a group under `*`, `+` or a high `{n,m}` itself contains a repetition or an alternative: the shapes with
    which backtracking goes exponential. Coarse on purpose: scenarios come from strangers."""
    busy = [False]  # for each open group: does it repeat or branch?
    closed = False  # was the atom before this position such a group?
    position = 0
    while position < len(expression):
        char = expression[position]
        repeat = _REPEAT.match(expression, position)
        if char == "\\":
            position, closed = position + 2, False
        elif char == "[":
            position, closed = _after_class(expression, position), False
        elif char == "(":
            busy.append(False)
            position, closed = position + 1, False
        elif char == ")":
            closed = busy.pop() if len(busy) > 1 else False
            busy[-1] = busy[-1] or closed
            position += 1
        elif repeat:
            if _many(repeat):
                if closed:
                    return True
                busy[-1] = True
            position, closed = repeat.end(), False
        else:
            busy[-1] = busy[-1] or char == "|"
            position, closed = position + 1, False
    return False


def _many(repeat: re.Match[str]) -> bool:
    if repeat.group() in "*+":
        return True
    low, comma, high = repeat.groups()
    most = high if comma else low
    return not most or len(most) > 2 or int(most) > 5


def _after_class(expression: str, start: int) -> int:
    position = start + 1
    if expression[position : position + 1] == "^":
        position += 1
    position += 1  # a ] that comes first is a member
    while position < len(expression) and expression[position] != "]":
        position += 2 if expression[position] == "\\" else 1
    return position + 1


def _regex_argument(argument: Any) -> str:
    if not isinstance(argument, str):
        return "needs text"
    try:
        compiled(argument)
    except ValueError as error:
        return str(error)
    return ""


def _between_argument(argument: Any) -> str:
    if isinstance(argument, list) and len(argument) == 2:
        low, high = argument
        numbers = all(isinstance(bound, int | float) and not isinstance(bound, bool) for bound in argument)
        texts = all(isinstance(bound, str) for bound in argument)
        if numbers or texts:
            return "" if low <= high else "the low bound is above the high one"
    return "needs two numbers or two texts"


def _flag_argument(argument: Any) -> str:
    return "" if argument is True else "takes only true"


_ARGUMENTS: Mapping[str, Callable[[Any], str]] = {
    "$regex": _regex_argument,
    "$type": lambda argument: "" if argument in TYPES else f"needs one of {', '.join(TYPES)}",
    "$absent": _flag_argument,
    "$any": _flag_argument,
    "$between": _between_argument,
    "$anyOrder": lambda argument: "" if isinstance(argument, list) else "needs a list",
    "$exact": lambda argument: "" if isinstance(argument, dict | list) else "needs a mapping or a list",
    "$not": lambda argument: "",
    "$oneOf": lambda argument: "" if isinstance(argument, list) and argument else "needs a list of patterns",
}
_NESTING = frozenset({"$anyOrder", "$exact", "$not", "$oneOf"})
