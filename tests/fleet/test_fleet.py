"""Runs on a fleet: verdicts, faults of devices and of capture, and what each ends in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testbed import events
from testbed.capture.flow import Disposition
from testbed.devices.api import App, DeviceSpec, StepReply
from testbed.devices.fake import FakeDevice, FakeDriver
from testbed.errors import DeviceFault, EnvironmentFault, ExitCode
from tests.fleet.world import MANIFEST, TRACKS, WEB, TalkingDevice, world

WAITS = "name: waits\ntimeout_s: 0.2\nsteps: [wait: {request: never.example/*, within_s: 60}]\n"
IOS = '[targets.ios]\nsdk = "ios-swift"\n'


async def test_what_a_device_sends_becomes_a_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        outcome = await w.run(w.plugin(TRACKS))
    assert outcome.code == ExitCode.PASSED, outcome.verdicts
    assert type(outcome.stream[0]) is events.RunStarted
    assert type(outcome.stream[-1]) is events.RunEnded
    # Each thing is tied to the step and to the Segment call behind it.
    (told,) = outcome.of(events.VendorCalled)
    (said,) = outcome.of(events.SegmentCalled)
    assert (told.step, told.message_id, said.step) == (1, "m1", 1)
    flows = {e.flow.disposition: e for e in outcome.of(events.FlowCaptured)}
    assert set(flows) == {Disposition.SEGMENT, Disposition.STUB}
    assert {(e.step, e.message_id, e.flow.run) for e in flows.values()} == {(1, "m1", "r1")}


async def test_a_run_that_was_not_judged_is_no_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("testbed.fleet.runner.judge", lambda _: ())
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        outcome = await w.run(w.plugin(TRACKS))
    assert outcome.code == ExitCode.INTERNAL


@pytest.mark.parametrize(
    ("vendor", "check"),
    [
        (lambda e: [], "expect.vendor[0]"),
        (lambda e: [{**e, "event": "read"}], "expect.vendor[0]"),
        (lambda e: [e, e], "duplicate-delivery"),
        (lambda e: [e, {"type": "track", "event": "Other"}], "vendor-others"),
    ],
)
async def test_what_the_vendor_is_told_wrongly_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, vendor: Any, check: str
):
    async with world(monkeypatch, tmp_path, TalkingDevice(vendor=vendor)) as w:
        outcome = await w.run(w.plugin(TRACKS))
    assert outcome.code == ExitCode.FAILED
    assert check in {failure.id for failure in outcome.failures}


async def test_repetitions_that_come_out_differently_are_flaky(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    told: list[Any] = []

    def sometimes_twice(event: dict[str, Any]) -> list[Any]:
        told.append(event)
        return [event] * (2 if len(told) == 3 else 1)

    device = TalkingDevice(vendor=sometimes_twice)
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin(TRACKS, TRACKS.replace("name: tracks", "name: again")), repeat=2)
    assert outcome.code == ExitCode.FAILED
    assert [(v.scenario, v.repetition, v.outcome) for v in outcome.verdicts] == [
        ("tracks", 1, "passed"),
        ("again", 1, "passed"),
        ("tracks", 2, "failed"),
        ("again", 2, "passed"),
    ]
    flaky, steady = outcome.of(events.Repeated)
    assert (flaky.scenario, flaky.device, flaky.played, flaky.passed) == ("tracks", "web", 2, 1)
    assert flaky.differing[0] == "failed in 1 of 2"
    assert any(said.startswith("duplicate-delivery failed in 1 of 2: ") for said in flaky.differing)
    assert (steady.scenario, steady.played, steady.passed, steady.differing) == ("again", 2, 2, ())


@pytest.mark.parametrize("repeat", [1, 3])
async def test_only_what_is_repeated_is_told_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, repeat: int):
    async with world(monkeypatch, tmp_path, TalkingDevice(), TalkingDevice("fake-2")) as w:
        outcome = await w.run(w.plugin(TRACKS), repeat=repeat)
    assert outcome.code == ExitCode.PASSED
    assert [(e.played, e.passed) for e in outcome.of(events.Repeated)] == ([(3, 3)] if repeat > 1 else [])


@pytest.mark.parametrize("where", ["inject", "call", "settle", "clear"])
async def test_a_device_that_fails_is_an_error_and_is_made_ready_for_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
):
    device = TalkingDevice()
    device.fails_in = {where: DeviceFault("unplugged")}
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin(TRACKS, TRACKS.replace("name: tracks", "name: again")))
    assert [v.outcome for v in outcome.verdicts] == ["error", "passed"]
    assert outcome.code == ExitCode.ENVIRONMENT
    assert "unplugged" in outcome.verdicts[0].error
    assert device.done.count("boot") == 2


@pytest.mark.parametrize("others", [0, 1])
async def test_a_device_that_is_gone_for_good_leaves_its_items_to_others_or_to_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, others: int
):
    class Lost(TalkingDevice):
        async def boot(self) -> None:
            if "inject" in self.done:
                raise DeviceFault("still unplugged")
            await super().boot()

    lost = Lost()
    lost.fails_in = {"inject": DeviceFault("unplugged")}
    again = [TRACKS.replace("name: tracks", f"name: again {n}") for n in range(2)]
    async with world(monkeypatch, tmp_path, lost, *(TalkingDevice(f"fake-{n + 2}") for n in range(others))) as w:
        outcome = await w.run(w.plugin(TRACKS, *again))
        assert ("fake-1", "failed", "still unplugged") in [(d.id, d.state, d.detail) for d in w.fleet.devices]
    assert outcome.code == ExitCode.ENVIRONMENT
    told = sorted(v.outcome for v in outcome.verdicts)
    assert told == (["error", "passed", "passed"] if others else ["error"] * 3)
    errors = [v.error for v in outcome.verdicts if v.outcome == "error"]
    assert all("unplugged" in error for error in errors)


async def test_a_scenario_that_does_not_end_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        outcome = await w.run(w.plugin(WAITS))
    assert outcome.code == ExitCode.ENVIRONMENT
    assert "timeout_s of 0.2 s" in outcome.verdicts[0].error


async def test_a_fault_in_capture_ends_that_run_and_not_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted")

    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        with monkeypatch.context() as planted:
            planted.setattr("testbed.capture.listener.to_request", broken)
            outcome = await w.run(w.plugin(TRACKS))
        assert (outcome.code, outcome.verdicts) == (ExitCode.INTERNAL, [])
        (fault,) = outcome.of(events.Faulted)
        assert "planted" in fault.message
        assert type(outcome.stream[-1]) is events.RunEnded

        assert (await w.run(w.plugin(TRACKS))).code == ExitCode.PASSED


async def test_fail_fast_stops_after_the_first_that_does_not_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    zipped_scenarios = [TRACKS.replace("name: tracks", f"name: tracks {n}") for n in range(3)]
    async with world(monkeypatch, tmp_path, TalkingDevice(vendor=lambda e: [])) as w:
        outcome = await w.run(w.plugin(*zipped_scenarios), fail_fast=True)
    assert len(outcome.verdicts) == 1


async def test_devices_of_a_platform_share_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    devices = [TalkingDevice("fake-1"), TalkingDevice("fake-2")]
    async with world(monkeypatch, tmp_path, *devices) as w:
        outcome = await w.run(w.plugin(*(TRACKS.replace("name: tracks", f"name: tracks {n}") for n in range(6))))
    assert outcome.code == ExitCode.PASSED
    assert {v.device for v in outcome.verdicts} == {"fake-1", "fake-2"}
    # Message ids are the same on both devices: that no run sees the other's is the listeners' doing.
    assert len({e.run for e in outcome.of(events.VendorCalled)}) == 6


async def test_a_target_that_cannot_run_here_is_an_error_and_never_a_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        outcome = await w.run(w.plugin(TRACKS, manifest=MANIFEST + IOS))
        assert sorted((v.target, v.outcome) for v in outcome.verdicts) == [("ios", "error"), ("web", "passed")]
        assert outcome.code == ExitCode.ENVIRONMENT
        (error,) = [v.error for v in outcome.verdicts if v.target == "ios"]
        assert error == (
            "target 'ios' needs an ios device, and there is none\n  fix: add -d ios, or leave it out with -P"
        )
        left_out = await w.run(w.plugin(TRACKS, manifest=MANIFEST + IOS), platforms=("web",))
        assert left_out.code == ExitCode.PASSED


async def test_a_platform_that_nobody_named_and_that_does_not_come_up_costs_its_own_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("testbed.fleet.session.drivers", lambda: ("web", "ios"))
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        outcome = await w.run(w.plugin(TRACKS, manifest=MANIFEST + IOS))
    assert sorted((v.target, v.outcome) for v in outcome.verdicts) == [("ios", "error"), ("web", "passed")]
    (error,) = [v.error for v in outcome.verdicts if v.target == "ios"]
    assert error == "target 'ios' needs an ios device: no ios here\n  fix: get one; or leave it out with -P"


async def test_a_device_that_is_asked_for_by_name_and_cannot_be_had_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    ios = DeviceSpec(platform="ios")
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        outcome = await w.run(w.plugin(TRACKS, manifest=MANIFEST + IOS), devices=(WEB, ios))
    assert (outcome.code, outcome.verdicts) == (ExitCode.ENVIRONMENT, [])
    (fault,) = outcome.of(events.Faulted)
    assert fault.message == "no ios here"


async def test_a_failure_outweighs_a_missing_device(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    async with world(monkeypatch, tmp_path, TalkingDevice(vendor=lambda e: [])) as w:
        outcome = await w.run(w.plugin(TRACKS, manifest=MANIFEST + IOS))
    assert outcome.code == ExitCode.FAILED


async def test_where_every_step_is_not_available_nothing_ran(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    device = FakeDevice(replies={"screen": StepReply(outcome="n/a", reason="no screens here")})
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(w.plugin("name: screens\nsteps: [screen: Home]\n"))
    assert [v.outcome for v in outcome.verdicts] == ["nothing-ran"]
    assert outcome.code == ExitCode.NOTHING_RAN


@pytest.mark.parametrize(
    ("zipped", "request_", "code"),
    [
        (b"no zip at all", {}, ExitCode.REFUSED),
        (None, {"scenarios": ("no such",)}, ExitCode.NOTHING_RAN),
        (None, {"platforms": ("ios",)}, ExitCode.USAGE),
        (None, {"sdk": "0.0.0"}, ExitCode.ENVIRONMENT),
    ],
)
async def test_a_run_that_cannot_start_says_so_and_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, zipped: bytes | None, request_: dict[str, Any], code: int
):
    device = TalkingDevice()
    async with world(monkeypatch, tmp_path, device) as w:
        outcome = await w.run(zipped if zipped is not None else w.plugin(TRACKS), **request_)
    assert outcome.code == code
    assert [type(e) for e in outcome.stream] == [events.Faulted, events.RunEnded]
    assert device.done == ["boot", "close"]


async def test_a_device_that_cannot_be_had_is_told_as_failed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        monkeypatch.setattr("testbed.fleet.pool.driver_for", no_driver)
        outcome = await w.run(w.plugin(TRACKS), devices=(DeviceSpec(platform="ios"),))
        assert [(device.id, device.state) for device in w.fleet.devices] == [("fake-1", "ready"), ("ios", "failed")]
    assert outcome.code == ExitCode.ENVIRONMENT
    assert [(e.state, e.detail) for e in outcome.of(events.DeviceState)][-1] == ("failed", "no iPhone is here")


def no_driver(_: object) -> None:
    raise EnvironmentFault("no iPhone is here")


async def test_a_scenario_is_played_on_each_device_that_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    chromium = DeviceSpec(platform="web", profile="chromium")
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w:
        w.fleet._pool._drivers["web"] = FakeDriver(TalkingDevice(f"{chromium}-1", vendor=drop))
        outcome = await w.run(w.plugin(TRACKS), devices=(WEB, chromium, WEB))
    (started,) = outcome.of(events.RunStarted)
    assert [(item.run, item.device) for item in started.plan] == [("r1", "web"), ("r2", "web:chromium")]
    assert sorted((v.run, v.device, v.outcome) for v in outcome.verdicts) == [
        ("r1", "fake-1", "passed"),
        ("r2", "web:chromium-1", "failed"),
    ]
    assert {e.flow.id for e in outcome.of(events.FlowCaptured)} >= {"r1.1", "r2.1"}


def drop(_: dict[str, Any]) -> list[Any]:
    return []


async def test_what_a_device_cannot_make_of_the_plugin_is_an_error_of_its_items(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    class Without(TalkingDevice):
        async def stage(self, app: App, ca_pem: bytes) -> None:
            assert ca_pem.startswith(b"-----BEGIN CERTIFICATE-----")
            raise EnvironmentFault("no tool here", fix="get one")

    async with world(monkeypatch, tmp_path, Without()) as w:
        outcome = await w.run(w.plugin(TRACKS))
    assert (outcome.code, [v.error for v in outcome.verdicts]) == (6, ["no tool here\n  fix: get one"])
