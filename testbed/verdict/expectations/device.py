"""`expect.device`: the device itself at the end of the scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from testbed.devices.api import Probe, Sighting
from testbed.errors import InternalError
from testbed.plugin.model import Target
from testbed.scenario.model import ExpectDevice, Scenario
from testbed.scenario.targeting import covers
from testbed.verdict.case import Case
from testbed.verdict.finding import Finding
from testbed.verdict.matching import ABSENT, compare, shown
from testbed.verdict.model import Check, Difference
from testbed.verdict.paste import mended_device_line


def probes(scenario: Scenario, target: Target) -> list[Probe]:
    """What to ask the device at the end, each question once. Log lines need no question: they are evidence anyway."""
    wanted = (*scenario.expect.device, *scenario.expect.never_device)
    asked: list[Probe] = []
    for each in wanted:
        probe = Probe(what=each.what, name=each.name)
        if each.what != "log" and covers(each.only, target) and probe not in asked:
            asked.append(probe)
    return asked


def device(case: Case) -> list[Finding]:
    return [
        Finding(check=_check(case, each, f"expect.device[{index}]"))
        for index, each in enumerate(case.scenario.expect.device)
    ]


def title(expected: ExpectDevice) -> str:
    return f"{expected.what} {expected.name if isinstance(expected.name, str) else shown(expected.name)}"


def look(case: Case, expected: ExpectDevice) -> tuple[list[Difference], Any, Mapping[str, Any]]:
    """The differences (none: it holds), and the value and attributes that were seen: of the first find that is as
    expected, else of the first."""
    if expected.what == "log":
        return _look_at_log(case, expected), None, {}
    sighting = _sighting(case, expected)
    if sighting.problem:
        unseen = f"cannot be looked at: {sighting.problem}"
        return [Difference(path=expected.what, expected=expected.name, actual=None, message=unseen)], ABSENT, {}
    if not sighting.found:
        missing = Difference(path=expected.what, expected=expected.name, actual=None, message="is not there")
        return [missing], ABSENT, {}
    finds = [_look_at(find, expected) for find in (sighting, *sighting.more)]
    return next((find for find in finds if not find[0]), finds[0])


def problem(case: Case, expected: ExpectDevice) -> str:
    """Why nobody could look; empty where somebody did."""
    return "" if expected.what == "log" else _sighting(case, expected).problem


def _check(case: Case, expected: ExpectDevice, where: str) -> Check:
    check_id = expected.id or where
    if not covers(expected.only, case.target):
        message = f"{title(expected)} is expected only on {', '.join(expected.only)}"
        return Check(id=check_id, outcome="n/a", message=message, place=expected.place)
    differences, value, attributes = look(case, expected)
    if not differences:
        return Check(id=check_id, outcome="passed", message=title(expected), place=expected.place)
    if differences[0].path == expected.what:
        return Check(
            id=check_id,
            outcome="failed",
            message=f"{title(expected)} {differences[0].message}",
            place=expected.place,
            differences=tuple(differences),
        )
    first = differences[0]
    said = f"{first.path} {first.message}" if len(differences) == 1 else _fields(differences)
    return Check(
        id=check_id,
        outcome="failed",
        message=f"{title(expected)}: {said}",
        place=expected.place,
        differences=tuple(differences),
        paste=mended_device_line(expected, value, attributes),
    )


def _fields(differences: Sequence[Difference]) -> str:
    return f"differs in {', '.join(each.path for each in differences)}"


def _look_at(find: Sighting, expected: ExpectDevice) -> tuple[list[Difference], Any, Mapping[str, Any]]:
    differences: list[Difference] = []
    value = find.value
    if expected.value is not msgspec.UNSET:
        value = _as_asked(expected.value, value)
        differences += compare(expected.value, value, "value")
    if expected.attributes is not None:
        differences += compare(expected.attributes, find.attributes, "attributes")
    return differences, value, find.attributes


def _sighting(case: Case, expected: ExpectDevice) -> Sighting:
    probe = Probe(what=expected.what, name=expected.name)
    for asked, sighting in case.evidence.sightings:
        if asked == probe:
            return sighting
    # Nobody looked: that must never be taken for "not there", which `never` would count as good.
    raise InternalError(f"the device was not asked for {title(expected)}")


def _look_at_log(case: Case, expected: ExpectDevice) -> list[Difference]:
    wanted = expected.name
    for line in case.evidence.logs:
        if (wanted in line.text) if isinstance(wanted, str) else not compare(wanted, line.text):
            return []
    lines = len(case.evidence.logs)
    return [Difference(path="log", expected=wanted, actual=None, message=f"is in none of the {lines} log lines")]


def _as_asked(pattern: Any, value: Any) -> Any:
    """Cookies and storage hold text; a pattern that is a mapping or list asks for the JSON in it."""
    structured = isinstance(pattern, list) or (
        isinstance(pattern, dict) and (not next(iter(pattern), "").startswith("$") or "$exact" in pattern)
    )
    if structured and isinstance(value, str):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return value
    return value
