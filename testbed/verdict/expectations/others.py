"""What was told besides what an exhaustive list of calls names: one finding for each sort of call."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from testbed.scenario.model import ExpectCall
from testbed.scenario.targeting import covers
from testbed.verdict.calls import holds, title
from testbed.verdict.case import Case
from testbed.verdict.finding import Finding
from testbed.verdict.intents import Intent
from testbed.verdict.model import Check
from testbed.verdict.paste import call_line, expected_line


def judge_others(
    case: Case,
    expected: Sequence[ExpectCall],
    extra: Sequence[Intent],
    *,
    check_id: str,
    origin: Callable[[Intent], str],
) -> list[Finding]:
    """A failure for each sort of call in `extra`, which met none of `expected`. `origin` says where it came from."""
    sorts: dict[tuple[str, str], list[Intent]] = {}
    for intent in extra:
        sorts.setdefault((intent.vendor, title(intent.kind, intent)), []).append(intent)
    return [_other(case, expected, calls, check_id, origin(calls[0])) for calls in sorts.values()]


def _other(case: Case, expected: Sequence[ExpectCall], calls: Sequence[Intent], check_id: str, origin: str) -> Finding:
    first = calls[0]
    met = _met_already(case, expected, first)
    times = "time" if len(calls) == 1 else "times"
    if met:
        often = f" {len(calls)} more {times} than the {met.count} expected"
    else:
        often = f" {len(calls)} {times}, which no expectation names"
    check = Check(
        id=check_id,
        outcome="failed",
        message=f"{first.vendor} was told {title(first.kind, first)}{often}, {origin}",
        place=case.scenario.place,
        step=case.step_index(first.cause),
        flow=first.flow,
        name=first.name or "",
        paste=expected_line(msgspec.structs.replace(met, count=met.count + len(calls))) if met else call_line(first),
    )
    return Finding(check=check, kind=first.kind)


def _met_already(case: Case, expected: Sequence[ExpectCall], intent: Intent) -> ExpectCall | None:
    """The expectation that the call would meet, had not others met it."""
    return next((each for each in expected if covers(each.only, case.target) and holds(each, intent)), None)
