"""`expect.segment`: what Segment's tracking API was told, at least."""

from __future__ import annotations

from testbed.verdict.case import Case
from testbed.verdict.expectations.listed import SEGMENT, judge_listed
from testbed.verdict.finding import Finding


def segment(case: Case) -> list[Finding]:
    expected = case.scenario.expect.segment
    findings, _ = judge_listed(case, expected, case.segment_intents, where="expect.segment", listener=SEGMENT)
    return findings
