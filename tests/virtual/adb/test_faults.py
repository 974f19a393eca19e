"""Faults of a device, as the real adb meets them. Each is planted, seen, and lifted again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.adb.faults import NONE, Faults
from testbed.virtual.adb.line import Line
from tests.virtual.adb.memory import MemoryMachine
from tests.virtual.adb.servers import Adb


@pytest.mark.parametrize(
    ("faults", "state"),
    [
        (Faults(unauthorized=True), "unauthorized"),
        (Faults(offline=True), "offline"),
        (Faults(refuse=True), "offline"),
    ],
)
async def test_a_device_that_cannot_be_used(adb: Adb, serial: str, daemon: Daemon, faults: Faults, state: str):
    daemon.faults = faults
    await adb.becomes(serial, state)
    said = await adb("shell", "echo hi")
    assert (said.code, f"device {state}" in said.text) == (1, True)
    daemon.faults = NONE
    await adb.becomes(serial, "device")
    assert await adb.ok("shell", "echo hi") == "hi\n"


async def test_a_full_disk(adb: Adb, serial: str, daemon: Daemon, machine: MemoryMachine, tmp_path: Path):
    file = tmp_path / "file"
    file.write_bytes(bytes(5_000_000))
    daemon.faults = Faults(disk_full=True)
    said = await adb("push", str(file), "/data/local/tmp/file")
    assert said.code == 1
    assert "write failed: No space left on device" in said.text
    assert "/data/local/tmp/file" not in machine.files.content
    daemon.faults = NONE
    await adb.ok("push", str(file), "/data/local/tmp/file")


async def test_a_disk_that_fills_up(adb: Adb, serial: str, daemon: Daemon, machine: MemoryMachine, tmp_path: Path):
    """In the middle of a push of several files: what was there by then is there."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}").write_bytes(bytes(100_000))

    async def filled() -> None:
        while "/sdcard/folder/05" not in machine.files.content:  # noqa: ASYNC110 the push is at work on this very loop
            await asyncio.sleep(0)
        daemon.faults = Faults(disk_full=True)

    machine.files.put("/sdcard/.keep", b"")
    said, _ = await asyncio.gather(adb("push", str(folder), "/sdcard"), filled())
    there = [path for path in machine.files.content if path.startswith("/sdcard/folder/")]
    assert said.code == 1
    assert "No space left on device" in said.text
    assert 0 < len(there) < 20
    assert all(len(machine.files.content[path][1]) == 100_000 for path in there)


@pytest.mark.parametrize("direction", ["push", "pull"])
async def test_a_drop_in_mid_transfer(
    adb: Adb, serial: str, daemon: Daemon, machine: MemoryMachine, tmp_path: Path, direction: str
):
    file = tmp_path / "file"
    file.write_bytes(bytes(20_000_000))
    machine.files.put("/data/there", bytes(20_000_000))
    transfer = (direction, str(file), "/data/here") if direction == "push" else (direction, "/data/there", str(file))
    daemon.faults = Faults(drop_after=10_000_000)
    assert (await adb(*transfer)).code == 1
    assert "/data/here" not in machine.files.content
    assert daemon.faults == NONE  # it happens once
    await adb.becomes(serial, "device")
    await adb.ok(*transfer)


async def test_a_slow_line_is_as_slow_as_it_is_said_to_be(machine: MemoryMachine):
    """Nobody waits for it here: the line says how long it would have been at it."""
    line = Line(Faults(delay_s=0.5, bytes_per_s=1_000), lambda: None)
    assert [line.seconds(count) for count in (0, 500, 10_000)] == [0.5, 1.0, 10.5]
    assert Line(NONE, lambda: None).seconds(10_000) == 0


async def test_a_line_so_slow_that_nothing_comes_until_it_is_faster(adb: Adb, serial: str, daemon: Daemon):
    daemon.faults = Faults(delay_s=3_600)
    async with asyncio.TaskGroup() as group:
        saying = group.create_task(adb.ok("shell", "echo hi"))
        assert serial in await adb.ok("devices")  # the server itself answers
        assert not saying.done()
        daemon.faults = NONE
    assert saying.result() == "hi\n"


async def test_a_machine_that_breaks_is_told_of_and_the_others_go_on(adb: Adb, machine: MemoryMachine):
    told: list[tuple[str, Exception]] = []
    async with Daemon(machine, ("127.0.0.1", 0), alarm=lambda service, error: told.append((service, error))) as daemon:
        await adb.ok("connect", "{}:{}".format(*daemon.address))
        async with asyncio.TaskGroup() as group:
            other = group.create_task(adb("shell", "cat", stdin=b"through"))
            await adb("shell", "crash")
        assert other.result().out == b"through"
        assert await adb.ok("shell", "echo hi") == "hi\n"
    [(service, error)] = told
    assert service.startswith("shell,v2")
    assert isinstance(error, ZeroDivisionError)


async def test_a_machine_that_breaks_without_an_alarm_ends_its_daemon(adb: Adb, machine: MemoryMachine):
    with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
        async with Daemon(machine, ("127.0.0.1", 0)) as daemon:
            await adb.ok("connect", "{}:{}".format(*daemon.address))
            await adb("shell", "crash")
            await asyncio.Event().wait()


async def test_an_address_that_is_taken(daemon: Daemon, machine: MemoryMachine):
    with pytest.raises(OSError, match="in use"):
        async with Daemon(machine, daemon.address):
            pass
