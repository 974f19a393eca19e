"""Cases of Segment's e2e-cli, as they are, on a real browser."""

from __future__ import annotations

import json

import pytest

from testbed import events
from testbed.http import Request, Response
from testbed.segment import tracking
from testbed.segment.hosts import API_HOSTS
from tests.e2e.conftest import Bench, Patch

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CASE = {
    "writeKey": "test-key",
    "apiHost": "http://localhost:8765",
    "cdnHost": "http://localhost:8765",
    "sequences": [
        {
            "delayMs": 0,
            "events": [
                {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}},
                {"type": "track", "event": "Article Read", "userId": "u1", "messageId": "m-1", "properties": {"n": 1}},
                {"type": "page", "name": "Home", "properties": {"$x": "\U0001f600"}},
            ],
        },
        {
            "delayMs": 100,
            "events": [
                {"type": "screen", "name": "Main"},
                {"type": "group", "groupId": "g1", "traits": {"size": 3}},
                {"type": "alias", "userId": "u2", "previousId": "u1"},
            ],
        },
    ],
    "config": {"flushAt": 1, "flushInterval": 1000, "maxRetries": 3, "timeout": 30},
}
FILE = Patch("scenarios/basic.json", "", json.dumps(CASE, indent="\t"))
DROPS = """loaded = true;
        analytics.addSourceMiddleware(({ payload, next }) => payload.obj.%s || next(payload));"""


async def test_it_passes_and_each_event_has_reached_segment(bench: Bench):
    outcome = await bench.play("acme", FILE, scenarios=("basic",))
    assert outcome.code == 0, str(outcome)
    told = [e.call for e in outcome.of(events.SegmentCalled)]
    assert [call.type for call in told] == ["identify", "track", "page", "page", "group", "alias"]
    assert (told[1].message_id, told[1].properties) == ("m-1", {"n": 1})
    (verdict,) = outcome.verdicts
    assert [check.id for check in verdict.checks if check.outcome == "n/a"] == ["unused", "unused"]


@pytest.mark.parametrize(
    ("which", "check"),
    [("event", "expect.segment[1]"), ("name === 'Main'", "expect.segment[3]"), ("previousId", "expect.segment[5]")],
)
async def test_an_event_that_does_not_reach_segment_fails(bench: Bench, which: str, check: str):
    drops = Patch("web/acme.js", "loaded = true;", DROPS % which)
    outcome = await bench.play("acme", FILE, drops, scenarios=("basic",))
    assert outcome.code == 1, str(outcome)
    assert check in {failed.id for failed in outcome.failures}, str(outcome)


@pytest.mark.parametrize("retries", [1, 3])
async def test_the_sdk_tries_as_often_as_the_case_says(bench: Bench, monkeypatch: pytest.MonkeyPatch, retries: int):
    def broken(request: Request) -> Response:
        return tracking.refuse(request, 500, None) if tracking.carries_calls(request) else respond(request)

    respond = tracking.respond
    monkeypatch.setattr("testbed.segment.tracking.respond", broken)
    case = {"sequences": [{"events": [{"type": "track", "event": "A"}]}], "config": {"maxRetries": retries}}
    outcome = await bench.play("acme", Patch("scenarios/few.json", "", json.dumps(case)), scenarios=("few",))
    assert [check.id for check in outcome.failures] == ["expect.segment[0]"], str(outcome)
    requests = [flow.flow.request for flow in outcome.flows]
    assert sum(tracking.carries_calls(request) for request in requests if request.host in API_HOSTS) == retries
