"""The control API and its thin client, over a unix socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from testbed import events
from testbed.errors import EnvironmentFault
from testbed.fleet import client
from testbed.fleet.fleet import Fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetInfo, RunRequest
from testbed.fleet.paths import control_socket
from testbed.fleet.server import _control
from tests.fleet.world import TRACKS, TalkingDevice, world


@pytest.fixture(autouse=True)
def _own_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(tmp_path / "run"))


@asynccontextmanager
async def served(fleet: Fleet) -> AsyncIterator[asyncio.Event]:
    """The fleet on its control socket; the event is what POST /down sets."""
    stop, ready = asyncio.Event(), asyncio.Event()
    with Home.make("test") as home:
        async with asyncio.TaskGroup() as group:
            group.create_task(_control(fleet, home, control_socket(), stop, lambda _: ready.set()))
            await ready.wait()
            try:
                yield stop
            finally:
                stop.set()


def run(zipped: bytes, request: RunRequest) -> list[Any]:
    return [events.decode(line) for line in client.run(zipped, request)]


async def test_a_run_takes_its_request_and_its_zip_as_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Text of any script, and lists as long as a large suite has failures."""
    failed = (*(f"größe {n} 大きさ::web" for n in range(5_000)), "tracks::web")
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w, served(w.fleet):
        asked = RunRequest(only_failed=failed, source="plügin")
        stream = await asyncio.to_thread(run, w.plugin(TRACKS), asked)
    assert (type(stream[0]), stream[-1].exit_code, stream[-1].passed) == (events.RunStarted, 0, 1)


async def test_status_and_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert client.find() is None
    with pytest.raises(EnvironmentFault, match="no fleet is up"):
        client.status()
    # The fleet is this process, which does not end: only that it was asked to is seen here.
    monkeypatch.setattr("testbed.fleet.client._ends", lambda *_: True)
    async with world(monkeypatch, tmp_path, TalkingDevice()) as w, served(w.fleet) as stop:
        status = await asyncio.to_thread(client.status)
        assert [(device.id, device.state) for device in status.devices] == [("fake-1", "ready")]
        assert isinstance(await asyncio.to_thread(client.find), FleetInfo)
        await asyncio.to_thread(client.down)
        assert stop.is_set()


def test_a_fleet_that_hangs_is_told_from_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("testbed.fleet.client.ASK_S", 0.05)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(control_socket()))
        listening.listen()
        with pytest.raises(EnvironmentFault, match=r"does not answer within 0\.05 s"):
            client.find()


async def test_a_run_ends_when_the_client_leaves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    waits = "name: waits\ntimeout_s: 600\nsteps: [wait: {request: never.example/*, within_s: 600}]\n"
    device = TalkingDevice()
    async with world(monkeypatch, tmp_path, device) as w, served(w.fleet):
        lines = client.run(w.plugin(waits), RunRequest())
        assert b"run-started" in await asyncio.to_thread(next, lines)
        await asyncio.to_thread(lines.close)  # type: ignore[attr-defined]
        # One run at a time: the next would wait for ever for one that goes on.
        stream = await asyncio.to_thread(run, w.plugin(waits.replace("600", "0.1")), RunRequest())
    assert stream[-1].errors == 1
    assert device.done.count("clear") == 2
