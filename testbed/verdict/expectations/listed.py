"""A list of expected calls against those that were seen: the best assignment, then for each that is not met the nearest
call, or what became of the Segment call that should have caused it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from testbed.scenario.model import ExpectCall
from testbed.scenario.targeting import covers
from testbed.verdict.assignment import assign
from testbed.verdict.calls import differences, distance, holds, of_vendor, resembles, title
from testbed.verdict.case import Case
from testbed.verdict.expectations.causes import Source, source_of
from testbed.verdict.finding import Finding
from testbed.verdict.intents import Intent
from testbed.verdict.model import Check, Difference
from testbed.verdict.paste import mended_call_line

SEGMENT = "Segment"

# Nobody reads a nearest miss among more calls than this.
_NEAREST_AMONG = 500


def judge_listed(
    case: Case, expected: Sequence[ExpectCall], seen: Sequence[Intent], *, where: str, listener: str
) -> tuple[list[Finding], list[Intent]]:
    """The findings, one an expectation, and the calls that met none and are no failed one's nearest miss."""
    ids = [each.id or f"{where}[{index}]" for index, each in enumerate(expected)]
    wanted = [index for index, each in enumerate(expected) if covers(each.only, case.target)]
    demand = [each.count if index in wanted else 0 for index, each in enumerate(expected)]
    matches = [[index for index in wanted if holds(expected[index], intent)] for intent in seen]
    assigned = assign(matches, demand)
    met: dict[int, list[Intent]] = defaultdict(list)
    for position in sorted(assigned):
        met[assigned[position]].append(seen[position])
    left = [intent for position, intent in enumerate(seen) if position not in assigned]
    sources = {index: source_of(case, expected[index]) for index in wanted if len(met[index]) < demand[index]}
    undeclared = {
        index for index in sources if listener != SEGMENT and not met[index] and not case.supports(expected[index].kind)
    }
    blamed = {index: source for index, source in sources.items() if index not in undeclared}
    nearest = _nearest(expected, blamed, left)
    findings: list[Finding] = []
    for index, each in enumerate(expected):
        if index not in wanted:
            check = _not_here(ids[index], each, case)
        elif index in undeclared:
            check = _unsupported(ids[index], each, case)
        elif index not in sources:
            check = _met(ids[index], each, met[index], case)
        elif index in nearest:
            check = _missed(ids[index], each, left[nearest[index]], len(met[index]), case, listener)
        else:
            check = _missing(ids[index], each, sources[index], len(met[index]), case, listener)
        findings.append(Finding(check=check, kind=each.kind))
    folded = set(nearest.values())
    return findings, [intent for position, intent in enumerate(left) if position not in folded]


def _nearest(expected: Sequence[ExpectCall], sources: dict[int, Source], left: Sequence[Intent]) -> dict[int, int]:
    """Failed expectation -> position in `left` of the call that is most likely it gone wrong; a call serves one."""
    pairs: list[tuple[bool, int, int, int]] = []
    for index, source in sources.items():
        for position, intent in enumerate(left[:_NEAREST_AMONG]):
            if not of_vendor(expected[index], intent):
                continue
            found = differences(expected[index], intent)
            same_cause = source.message_id is not None and source.message_id == intent.cause
            if found and (same_cause or resembles(expected[index], intent, found)):
                pairs.append((not same_cause, distance(found), index, position))
    nearest: dict[int, int] = {}
    for _, _, index, position in sorted(pairs):
        if index not in nearest and position not in nearest.values():
            nearest[index] = position
    return nearest


def _met(check_id: str, expected: ExpectCall, calls: Sequence[Intent], case: Case) -> Check:
    return Check(
        id=check_id,
        outcome="passed",
        message=title(expected.kind, expected),
        place=expected.place,
        step=case.step_index(calls[0].cause),
        flow=calls[0].flow,
    )


def _not_here(check_id: str, expected: ExpectCall, case: Case) -> Check:
    message = f"{title(expected.kind, expected)} is expected only on {', '.join(expected.only)}"
    return Check(id=check_id, outcome="n/a", message=message, place=expected.place)


def _unsupported(check_id: str, expected: ExpectCall, case: Case) -> Check:
    message = (
        f"{title(expected.kind, expected)} is not expected here: "
        f"by its `calls`, {case.name} supports no {expected.kind} on {case.target.id}"
    )
    return Check(id=check_id, outcome="n/a", message=message, place=expected.place)


def _missed(check_id: str, expected: ExpectCall, near: Intent, met: int, case: Case, listener: str) -> Check:
    found = differences(expected, near)
    return Check(
        id=check_id,
        outcome="failed",
        message=f"{title(expected.kind, expected)}{_so_far(expected, met)}: {_said(found, near, listener)}",
        place=expected.place,
        step=case.step_index(near.cause),
        flow=near.flow,
        name=_name(expected),
        differences=tuple(found),
        paste=mended_call_line(expected, near),
    )


def _said(found: Sequence[Difference], near: Intent, listener: str) -> str:
    if len(found) == 1:
        return f"{found[0].path} {found[0].message}"
    fields = ", ".join(each.path for each in found)
    return f"the nearest call that {listener} was told, {title(near.kind, near)}, differs in {fields}"


def _missing(check_id: str, expected: ExpectCall, source: Source, met: int, case: Case, listener: str) -> Check:
    if source.not_available and not met:
        message = f"{title(expected.kind, expected)} is not expected here: {source.not_available}"
        return Check(id=check_id, outcome="n/a", message=message, place=expected.place, step=source.step)
    return Check(
        id=check_id,
        outcome="failed",
        message=f"{listener} was not told {title(expected.kind, expected)}{_so_far(expected, met)}"
        f"{_why(source, case, listener)}",
        place=expected.place,
        step=source.step,
        flow=source.flow,
        name=_name(expected),
    )


def _name(expected: ExpectCall) -> str:
    return expected.name if isinstance(expected.name, str) else ""


def _so_far(expected: ExpectCall, met: int) -> str:
    return f" {expected.count} times but {met}" if expected.count > 1 else ""


def _why(source: Source, case: Case, listener: str) -> str:
    step = f" (step {source.step})" if source.step else ""
    if listener == SEGMENT:
        if source.step:
            return f"; it should come from step {source.step}"
        return (
            f"; no step makes such a call, and {case.name} made none"
            if case.is_source
            else "; no step makes such a call"
        )
    if source.message_id is not None:
        call = case.segment_by_id[source.message_id]
        if case.gated(call):
            return f"; its integrations object keeps it from {case.name}{step}"
        return f"; Segment was told{step}, so the call got lost in the plugin"
    if source.step:
        return f"; step {source.step} should have caused it, and Segment was not told either"
    return "; no step of the scenario makes a call that it could come from"
