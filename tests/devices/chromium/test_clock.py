"""The end of a run: pending timers run out in virtual time, whatever the vendor waits for."""

import asyncio
import time
from datetime import datetime

import pytest

from testbed.devices.api import Unobserved
from testbed.scenario import steps
from testbed.scenario.model import CloudKnobs, TrackingKnob
from tests.devices.plugins import CLASSIC, plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SEND = "fetch('https://api.acme.example/late', {method: 'POST', body: String(Date.now())})"

TIMERS = [
    # (case, what the page sets before the end, requests that have to come of it)
    ("a batch of 5 s", f"setTimeout(() => {SEND}, 5000)", 1),
    ("a minute", f"setTimeout(() => {SEND}, 60000)", 1),
    ("five minutes", f"setTimeout(() => {SEND}, 300000)", 1),
    (
        "an interval",
        f"let n = 0; const id = setInterval(() => {{ {SEND}; if (++n === 3) clearInterval(id); }}, 10000)",
        3,
    ),
    (
        "timers that follow each other",
        f"setTimeout(() => {SEND}.then(() => setTimeout(() => {SEND}, 20000)), 30000)",
        2,
    ),
    ("a beacon", "setTimeout(() => navigator.sendBeacon('https://api.acme.example/late', 'x'), 10000)", 1),
    ("idle and frames", f"setTimeout(() => requestIdleCallback(() => requestAnimationFrame(() => {SEND})), 3000)", 1),
    ("frames", f"setTimeout(() => requestAnimationFrame(() => {SEND}), 3000)", 1),
    ("frames now", f"requestAnimationFrame(() => requestAnimationFrame(() => {SEND}))", 1),
    ("idle", f"setTimeout(() => requestIdleCallback(() => {SEND}), 3000)", 1),
    ("a quarter of an hour", f"setTimeout(() => {SEND}, 890000)", 1),
    (
        "two waits of ten minutes",
        f"setTimeout(() => {SEND}.then(() => setTimeout(() => {SEND}, 600000)), 600000)",
        2,
    ),
    ("nothing", "undefined", 0),
]


@pytest.mark.parametrize(("script", "expected"), [pytest.param(*case[1:], id=case[0]) for case in TIMERS])
async def test_timers_that_were_set_in_real_time_run_out(world: World, script: str, expected: int):
    async with world.play() as play:
        await play.call(steps.Evaluate(script=script))
        assert (await play.settle()).by == "virtual-time"
        assert len(play.flows("/late")) == expected


async def test_the_pages_clock_goes_on_from_now(world: World):
    async with world.play() as play:
        [before] = await play.call(steps.Evaluate(script="Date.now()"))
        await play.call(steps.Evaluate(script=f"setTimeout(() => {SEND}, 30000)"))
        await play.settle()
        sent = float(play.flows("/late")[0].request.body)
        assert 29_900 < sent - before.value < 60_000
        assert abs(before.value / 1000 - time.time()) < 60


async def test_what_segment_is_told_at_the_end_is_stamped_right(world: World):
    async with world.play() as play:
        script = (
            "setTimeout(() => analytics.track('Minute'), 60000); setTimeout(() => analytics.track('Hour'), 600000); 0"
        )
        await play.call(steps.Track(event="Now"), steps.Evaluate(script=script))
        began = time.time()
        await play.settle()
        told = {event["event"]: event for event in play.sent("/v1/t")}
        for stamp in ("timestamp", "sentAt"):
            ahead = [datetime.fromisoformat(told[event][stamp]).timestamp() - began for event in ("Minute", "Hour")]
            assert ahead == pytest.approx([60, 600], abs=3)


async def test_retries_of_the_sdk_run_out_too(world: World):
    """analytics-next tries a refused event again after a growing delay."""
    async with world.play(cloud=CloudKnobs(tracking=TrackingKnob(status=503, times=2))) as play:
        await play.call(steps.Track(event="Again"))
        assert (await play.settle()).by == "virtual-time"
        assert [flow.response.status for flow in play.flows("/v1/t") if flow.response] == [503, 503, 200]


async def test_a_long_poll_does_not_hold_the_clock(world: World, monkeypatch):
    """A request that stays open never lets virtual time pass while it is waited for."""
    monkeypatch.setattr("testbed.devices.chromium.clock.SPENT_WITHIN_S", 0.3)
    monkeypatch.setattr("testbed.devices.chromium.timers.HELD_WITHIN_S", 0.05)
    source = CLASSIC + f"\nfetch('https://poll.acme.example/poll'); setTimeout(() => {SEND}, 8000);"
    async with world.play(plugin_of(source=source), hang="/poll") as play:
        await play.call(steps.Track(event="Signed Up"))
        assert (await play.settle()).by == "virtual-time"
        assert len(play.flows("/track")) == 1
        assert len(play.flows("/late")) == 1


WORKERS = [
    # A worker's thread sleeps in real time, whatever the page's clock says.
    ("a dedicated worker", "globalThis.w = new Worker(URL.createObjectURL(new Blob([CODE])))"),
    ("a shared worker", "globalThis.w = new SharedWorker(URL.createObjectURL(new Blob([CODE])))"),
    (
        "a worker of a worker",
        "const inner = URL.createObjectURL(new Blob([CODE]));"
        "globalThis.w = new Worker(URL.createObjectURL(new Blob([`globalThis.w = new Worker('${inner}')`])))",
    ),
]
IN_TEXT = SEND.replace("'", '"')
TICKS = f"let n = 0; setInterval(() => {{ if (++n === 20) {IN_TEXT}; }}, 1000)"


@pytest.mark.parametrize("script", [pytest.param(case[1], id=case[0]) for case in WORKERS])
async def test_timers_of_workers_run_out_too(world: World, script: str):
    async with world.play() as play:
        await play.call(steps.Evaluate(script=script.replace("CODE", f"'{TICKS}'")))
        assert (await play.settle()).by == "virtual-time"
        assert len(play.flows("/late")) == 1


async def test_a_page_that_never_falls_silent_is_told_of(world: World):
    async with world.play() as play:
        await play.call(steps.Evaluate(script=f"setInterval(() => {SEND}, 10000); 0"))
        settled = await play.settle()
        assert settled.by == "virtual-time"
        never = Unobserved("late requests", "the page never fell silent: it still sent some at the end")
        assert settled.unobserved == (never,)
        assert settled.virtual_s == 280


async def test_of_a_page_that_falls_silent_there_is_nothing_to_say(world: World):
    async with world.play() as play:
        await play.call(steps.Track(event="Signed Up"))
        assert (await play.settle()).unobserved == ()


async def test_devices_do_not_share_a_clock(world: World):
    async with world.play(device=0) as one, world.play(device=1) as other:
        await one.settle()
        [first] = await other.call(steps.Evaluate(script="performance.now()"))
        [second] = await other.call(
            steps.Evaluate(script="new Promise(r => setTimeout(r, 20)).then(() => performance.now())")
        )
        assert second.value - first.value >= 19
        [reply] = await other.call(steps.Track(event="Signed Up"))
        assert reply.outcome == "done"
        await other.settle()
        assert len(other.flows("/track")) == 1
        assert one.flows("/track") == []


async def test_a_worker_that_is_too_busy_to_answer_does_not_hold_the_end_up(world: World, monkeypatch):
    monkeypatch.setattr("testbed.devices.chromium.workers.AWAKE_WITHIN_S", 0.05)
    script = "globalThis.w = new Worker(URL.createObjectURL(new Blob(['for (;;);'])))"
    source = CLASSIC + f"\n{script}; setTimeout(() => {SEND}, 8000);"
    async with world.play(plugin_of(source=source)) as play, asyncio.timeout(20):
        await play.call(steps.Track(event="Signed Up"))
        settled = await play.settle()
        assert len(play.flows("/late")) == 1
        assert settled.unobserved == (Unobserved("a worker's timers", "it was too busy to answer"),)


async def test_a_service_worker_is_heard_and_woken(world: World):
    service = f"""
        self.addEventListener("install", () => self.skipWaiting());
        self.addEventListener("activate", () => {{
            let n = 0;
            setInterval(() => {{ if (++n === 20) {IN_TEXT}; if (n === 2) throw new Error("in a worker") }}, 1000);
        }});"""
    files = {"site/index.html": "<!doctype html><html><head></head></html>", "site/service.js": service}
    async with world.play(plugin_of(page="site/index.html", files=files)) as play:
        await play.call(steps.Evaluate(script="await navigator.serviceWorker.register('/service.js'); 0"))
        await play.settle()
        assert len(play.flows("/late")) == 1
        assert [line.text for line in play.device.logs() if line.source == "exception"] == ["Error: in a worker"]
