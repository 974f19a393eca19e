"""`expect.vendor`: what the vendor was told, exhaustively unless `others: allow`."""

from __future__ import annotations

from testbed.lenses.api import JUDGED
from testbed.verdict.case import Case
from testbed.verdict.expectations.listed import judge_listed
from testbed.verdict.expectations.others import judge_others
from testbed.verdict.finding import Finding
from testbed.verdict.intents import Intent

OTHERS = "vendor-others"


def vendor(case: Case) -> list[Finding]:
    expected = case.scenario.expect.vendor
    if expected is None:
        return []
    findings, unmatched = judge_listed(case, expected, case.intents, where="expect.vendor", listener="the vendor")
    if case.scenario.expect.others == "allow":
        return findings
    extra = [intent for intent in unmatched if intent.kind in JUDGED]

    def origin(intent: Intent) -> str:
        return f"caused by {case.cause_in_words(intent.cause)}" if intent.cause else "which no Segment call caused"

    return [*findings, *judge_others(case, expected, extra, check_id=OTHERS, origin=origin)]
