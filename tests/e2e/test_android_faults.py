"""Each fault that a plugin can have on Android, planted into acme, is caught there: with its exit code, and by name.
What it tries beyond its app gets nowhere, and is told of."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from testbed import events
from testbed.devices.api import DeviceSpec
from testbed.fleet.fleet import Fleet, open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions, RunRequest
from tests.e2e.conftest import Patch
from tests.e2e.faults import assert_caught
from tests.e2e.faults_of_phones import FAULTS, AndroidFault, chosen
from tests.e2e.on_android import AndroidBench
from tests.outcome import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = DeviceSpec(platform="android", profile="pixel-8-api34")
HOLDS = """
name: a first that holds
steps:
  - track: Article Read
  - wait: {request: never.example/*, within_s: 3}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def phone(home: Home) -> AsyncIterator[Fleet]:
    async with open_fleet(FleetOptions(devices=(PHONE,)), env=home.env, emit=lambda _: None) as fleet:
        yield fleet


@pytest.fixture
def bench(phone: Fleet, tmp_path: Path) -> AndroidBench:
    return AndroidBench(phone, tmp_path)


async def play(bench: AndroidBench, *patches: Patch, scenario: str, target: str = "android-java") -> Outcome:
    return await bench.run(bench.zip("acme", patches), RunRequest(platforms=(target,), scenarios=(scenario,)))


def rows() -> Iterator[Any]:
    for fault in FAULTS:
        missed = [pytest.mark.xfail(reason=fault.missed, strict=True, raises=AssertionError)] if fault.missed else []
        yield pytest.param(fault, id=fault.name, marks=missed)


@pytest.mark.parametrize("fault", list(rows()))
async def test_the_fault_is_caught_and_named(bench: AndroidBench, fault: AndroidFault):
    """And what it tried is in the ledger, or fared as the log says."""
    outcome = await play(bench, *chosen(fault), scenario=fault.scenario, target=fault.target)
    assert {verdict.exit_code for verdict in outcome.verdicts} == {fault.code}, str(outcome)
    if fault.check:
        assert_caught(outcome, fault)
    entries = [f"{entry.kind} {entry.subject}" for verdict in outcome.verdicts for entry in verdict.ledger]
    assert not fault.ledger or fault.ledger in entries, entries
    lines = [logged.line.text for logged in outcome.of(events.Logged)]
    assert not fault.log or any(fault.log in line for line in lines), lines


async def test_after_all_of_them_the_phone_plays_what_is_right(bench: AndroidBench):
    outcome = await play(bench, scenario="track", target="android-*")
    assert outcome.code == 0, str(outcome)
    assert len(outcome.verdicts) == 2
    assert "sleep" not in _running(), "what a plugin has started does not outlive its app"


async def test_a_jvm_that_is_killed_from_outside_is_a_fault_of_one_scenario(bench: AndroidBench):
    """Not the plugin's: and the next has another JVM."""
    stream: list[events.Event] = []

    def kill(event: events.Event) -> None:
        stream.append(event)
        if isinstance(event, events.StepPlayed) and event.step["do"] == "track" and not killed:
            killed.extend(_virtual_machines())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    killed: list[int] = []
    zipped = bench.zip("acme", (Patch("scenarios/a-first-that-holds.yaml", "", HOLDS),))
    request = RunRequest(platforms=("android-java",), scenarios=("a first that holds", "track"))
    outcome = Outcome(await bench.fleet.run(zipped, request, kill), tuple(stream))
    assert len(killed) == 1
    assert outcome.code == 6, str(outcome)
    held, next_one = outcome.verdicts
    assert (held.outcome, next_one.outcome) == ("error", "passed"), str(outcome)
    assert "ended from outside" in held.error


def _virtual_machines() -> list[int]:
    """The worker JVMs of this process."""
    return [pid for pid in _below(os.getpid()) if _name(pid) == "java"]


def _running() -> list[str]:
    return [_name(pid) for pid in _below(os.getpid())]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _below(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from _below(child)
