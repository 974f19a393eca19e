"""Where an expected call should have come from: the step, and the Segment call if it reached Segment."""

from __future__ import annotations

from typing import Any

import msgspec

from testbed.scenario.model import ExpectCall
from testbed.scenario.steps import Alias, Group, Identify, Page, Screen, Step, Track, View, name_of
from testbed.verdict.calls import FIELDS, seen
from testbed.verdict.case import Case
from testbed.verdict.matching import ABSENT, compare
from testbed.verdict.model import Played


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """`message_id` and `flow` of the Segment call, if it was made; `step` that makes it, if one does; `not_available`
    says why the step was not played on this target."""

    message_id: str | None = None
    flow: str | None = None
    step: int | None = None
    not_available: str = ""


def source_of(case: Case, expected: ExpectCall) -> Source:
    """The likeliest source: a Segment call that nothing at the vendor came of is preferred."""
    used = {intent.cause for intent in case.intents}
    calls = [
        intent
        for intent in case.segment_intents
        if intent.kind == expected.kind and _agrees(expected, lambda field, each=intent: seen(each, field))
    ]
    calls.sort(key=lambda intent: intent.cause in used)
    if calls:
        return Source(message_id=calls[0].cause, flow=calls[0].flow, step=case.step_index(calls[0].cause))
    steps = [played for played in case.evidence.steps if makes(played.step, expected, case)]
    played_ones = [played for played in steps if played.reply.outcome in ("done", "failed")]
    if played_ones:
        return Source(step=played_ones[0].index)
    if steps:
        return Source(step=steps[0].index, not_available=_reason(steps[0]))
    return Source()


def _agrees(expected: ExpectCall, value_of: Any) -> bool:
    """Whether what identifies the call is as expected; properties may differ."""
    return not any(
        compare(pattern, value_of(field), field)
        for field in FIELDS
        if field != "anonymous"
        and (pattern := getattr(expected, field)) is not None
        and value_of(field) is not _UNKNOWN
    )


_UNKNOWN = object()


def makes(step: Step, expected: ExpectCall, case: Case) -> bool:
    """Whether the step makes such a call, as far as it says."""
    kind = name_of(step)
    if isinstance(step, View):
        kind = "page" if case.target.platform == "web" else "screen"
    return kind == expected.kind and _agrees(expected, lambda field: _stated(step, field))


def _stated(step: Step, field: str) -> Any:
    """What a step says in a field of the expectation; unknown where the SDK fills it in (the user of a track)."""
    match step, field:
        case Track(), "name":
            return step.event
        case Page() | Screen() | View(), "name":
            return step.name if step.name is not None else _UNKNOWN
        case Identify() | Alias(), "user":
            return step.user_id if step.user_id is not None else ABSENT
        case Group(), "group":
            return step.group_id
    return _UNKNOWN


def _reason(played: Played) -> str:
    said = "is not available on this target" if played.reply.outcome == "n/a" else "was skipped"
    reason = f": {played.reply.reason}" if played.reply.reason else ""
    return f"step {played.index} ({name_of(played.step)}) {said}{reason}"
