"""The examples' vendors wait for up to a minute before they send: a scenario moves the clock on and sees it done."""

from __future__ import annotations

from datetime import datetime

import pytest

from testbed import events
from tests.e2e.conftest import Bench, Patch
from tests.outcome import Outcome

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WAITS_S = {"mixpanel": 60, "braze": 60}
"""By example: mixpanel-browser's batch, and Braze's start-up with its first flush."""
BUFFER_S = 5
"""analytics-next holds a classic destination's first calls back for up to so long; Braze's rounds its stamps."""

SCENARIO = """name: a minute
targets: [{target}]
steps:
  - track: First
  - advance: {seconds}
  - track: Second
  - advance: 1h
  - track: Third
expect:
  vendor:
    - track: First
    - track: Second
    - track: Third
"""


@pytest.mark.parametrize(("example", "target"), [("mixpanel", "web"), ("braze", "presets")])
async def test_what_waits_for_a_minute_is_sent_within_the_step_and_stamped_right(
    bench: Bench, example: str, target: str
):
    text = SCENARIO.format(seconds=WAITS_S[example], target=target)
    outcome = await bench.play(example, Patch("scenarios/a-minute.yaml", "", text), scenarios=("a minute",))
    assert outcome.code == 0, str(outcome)
    (verdict,) = outcome.verdicts
    assert verdict.settled_by == "virtual-time"
    assert any("3660 s that were advanced" in entry.reason for entry in verdict.ledger)
    assert_served_in_steps(outcome)
    assert_stamped(outcome)


def assert_served_in_steps(outcome: Outcome) -> None:
    """What the first two calls led to was sent while the clock was moved, and not at the end."""
    played = outcome.of(events.StepPlayed)
    assert [step.reason for step in played if step.step["do"] == "advance"] == ["in virtual time"] * 2
    flows = {event.flow.id: event.flow for event in outcome.flows}
    sent = {event.call.name: flows[event.call.flow] for event in outcome.of(events.VendorCalled)}
    for name, advance in (("First", played[1]), ("Second", played[3])):
        assert sent[name].started + sent[name].duration_ms / 1000 <= advance.time, name


def assert_stamped(outcome: Outcome) -> None:
    """Segment's stamps and the vendor's are apart by what was advanced, and by what the run took besides."""
    took_s = outcome.verdicts[0].duration_ms / 1000
    vendor = {event.call.name: event.call.time or 0 for event in outcome.of(events.VendorCalled)}
    said = [event.call for event in outcome.of(events.SegmentCalled)]
    for earlier, later, by_s in (("First", "Second", 60), ("Second", "Third", 3600)):
        assert by_s - BUFFER_S <= vendor[later] - vendor[earlier] <= by_s + took_s + BUFFER_S
        for stamp in ("timestamp", "sentAt"):
            moment = {call.name: datetime.fromisoformat(call.raw[stamp]).timestamp() for call in said}
            assert by_s <= moment[later] - moment[earlier] <= by_s + took_s, stamp
