"""What Segment is told is the customer's word: a destination may read it, and may not change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from testbed.capture.flow import Disposition
from testbed.lenses.times import epoch_seconds
from testbed.scenario import steps
from testbed.scenario.patterns import literal
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.matching import ABSENT, compare
from testbed.verdict.model import Check, Difference, Played

SEGMENT = "Segment.io"

APP_LIFE = frozenset({
    "Application Installed", "Application Updated", "Application Opened", "Application Backgrounded",
    "Deep Link Opened",
})  # fmt: skip
"""What analytics-android and -kotlin track where the app asks for it (AnalyticsActivityLifecycleCallbacks,
AndroidLifecyclePlugin)."""


class SegmentAltered(BuiltIn):
    """Segment was told something else than a step said, was not told of the step at all, or was told what no step said.
    The last is a warning where the page may have said it: a page of the plugin's, a script of the scenario's. What the
    mobile SDKs say of the app's life by themselves is nobody's. To tell Segment things is what a source is for."""

    id = "segment-altered"
    promise = "Segment is told what the steps say, and nothing else"
    platforms = frozenset({"web", "android"})

    def faults(self, case: Case) -> Iterable[Check]:
        for played in case.evidence.steps:
            if isinstance(played.step, steps.CallStep) and played.reply.message_id:
                yield from self._of_step(played, case)
        if not case.is_source:
            yield from self._others(case)

    def _of_step(self, played: Played, case: Case) -> Iterator[Check]:
        call = case.segment_by_id.get(played.reply.message_id or "")
        what = f"step {played.index} ({steps.name_of(played.step)})"
        if call is None:
            if not _kept_from_segment(played, case):
                yield self.fault(f"Segment was never told of {what}", step=played.index, place=played.step.place)
            return
        found = [
            difference
            for field, said in _said(played.step)
            for difference in compare(literal(said), _heard(call, field), field)
            if not _same_moment(difference) and not _known_user(difference, played, case)
        ]
        if found:
            said = found[0].message if len(found) == 1 else f"and {len(found) - 1} more: {found[0].message}"
            message = f"Segment was told of {what} with another {found[0].path}: {said}"
            yield self.fault(message, step=played.index, flow=call.flow, differences=tuple(found))

    def _others(self, case: Case) -> Iterator[Check]:
        calls = [played for played in case.evidence.steps if isinstance(played.step, steps.CallStep)]
        if not all(played.reply.message_id for played in calls if played.reply.outcome == "done"):
            return  # one of them is that step's, and nobody knows which
        known = {played.reply.message_id for played in case.evidence.steps}
        severity: Literal["error", "warning"] = "warning" if _others_may_speak(case) else "error"
        for message_id in dict.fromkeys(call.message_id for call in case.evidence.segment_calls):
            if message_id not in known:
                call = case.segment_by_id[message_id]
                if case.target.platform != "web" and call.type == "track" and call.name in APP_LIFE:
                    continue
                name = f' "{call.name}"' if call.name else ""
                yield self.fault(
                    f"Segment was told {call.type}{name}, which no step said", severity=severity, flow=call.flow
                )


def _said(step: steps.Step) -> Iterator[tuple[str, Any]]:
    """What a step states, as fields of a SegmentCall. The SDK adds to the properties and takes nothing away."""
    match step:
        case steps.Identify():
            yield from _given(user=step.user_id, properties=step.traits)
        case steps.Track():
            yield from _given(name=step.event, properties=step.properties)
        case steps.Page() | steps.Screen() | steps.View():
            yield from _given(name=step.name, properties=step.properties)
        case steps.Group():
            yield from _given(group=step.group_id, properties=step.traits)
        case steps.Alias():
            yield from _given(user=step.user_id, previous=step.previous_id)


def _given(**fields: Any) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in fields.items() if value is not None)


def _heard(call: Any, field: str) -> Any:
    value = getattr(call, field)
    return ABSENT if value is None else value


def _same_moment(found: Difference) -> bool:
    """The SDK writes dates in full: `2026-01-02` becomes `2026-01-02T00:00:00.000Z` (segmentio, facade)."""
    said, heard = found.expected, found.actual
    if not (isinstance(said, str) and isinstance(heard, str)):
        return False
    moment = epoch_seconds(said, "iso")
    return moment is not None and moment == epoch_seconds(heard, "iso")


def _known_user(found: Difference, played: Played, case: Case) -> bool:
    """analytics.js puts the user whom it knows in place of an alias's (analytics-next, core/events, addIdentity)."""
    return (
        isinstance(played.step, steps.Alias)
        and found.path == "user"
        and any(
            isinstance(earlier.step, steps.Identify) and earlier.step.user_id == found.actual
            for earlier in case.evidence.steps[: played.index - 1]
        )
    )


def _kept_from_segment(played: Played, case: Case) -> bool:
    """Whether something other than the plugin may have kept the call from Segment: the scenario's own faults."""
    assert isinstance(played.step, steps.CallStep)
    scenario = case.scenario
    off = {**scenario.integrations, **played.step.options.get("integrations", {})}.get(SEGMENT) is False
    return (
        off
        or bool(scenario.cloud.document)
        or scenario.cloud.tracking.status >= 400
        or any(isinstance(step, steps.Offline) for step in scenario.steps)
        or any(flow.disposition is Disposition.SEGMENT and not case.accepted(flow.id) for flow in case.evidence.flows)
    )


def _others_may_speak(case: Case) -> bool:
    scripted = (steps.Evaluate, steps.Click, steps.Open)
    return (
        case.target.page is not None
        or case.scenario.consent is not None
        or any(isinstance(step, scripted) for step in case.scenario.steps)
    )
