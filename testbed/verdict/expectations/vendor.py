"""`expect.vendor`: what the vendor was told, exhaustively unless `others: allow`."""

from __future__ import annotations

from testbed.lenses.api import JUDGED
from testbed.verdict.calls import title
from testbed.verdict.case import Case
from testbed.verdict.expectations.listed import judge_listed
from testbed.verdict.finding import Finding
from testbed.verdict.intents import Intent
from testbed.verdict.model import Check
from testbed.verdict.paste import call_line

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
    times = f" {len(calls)} times" if len(calls) > 1 else ""
    by = f", caused by {case.cause_in_words(first.cause)}" if first.cause else ", which no Segment call caused"
    message = f"{first.vendor} was told {title(first.kind, first)}{times}, which no expectation names{by}"
    check = Check(
        id=OTHERS,
        outcome="failed",
        message=message,
        place=case.scenario.place,
        step=case.step_index(first.cause),
        flow=first.flow,
        paste=call_line(first),
    )
    return Finding(check=check, kind=first.kind)
