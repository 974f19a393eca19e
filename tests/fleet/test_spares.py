"""Spares: which run takes one, what of it is the run's, and when it is thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from testbed import events
from testbed.devices.api import App, Proxy
from testbed.devices.fake import FakeDevice
from testbed.errors import DeviceFault, ExitCode
from testbed.fleet.runner import WRITE_KEY
from testbed.http import Request, Response
from testbed.jail import Inlet
from testbed.segment import SdkFiles, bundled
from tests.capture.client import Client
from tests.fleet.world import MANIFEST, TRACKS, TalkingDevice, World, made, world
from tests.outcome import Outcome

PAGE, SDK, SETTINGS = "/", f"/analytics.js/v1/{WRITE_KEY}/analytics.min.js", f"/v1/projects/{WRITE_KEY}/settings"
AGAIN = TRACKS.replace("name: tracks", "name: tracks again")


class EarlyDevice(TalkingDevice):
    """Loads its page, then the SDK, then the settings: in `prepare` as far as it is served, else in `inject`."""

    def __init__(self, id: str = "fake-1") -> None:
        super().__init__(id)
        self.lives = True
        self.hangs = False
        self.awake: dict[str, list[bool]] = {"prepare": [], "inject": []}  # is a run behind the door?
        self._inlets: list[Inlet] = []
        self.took: list[bool] = []  # for each run, whether it went on with what was begun before
        self._ahead: dict[Proxy, asyncio.Task[None]] = {}

    def door(self, inlet: Inlet) -> AbstractAsyncContextManager[tuple[str, int]]:
        self._inlets.append(inlet)
        return super().door(inlet)

    def answer(self, app: App, request: Request) -> Response | None:
        about = msgspec.json.encode([app.integrations, app.consent]).decode()
        return Response.text(about) if request.host == "www.shop.example" else None

    @asynccontextmanager
    async def prepare(self, app: App, proxy: Proxy) -> AsyncIterator[Callable[[], bool]]:
        self.done.append("prepare")
        self.awake["prepare"].append(self._inlets[-1].awake)
        self._fail("prepare")
        if self.hangs:
            await asyncio.Future()
        try:
            async with asyncio.TaskGroup() as group:
                await self._load_page(app, proxy)
                self._ahead[proxy] = group.create_task(self._load_settings(proxy))
                yield lambda: self.lives
        finally:
            self._ahead.pop(proxy, None)
            self.done.append("prepared no more")

    async def inject(self, app: App, proxy: Proxy) -> None:
        await super().inject(app, proxy)
        self.took.append(proxy in self._ahead)
        self.awake["inject"].append(self._inlets[-1].awake)
        if (begun := self._ahead.pop(proxy, None)) is not None:
            await begun
        else:
            await self._load_page(app, proxy)
            await self._load_settings(proxy)

    async def _load_page(self, app: App, proxy: Proxy) -> None:
        await get(proxy, "www.shop.example", app.url, "Sec-Fetch-Dest: document\r\n")
        await get(proxy, "cdn.segment.com", SDK)

    async def _load_settings(self, proxy: Proxy) -> None:
        await get(proxy, "cdn.segment.com", SETTINGS)


async def get(proxy: Proxy, host: str, path: str, headers: str = "") -> None:
    client = await Client.secure(proxy, host)
    await client.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n".encode())
    client.writer.close()


async def test_a_run_takes_what_was_begun_for_it_and_all_of_it_is_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    device = EarlyDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin(TRACKS, AGAIN))
        assert outcome.code == ExitCode.PASSED, outcome
        assert device.took == [False, True]
        for run in ("r1", "r2"):
            paths = [e.flow.request.path for e in outcome.flows if e.flow.run == run]
            assert paths == [PAGE, SDK, SETTINGS, "/v1/t", "/"]
            assert [e.flow.id for e in outcome.flows if e.flow.run == run] == [f"{run}.{n}" for n in range(1, 6)]
        for started in outcome.of(events.ScenarioStarted):
            before = [e.flow for e in outcome.flows if e.flow.run == started.run and e.flow.started < started.time]
            assert {flow.request.path for flow in before} <= {PAGE, SDK}
        # The next request finds one too, once.
        await w.run(w.plugin(TRACKS, AGAIN), scenarios=("again",))
        assert device.took == [False, True, True]
        await made(w.fleet)
    assert device.awake == {"prepare": [False, False, False], "inject": [True, True, True]}
    assert device.done.count("prepared no more") == device.done.count("prepare") == 3


async def test_what_waited_for_the_run_counts_as_begun_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    slow = TRACKS + "cloud: {settings: {delay_ms: 50}}\n"
    device = EarlyDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        await w.run(w.plugin(TRACKS))
        await made(w.fleet)
        outcome = await w.run(w.plugin(slow))
    assert outcome.code == ExitCode.PASSED, outcome
    assert device.took == [False, True]
    (started,) = outcome.of(events.ScenarioStarted)
    flows = {e.flow.request.path: e.flow for e in reversed(outcome.flows)}  # the first of each
    assert flows[PAGE].started < flows[SDK].started < started.time <= flows[SETTINGS].started
    assert flows[SETTINGS].duration_ms >= 50


def sdk(*_: object) -> SdkFiles:
    return SdkFiles(version="1.0.0", files={"standalone.js": b"another"})


@pytest.mark.parametrize(
    ("first", "then", "taken"),
    [
        ({}, {}, True),
        ({}, {"bundle": "window.acme = {edited: true}"}, True),
        ({}, {"scenario": TRACKS + "settings: {key: other}\n"}, True),
        ({}, {"scenario": TRACKS + "cloud: {settings: {missing: true}}\n"}, True),
        ({}, {"scenario": TRACKS + "url: /pricing\n"}, False),
        ({}, {"scenario": TRACKS + "integrations: {Acme: {a: 1}}\n"}, False),
        ({}, {"scenario": TRACKS + "consent: {Advertising: true}\n"}, False),
        ({}, {"manifest": MANIFEST.replace('version = "1"', 'version = "2"')}, False),
        ({}, {"manifest": MANIFEST.replace("[targets.web]", "[targets.other]")}, False),
        ({}, {"sdk": sdk}, False),
        ({"manifest": MANIFEST + 'page = "acme.js"\n'}, {"manifest": MANIFEST + 'page = "acme.js"\n'}, False),
    ],
)
async def test_it_is_taken_by_a_run_that_would_have_been_served_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, first: dict[str, Any], then: dict[str, Any], taken: bool
):
    async def run(w: World, *, scenario: str = TRACKS, bundle: str = "", sdk: Any = None, **more: Any) -> Outcome:
        monkeypatch.setattr("testbed.fleet.session.sdk_named", sdk or (lambda _: bundled()))
        return await w.run(w.plugin(scenario, bundle=bundle or "window.acme = {}", **more))

    device = EarlyDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        assert (await run(w, **first)).code == ExitCode.PASSED
        outcome = await run(w, **then)
    assert outcome.code == ExitCode.PASSED, outcome
    assert device.took == [False, taken]
    assert len([e for e in outcome.flows if e.flow.request.path == SDK]) == 1


async def test_one_that_died_is_thrown_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = EarlyDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        await w.run(w.plugin(TRACKS))
        device.lives = False
        await w.run(w.plugin(TRACKS))
    assert device.took == [False, False]


async def test_one_that_is_old_is_thrown_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = EarlyDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        await w.run(w.plugin(TRACKS))
        monkeypatch.setattr("testbed.fleet.spares.MAX_AGE_S", 0)
        await w.run(w.plugin(TRACKS))
    assert device.took == [False, False]


async def test_one_from_before_a_fault_in_capture_is_thrown_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = EarlyDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        w.capture._alarm("in between", ZeroDivisionError("planted"))
        assert (await w.run(w.plugin(TRACKS))).code == ExitCode.PASSED
        w.capture._alarm("in between", ZeroDivisionError("planted"))
        assert (await w.run(w.plugin(TRACKS))).code == ExitCode.PASSED
    assert device.took == [False, False]


async def test_one_that_does_not_start_is_no_fault_of_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = EarlyDevice()
    device.fails_in = {"prepare": DeviceFault("unplugged")}
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin(TRACKS, AGAIN))
    assert (outcome.code, device.took) == (ExitCode.PASSED, [False, False])


async def test_a_fault_of_ours_in_the_making_is_never_a_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = EarlyDevice()
    device.fails_in = {"prepare": ZeroDivisionError("planted")}
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin(TRACKS, AGAIN))
        assert outcome.code == ExitCode.INTERNAL
        assert "planted" in outcome.faults[0].message
        assert (await w.run(w.plugin(TRACKS))).code == ExitCode.PASSED


async def test_what_fail_fast_left_over_serves_the_next_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = EarlyDevice()
    device.fails_in = {"call": DeviceFault("unplugged")}
    async with world(monkeypatch, tmp_path, device) as w:
        assert (await w.run(w.plugin(TRACKS, AGAIN), fail_fast=True)).code == ExitCode.ENVIRONMENT
        outcome = await w.run(w.plugin(TRACKS, AGAIN), scenarios=("again",))
    assert (outcome.code, device.took) == (ExitCode.PASSED, [False, True])


async def test_one_that_hangs_in_the_making_does_not_hold_the_fleet_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = EarlyDevice()
    device.hangs = True
    async with asyncio.timeout(10), world(monkeypatch, tmp_path, device) as w:
        assert (await w.run(w.plugin(TRACKS))).code == ExitCode.PASSED
    assert device.done[-1] == "close"


@pytest.mark.parametrize(("spares", "once", "count"), [(True, False, 2), (True, True, 1), (False, False, 0)])
async def test_none_is_made_where_none_is_wanted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spares: bool, once: bool, count: int
):
    device = EarlyDevice()
    async with world(monkeypatch, tmp_path, device, spares=spares, once=once) as w:
        outcome = await w.run(w.plugin(TRACKS, AGAIN))
        await made(w.fleet)
    assert outcome.code == ExitCode.PASSED
    assert device.done.count("prepare") == count


async def test_a_device_that_cannot_begin_ahead_runs_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = FakeDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin("name: a\nsteps: [page]\n", "name: b\nsteps: [page]\n"))
    assert [verdict.outcome for verdict in outcome.verdicts] == ["passed", "passed"]
