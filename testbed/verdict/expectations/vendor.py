"""`expect.vendor`: what the vendor was told, exhaustively unless `others: allow`."""

from __future__ import annotations

import msgspec

from testbed.lenses.api import JUDGED
from testbed.scenario.model import ExpectCall
from testbed.scenario.targeting import covers
from testbed.verdict.calls import holds, title
from testbed.verdict.case import Case
from testbed.verdict.expectations.listed import judge_listed
from testbed.verdict.finding import Finding
from testbed.verdict.intents import Intent
from testbed.verdict.model import Check
from testbed.verdict.paste import call_line, expected_line

OTHERS = "vendor-others"


def vendor(case: Case) -> list[Finding]:
    expected = case.scenario.expect.vendor
    if expected is None:
        return []
    findings, unmatched = judge_listed(case, expected, case.intents, where="expect.vendor", listener="the vendor")
    if case.scenario.expect.others == "allow":
        return findings
    return [*findings, *_others(case, [intent for intent in unmatched if intent.kind in JUDGED])]


def _others(case: Case, extra: list[Intent]) -> list[Finding]:
    """One finding for each sort of call that no expectation names."""
    sorts: dict[tuple[str, str], list[Intent]] = {}
    for intent in extra:
        sorts.setdefault((intent.vendor, title(intent.kind, intent)), []).append(intent)
    return [_other(case, calls) for calls in sorts.values()]


def _other(case: Case, calls: list[Intent]) -> Finding:
    first = calls[0]
    met = _met_already(case, first)
    times = "time" if len(calls) == 1 else "times"
    if met:
        often = f" {len(calls)} more {times} than the {met.count} expected"
    else:
        often = f" {len(calls)} {times}, which no expectation names"
    by = f"caused by {case.cause_in_words(first.cause)}" if first.cause else "which no Segment call caused"
    message = f"{first.vendor} was told {title(first.kind, first)}{often}, {by}"
    check = Check(
        id=OTHERS,
        outcome="failed",
        message=message,
        place=case.scenario.place,
        step=case.step_index(first.cause),
        flow=first.flow,
        name=first.name or "",
        paste=expected_line(msgspec.structs.replace(met, count=met.count + len(calls))) if met else call_line(first),
    )
    return Finding(check=check, kind=first.kind)


def _met_already(case: Case, intent: Intent) -> ExpectCall | None:
    """The expectation that the call would meet, had not others met it."""
    expected = case.scenario.expect.vendor or ()
    return next((each for each in expected if covers(each.only, case.target) and holds(each, intent)), None)
