"""The step `advance`: time passes on the page without being waited for, and goes on from there."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from pyppeteer.errors import NetworkError

from testbed.devices.chromium.pipe import FlatSession
from testbed.http import Request, Response
from testbed.scenario import steps
from tests.devices.plugins import CLASSIC, plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

VENDOR = "https://api.acme.example"
SEND = f"fetch('{VENDOR}/late', {{method: 'POST', body: String(Date.now())}})"
NOW = "[Date.now(), performance.timeOrigin + performance.now()]"
TOLERANCE_MS = 50
"""Between clocks that are read one after the other. An answer takes up to 10 ms of virtual time."""

DUE = [
    # (case, what the page sets before a minute passes, when its requests come, in seconds)
    ("a batch of 5 s", f"setTimeout(() => {SEND}, 5000)", [5]),
    ("the last moment", f"setTimeout(() => {SEND}, 59900)", [59.9]),
    ("a little later", f"setTimeout(() => {SEND}, 90000)", []),
    ("an interval", f"setInterval(() => {SEND}, 25000)", [25, 50]),
    ("one after the other", f"setTimeout(() => {SEND}.then(() => setTimeout(() => {SEND}, 20000)), 30000)", [30, 50]),
    ("a promise", f"new Promise(r => setTimeout(r, 30000)).then(() => {SEND})", [30]),
]  # fmt: skip


@pytest.mark.parametrize(("script", "due"), [pytest.param(*case[1:], id=case[0]) for case in DUE])
async def test_what_waits_for_the_time_comes_at_its_own_moment(world: World, script: str, due: list[float]):
    async with world.play() as play:
        [set_at] = await play.call(steps.Evaluate(script=f"{script}; Date.now()"))
        [reply] = await play.call(steps.Advance(by_s=60))
        assert (reply.outcome, reply.reason) == ("done", "in virtual time")
        sent = [float(flow.request.body) - set_at.value for flow in play.flows("/late")]
        assert sent == pytest.approx([1000 * each for each in due], abs=TOLERANCE_MS)
        assert all(flow.response for flow in play.flows("/late"))


async def test_by_so_much_and_on_from_there(world: World):
    async with world.play() as play:
        real = time.monotonic()
        [before] = await play.call(steps.Evaluate(script=NOW))
        first, second = await play.call(steps.Advance(by_s=60), steps.Advance(by_s=0.5))
        [after] = await play.call(steps.Evaluate(script=f"new Promise(r => setTimeout(r, 300)).then(() => {NOW})"))
        elapsed = (time.monotonic() - real) * 1000
        assert (first.outcome, second.outcome) == ("done", "done")
        for was, became in zip(before.value, after.value, strict=True):
            assert 60_800 - TOLERANCE_MS <= became - was <= 60_500 + elapsed + TOLERANCE_MS
        assert after.value[0] == pytest.approx(after.value[1], abs=TOLERANCE_MS)


async def test_stamps_in_what_segment_and_the_vendor_are_sent(world: World):
    source = CLASSIC.replace("event: event}", "event: event, now: Date.now()}")
    async with world.play(plugin_of(source=source)) as play:
        real = time.monotonic()
        a, _, b, _, c = await play.call(
            steps.Track(event="A"), steps.Advance(by_s=60),
            steps.Track(event="B"), steps.Advance(by_s=3600), steps.Track(event="C"),
        )  # fmt: skip
        await play.settle()
        elapsed = time.monotonic() - real
        told = {event["messageId"]: event for event in play.sent("/v1/t")}
        heard = {sent["event"]["messageId"]: sent["now"] / 1000 for sent in play.sent("/track")}
        for earlier, later, by_s in ((a, b, 60), (b, c, 3600)):
            for stamps in (
                {key: _epoch(event["timestamp"]) for key, event in told.items()},
                {key: _epoch(event["sentAt"]) for key, event in told.items()},
                heard,
            ):
                apart = stamps[later.message_id or ""] - stamps[earlier.message_id or ""]
                # A classic destination's buffer waits for up to 5 s of the page's time.
                assert by_s - 5 <= apart <= by_s + elapsed + 5
            exact = _epoch(told[later.message_id or ""]["timestamp"]) - _epoch(
                told[earlier.message_id or ""]["timestamp"]
            )
            assert by_s <= exact <= by_s + elapsed


def _epoch(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()


STAMPED = "<!doctype html><html><head><script>window.began = Date.now()</script></head><body><a id=next href=/n>N</a>"
ELSEWHERE = "https://www.other.example/"

WORKER = "data:text/javascript,setTimeout(() => postMessage(1), 50)"

LATER = [
    # (case, steps after the clock was moved on; each has to work as ever)
    ("a call", [steps.Track(event="Later")]),
    ("a timer", [steps.Evaluate(script="new Promise(r => setTimeout(r, 200))")]),
    ("an answer", [steps.Evaluate(script=f"fetch('{VENDOR}/ask').then(r => r.text())")]),
    ("a frame", [steps.Evaluate(script="new Promise(r => requestAnimationFrame(r))")]),
    ("a message", [steps.Evaluate(script="new Promise(r => { onmessage = r; postMessage(1, '*') })")]),
    ("a worker", [steps.Evaluate(script=f"new Promise(r => {{ new Worker('{WORKER}').onmessage = r }})")]),
    ("a reload", [steps.Restart(), steps.Track(event="Later")]),
    ("another page", [steps.Open(url="/next"), steps.Track(event="Later")]),
    ("a link", [steps.Click(selector="#cart"), steps.Page()]),
    ("another site", [steps.Open(url=ELSEWHERE)]),
    ("another site and back", [steps.Open(url=ELSEWHERE), steps.Open(url="/back"), steps.Track(event="Later")]),
    ("away and back", [steps.Background(), steps.Foreground(), steps.Track(event="Later")]),
    ("out of the network", [steps.Offline(), steps.Track(event="Later"), steps.Online()]),
    ("a log line", [steps.Evaluate(script="setTimeout(() => console.log('came'), 100); 0"), steps.Wait(log="came")]),
    ("more time", [steps.Advance(by_s=60)]),
]  # fmt: skip


@pytest.mark.parametrize("later", [pytest.param(case[1], id=case[0]) for case in LATER])
async def test_what_comes_after_goes_on_in_time(world: World, later: list[steps.Step]):
    def vendor(request: Request) -> Response | None:
        return Response.text(STAMPED, content_type="text/html") if request.host in ELSEWHERE else None

    async with world.play(vendor=vendor) as play:
        _, before = await play.call(steps.Advance(by_s=3600), steps.Evaluate(script="Date.now()"))
        for step in later:
            [reply] = await play.call(step)
            assert reply.outcome == "done", f"{step}: {reply.reason}"
            [now] = await play.call(steps.Evaluate(script="Math.min(Date.now(), window.began || Infinity)"))
            assert now.value >= before.value, step
            before = now
        settled = await play.settle()
        assert settled.by == "virtual-time"
        assert any("3600 s" in each.reason or "3660 s" in each.reason for each in settled.unobserved)
        for event in (event for event in play.sent("/v1/t") if event["event"] == "Later"):
            assert _epoch(event["timestamp"]) > time.time() + 3500
            assert _epoch(event["sentAt"]) >= _epoch(event["timestamp"])


SERVICE_WORKER = {
    "site/index.html": "<!doctype html><html><head></head><body></body></html>",
    "site/service.js": """
        self.addEventListener("install", () => self.skipWaiting());
        self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
        self.addEventListener("fetch", (event) => {
          if (!event.request.url.endsWith("/slow")) return;
          event.respondWith(new Promise((r) => setTimeout(() => r(new Response("slow")), 2000)));
        });""",
}
REGISTER = """
    const controlled = new Promise(r => navigator.serviceWorker.oncontrollerchange = r);
    await navigator.serviceWorker.register('/service.js'); await controlled; 1"""


async def test_a_service_worker_that_waits_before_it_answers(world: World, monkeypatch: pytest.MonkeyPatch):
    """The page's time waits for the answer, and the answer for the time."""
    monkeypatch.setattr("testbed.devices.chromium.clock.SPENT_WITHIN_S", 0.3)
    async with world.play(plugin_of(page="site/index.html", files=SERVICE_WORKER)) as play:
        await play.call(steps.Evaluate(script=REGISTER))
        await play.call(steps.Evaluate(script=f"setTimeout(() => fetch('/slow').then(() => {SEND}), 1000); 0"))
        [reply] = await play.call(steps.Advance(by_s=60))
        assert reply.outcome == "done"
        assert len(play.flows("/late")) == 1


async def test_a_long_poll_does_not_hold_it(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("testbed.devices.chromium.clock.SPENT_WITHIN_S", 0.3)
    monkeypatch.setattr("testbed.devices.chromium.timers.HELD_WITHIN_S", 0.05)
    async with world.play(hang="/poll") as play:
        [before] = await play.call(steps.Evaluate(script=f"setTimeout(() => fetch('{VENDOR}/poll'), 4000); {NOW}"))
        await play.call(steps.Evaluate(script=f"setTimeout(() => {SEND}, 30000); 0"))
        reply, after = await play.call(steps.Advance(by_s=60), steps.Evaluate(script=NOW))
        assert reply.outcome == "done"
        assert len(play.flows("/late")) == 1
        assert after.value[0] - before.value[0] >= 60_000
        assert "a request without an answer" in [each.subject for each in (await play.settle()).unobserved]


TICKS = f"let n = 0; setInterval(() => {{ if (++n === 20) {SEND} }}, 1000)".replace("'", '"')


@pytest.mark.parametrize("kind", ["Worker", "SharedWorker"])
async def test_workers_are_taken_along(world: World, kind: str):
    async with world.play() as play:
        script = f"globalThis.w = new {kind}(URL.createObjectURL(new Blob(['{TICKS}']))); 0"
        [_, reply] = await play.call(steps.Evaluate(script=script), steps.Advance(by_s=60))
        assert reply.outcome == "done"
        assert len(play.flows("/late")) == 1


async def test_a_page_that_is_too_busy_fails_the_step(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("testbed.devices.chromium.clock.SPENT_WITHIN_S", 0.2)
    monkeypatch.setattr("testbed.devices.chromium.clock.ANSWER_WITHIN_S", 0.2)
    monkeypatch.setattr("testbed.devices.chromium.timers.REAL_STILL_MS", 50)
    async with world.play() as play:
        await play.call(steps.Evaluate(script="setTimeout(() => { for (;;); }, 100); 0"))
        [reply] = await play.call(steps.Advance(by_s=60))
        assert (reply.outcome, "too busy" in reply.reason) == ("failed", True)
        settled = await play.settle()
        assert settled.by == "real-time"


async def test_where_there_is_no_virtual_time(world: World, monkeypatch: pytest.MonkeyPatch):
    """A browser that refuses it: what is short is waited for, what is long fails."""
    send = FlatSession.send

    def refuse(self, method, params=None):
        if method == "Emulation.setVirtualTimePolicy":
            raise NetworkError(f"{method}: not allowed")
        return send(self, method, params)

    monkeypatch.setattr(FlatSession, "send", refuse)
    monkeypatch.setattr("testbed.devices.chromium.timers.REAL_STILL_MS", 50)
    async with world.play() as play:
        await play.call(steps.Evaluate(script=f"setTimeout(() => {SEND}, 50); 0"))
        short, long = await play.call(steps.Advance(by_s=0.2), steps.Advance(by_s=60))
        assert (short.outcome, short.reason.startswith("in real time")) == ("done", True)
        assert (long.outcome, "not allowed" in long.reason) == ("failed", True)
        assert len(play.flows("/late")) == 1
        assert (await play.settle()).by == "real-time"


async def test_devices_do_not_share_it(world: World):
    async with world.play(device=0) as one, world.play(device=1) as other:
        await one.call(steps.Advance(by_s=3600))
        [reply] = await other.call(steps.Evaluate(script="Date.now()"))
        assert abs(reply.value / 1000 - time.time()) < 600
