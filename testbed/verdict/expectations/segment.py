"""`expect.segment`: what Segment's tracking API was told. At least that, of a destination; of a source, for which to
tell Segment things is all there is to do, that and what the steps say, unless `others: allow`."""

from __future__ import annotations

import msgspec

from testbed.scenario.model import ExpectCall
from testbed.verdict.case import Case
from testbed.verdict.expectations.causes import makes
from testbed.verdict.expectations.listed import SEGMENT, judge_listed
from testbed.verdict.expectations.others import judge_others
from testbed.verdict.finding import Finding
from testbed.verdict.intents import Intent

OTHERS = "segment-others"


def segment(case: Case) -> list[Finding]:
    if case.scenario.expect.segment is None:
        return []
    expected = [_here(case, each) for each in case.scenario.expect.segment]
    findings, unmatched = judge_listed(case, expected, case.segment_intents, where="expect.segment", listener=SEGMENT)
    if not case.is_source or case.scenario.expect.others == "allow":
        return findings
    extra = [intent for intent in unmatched if not _by_a_step(case, intent)]

    def origin(_: Intent) -> str:
        return "said by no step"

    return [*findings, *judge_others(case, expected, extra, check_id=OTHERS, origin=origin)]


def _here(case: Case, expected: ExpectCall) -> ExpectCall:
    if expected.kind != "view":
        return expected
    return msgspec.structs.replace(expected, kind="page" if case.target.platform == "web" else "screen")


def _by_a_step(case: Case, intent: Intent) -> bool:
    """Of a step that the device could not follow (the page was left, the SDK not up), any call that it makes may be the
    one."""
    if case.step_of(intent.cause) is not None:
        return True
    call = ExpectCall(kind=intent.kind, name=intent.name, group=intent.group)
    return any(
        played.reply.outcome == "done" and not played.reply.message_id and makes(played.step, call, case)
        for played in case.evidence.steps
    )
