"""Whether what was seen matches a pattern, and where it does not.

Mappings match by subset, lists item by item and in full, scalars by equality under strict JSON types: the text "49.9"
is not the number 49.9, true is not 1; 1 and 1.0 are one number. The matchers are listed in testbed.scenario.patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from testbed.scenario.patterns import MAX_SUBJECT, compiled, key_of, matcher
from testbed.verdict.assignment import assign
from testbed.verdict.model import Difference

ABSENT = msgspec.UNSET
"""What stands for a field that is not there. A Difference shows it as null."""


def compare(pattern: Any, actual: Any, path: str = "") -> list[Difference]:
    """Where `actual` differs from `pattern`: nothing, if it matches. `actual` is JSON data, or ABSENT."""
    return _compare(pattern, actual, path, False)


def shown(value: Any, *, limit: int = 120) -> str:
    """A value as JSON, cut to `limit`, for messages."""
    if value is ABSENT:
        return "nothing"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case _:
            return "array"


def _compare(pattern: Any, actual: Any, path: str, exact: bool) -> list[Difference]:
    found = matcher(pattern)
    if found is not None:
        return _MATCHERS[found[0]](found[1], actual, path, exact)
    if actual is ABSENT:
        return [_missing(pattern, path)]
    if isinstance(pattern, dict):
        return _compare_mapping(pattern, actual, path, exact)
    if isinstance(pattern, list | tuple):
        return _compare_list(pattern, actual, path, exact)
    return _compare_scalar(pattern, actual, path)


def _compare_mapping(pattern: dict[str, Any], actual: Any, path: str, exact: bool) -> list[Difference]:
    if not isinstance(actual, Mapping):
        return [_other_type(pattern, actual, path)]
    differences: list[Difference] = []
    asked = set()
    for written, expected in pattern.items():
        key = key_of(written)
        asked.add(key)
        where = f"{path}.{key}" if path else key
        below = _compare(expected, actual.get(key, ABSENT), where, exact)
        if below and key not in actual:
            below = [_with_hint(each, key, actual) for each in below]
        differences += below
    if exact:
        for key in actual:
            if key not in asked:
                where = f"{path}.{key}" if path else key
                differences.append(_difference(where, None, actual[key], f"is there, with {shown(actual[key])}"))
    return differences


def _compare_list(pattern: Sequence[Any], actual: Any, path: str, exact: bool) -> list[Difference]:
    if not _is_list(actual):
        return [_other_type(list(pattern), actual, path)]
    differences: list[Difference] = []
    for index, expected in enumerate(pattern):
        seen = actual[index] if index < len(actual) else ABSENT
        differences += _compare(expected, seen, f"{path}[{index}]", exact)
    for index in range(len(pattern), len(actual)):
        message = f"is one item too many: {shown(actual[index])}"
        differences.append(_difference(f"{path}[{index}]", None, actual[index], message))
    return differences


def _compare_scalar(expected: Any, actual: Any, path: str) -> list[Difference]:
    if type_of(expected) != type_of(actual):
        return [_other_type(expected, actual, path)]
    if expected == actual:
        return []
    return [_difference(path, expected, actual, f"is {shown(actual)}, expected {shown(expected)}")]


def _regex(argument: str, actual: Any, path: str, exact: bool) -> list[Difference]:
    pattern = {"$regex": argument}
    if not isinstance(actual, str):
        return [_missing(pattern, path) if actual is ABSENT else _other_type(pattern, actual, path, wanted="string")]
    if _found(compiled(argument), actual):
        return []
    return [_difference(path, pattern, actual, f"is {shown(actual)}, in which {argument!r} is not found")]


def _found(expression: re.Pattern[str], text: str) -> bool:
    """In long texts it is searched for piece by piece, each half over the one before. A text that is too long to be
    looked at would count as one in which nothing is, and `never` be content with it."""
    for start in range(0, max(1, len(text) - MAX_SUBJECT // 2), MAX_SUBJECT // 2):
        end = min(start + MAX_SUBJECT, len(text))
        match = expression.search(text, start, end)
        # `$` holds at the end of every piece, and means that of the text.
        if match is not None and (match.end() < end or end == len(text)):
            return True
    return False


def _type(argument: str, actual: Any, path: str, exact: bool) -> list[Difference]:
    pattern = {"$type": argument}
    if actual is ABSENT:
        return [_missing(pattern, path)]
    seen = type_of(actual)
    if seen == argument or (argument == "integer" and seen == "number" and float(actual).is_integer()):
        return []
    return [_other_type(pattern, actual, path, wanted=argument)]


def _absent(argument: Any, actual: Any, path: str, exact: bool) -> list[Difference]:
    if actual is ABSENT:
        return []
    return [_difference(path, {"$absent": True}, actual, f"is there, with {shown(actual)}")]


def _any(argument: Any, actual: Any, path: str, exact: bool) -> list[Difference]:
    return [_missing({"$any": True}, path)] if actual is ABSENT else []


def _between(argument: Sequence[Any], actual: Any, path: str, exact: bool) -> list[Difference]:
    pattern = {"$between": list(argument)}
    low, high = argument
    if actual is ABSENT:
        return [_missing(pattern, path)]
    if type_of(actual) != type_of(low):
        return [_other_type(pattern, actual, path, wanted=type_of(low))]
    if low <= actual <= high:
        return []
    return [_difference(path, pattern, actual, f"is {shown(actual)}, not between {shown(low)} and {shown(high)}")]


def _any_order(argument: Sequence[Any], actual: Any, path: str, exact: bool) -> list[Difference]:
    pattern = {"$anyOrder": list(argument)}
    if not _is_list(actual):
        return [_missing(pattern, path) if actual is ABSENT else _other_type(pattern, actual, path, wanted="array")]
    matches = [[want for want, item in enumerate(argument) if not _compare(item, seen, "", exact)] for seen in actual]
    taken = assign(matches, [1] * len(argument))
    unmet = [item for want, item in enumerate(argument) if want not in taken.values()]
    extra = [index for index in range(len(actual)) if index not in taken]
    if len(unmet) == len(extra) == 1:
        return _compare(unmet[0], actual[extra[0]], f"{path}[{extra[0]}]", exact)
    differences = [_difference(path, item, None, f"has no item {shown(item)}") for item in unmet]
    for index in extra:
        message = f"is an item that was not expected: {shown(actual[index])}"
        differences.append(_difference(f"{path}[{index}]", None, actual[index], message))
    return differences


def _exact(argument: Any, actual: Any, path: str, exact: bool) -> list[Difference]:
    return _compare(argument, actual, path, True)


def _not(argument: Any, actual: Any, path: str, exact: bool) -> list[Difference]:
    pattern = {"$not": argument}
    if actual is ABSENT:
        return [_missing(pattern, path)]
    if _compare(argument, actual, path, exact):
        return []
    return [_difference(path, pattern, actual, f"is {shown(actual)}, which it must not be")]


def _one_of(argument: Sequence[Any], actual: Any, path: str, exact: bool) -> list[Difference]:
    if any(not _compare(each, actual, path, exact) for each in argument):
        return []
    pattern = {"$oneOf": list(argument)}
    if actual is ABSENT:
        return [_missing(pattern, path)]
    return [_difference(path, pattern, actual, f"is {shown(actual)}, none of {shown(list(argument))}")]


_MATCHERS: Mapping[str, Callable[[Any, Any, str, bool], list[Difference]]] = {
    "$regex": _regex,
    "$type": _type,
    "$absent": _absent,
    "$any": _any,
    "$between": _between,
    "$anyOrder": _any_order,
    "$exact": _exact,
    "$not": _not,
    "$oneOf": _one_of,
}


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _difference(path: str, expected: Any, actual: Any, message: str) -> Difference:
    return Difference(path=path, expected=expected, actual=None if actual is ABSENT else actual, message=message)


def _missing(expected: Any, path: str) -> Difference:
    return _difference(path, expected, ABSENT, f"is missing, expected {shown(expected)}")


def _other_type(expected: Any, actual: Any, path: str, *, wanted: str = "") -> Difference:
    kind = f"a {wanted}" if wanted else f"the {type_of(expected)} {shown(expected)}"
    return _difference(path, expected, actual, f"was sent as {type_of(actual)} {shown(actual)}, expected {kind}")


def _with_hint(difference: Difference, key: str, actual: Mapping[str, Any]) -> Difference:
    """Names a key that differs in case and underscores alone: `orderId` for `order_id`."""
    wanted = _folded(key)
    twin = next((each for each in actual if _folded(each) == wanted), None)
    if twin is None:
        return difference
    return msgspec.structs.replace(difference, message=f"{difference.message}; there is {twin!r}")


def _folded(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")
