"""One expected call against one that was seen: the differences, how near it is, and how either reads in a message."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from testbed.scenario.model import ExpectCall
from testbed.scenario.patterns import key_of
from testbed.verdict.intents import Intent
from testbed.verdict.matching import ABSENT, compare, shown
from testbed.verdict.model import Difference

FIELDS = ("name", "user", "anonymous", "group", "previous")


def asked(expected: ExpectCall) -> Iterator[tuple[str, Any]]:
    """The fields that the expectation asks about, with their patterns."""
    for field in FIELDS:
        pattern = getattr(expected, field)
        if pattern is not None:
            yield field, pattern
    if expected.properties is not None:
        yield "properties", expected.properties
    if expected.options is not None:
        yield "options", expected.options


def seen(intent: Intent, field: str) -> Any:
    """What the call says in a field; ABSENT where it says nothing."""
    value = getattr(intent, field)
    return ABSENT if value is None else value


def may_be(expected: ExpectCall, intent: Intent) -> bool:
    """Whether the call is of the kind, and of the vendor, that the expectation is about."""
    return expected.kind == intent.kind and of_vendor(expected, intent)


def of_vendor(expected: ExpectCall, intent: Intent) -> bool:
    return expected.vendor is None or expected.vendor.lower() == intent.vendor.lower()


def holds(expected: ExpectCall, intent: Intent) -> bool:
    return may_be(expected, intent) and not any(
        compare(pattern, seen(intent, field), field) for field, pattern in asked(expected)
    )


def differences(expected: ExpectCall, intent: Intent) -> list[Difference]:
    """Every field in which the call is not as expected, its kind first."""
    found = [
        difference for field, pattern in asked(expected) for difference in compare(pattern, seen(intent, field), field)
    ]
    if expected.kind == intent.kind:
        return found
    message = f"is {intent.kind}, expected {expected.kind}"
    return [Difference(path="kind", expected=expected.kind, actual=intent.kind, message=message), *found]


def distance(found: Sequence[Difference]) -> int:
    """How far off: a wrong kind or name weighs more than a wrong property."""
    return sum(_WEIGHTS.get(each.path, 1) for each in found)


_WEIGHTS = {"kind": 4, "name": 3, "user": 2, "group": 2}


def resembles(expected: ExpectCall, intent: Intent, found: Sequence[Difference]) -> bool:
    """Whether the call could be the expected one gone wrong: something asked for holds, or the name is alike."""
    off = {each.path for each in found}
    if not {"kind", "name"} <= off and _something_holds(expected, off):
        return True
    if isinstance(expected.name, str) and intent.name and "name" in off:
        return difflib.SequenceMatcher(None, expected.name.lower(), intent.name.lower()).ratio() >= 0.6
    return False


def _something_holds(expected: ExpectCall, off: set[str]) -> bool:
    """Whether a field that was asked for is as expected. A wrong kind needs more than a property in common."""
    fields = list(asked(expected))
    if "kind" in off and not isinstance(expected.name, str):
        return False
    for field, pattern in fields:
        if field == "properties":
            if any(f"properties.{key_of(key)}" not in off for key in pattern if not _about_absence(pattern[key])):
                return True
        elif field not in off:
            return True
    return not fields


def _about_absence(pattern: Any) -> bool:
    return isinstance(pattern, dict) and "$absent" in pattern


def title(kind: str, intent_or_expected: Intent | ExpectCall) -> str:
    """`track "Signed Up"`, `identify u1`, `group g1`: enough to know it by."""
    source = intent_or_expected
    for field in ("name", "group", "user") if kind == "group" else ("name", "user", "group"):
        value = getattr(source, field)
        if value is not None:
            return f"{kind} {value if field != 'name' and isinstance(value, str) else shown(value, limit=60)}"
    return kind
