"""The adbutils library against the daemon: what the driver of Android devices is made of."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import adbutils
import pytest

from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.duplex import Duplex
from tests.virtual.adb.memory import MemoryMachine
from tests.virtual.adb.servers import Adb

MANY = 50_000_000
T = TypeVar("T")


async def away(call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """adbutils blocks, and the daemon lives on our loop."""
    async with asyncio.timeout(60):
        return await asyncio.to_thread(call, *args, **kwargs)


@pytest.fixture
async def device(adb: Adb, daemon: Daemon) -> adbutils.AdbDevice:
    client = adbutils.AdbClient(host="127.0.0.1", port=adb.port, socket_timeout=60)
    serial = "{}:{}".format(*daemon.address)
    assert await away(client.connect, serial) == f"connected to {serial}"
    await adb.becomes(serial, "device")
    return client.device(serial)


async def test_shell_and_exit_codes(device: adbutils.AdbDevice):
    assert await away(device.shell, "echo hi") == "hi"
    assert await away(device.shell, "yes 1000000", encoding=None) == b"y\n" * 1_000_000
    first = await away(device.shell2, "complain oh; exit 7")
    assert (first.returncode, first.output) == (7, "oh\n")
    second = await away(device.shell2, "echo hi; complain oh; exit 7", v2=True)
    assert (second.returncode, second.stdout, second.stderr) == (7, "hi\n", "oh\n")
    assert "shell_v2" in await away(device.get_features)


async def test_files(device: adbutils.AdbDevice, machine: MemoryMachine, tmp_path: Path):
    content = random.Random(4).randbytes(MANY)
    assert await away(device.sync.push, content, "/data/local/tmp/file", 0o755) == MANY
    assert machine.files.content["/data/local/tmp/file"][1] == content
    back = tmp_path / "back"
    assert await away(device.sync.pull, "/data/local/tmp/file", back) == MANY
    assert back.read_bytes() == content
    assert await away(device.sync.read_bytes, "/data/local/tmp/file") == content
    found = await away(device.sync.stat, "/data/local/tmp/file")
    assert (found.mode, found.size) == (0o100777, MANY)
    assert [each.path for each in await away(device.sync.list, "/data/local/tmp")] == [".", "..", ".keep", "file"]
    assert not await away(device.sync.exists, "/nowhere")
    with pytest.raises(adbutils.AdbError, match="FAIL"):  # it does not read why
        await away(device.sync.push, b"content", "/system/x")


async def test_a_folder(device: adbutils.AdbDevice, machine: MemoryMachine, tmp_path: Path):
    there = {name: random.Random(size).randbytes(size) for name, size in (("a", 0), ("b/c", 70_000), ("b/d/e", 1))}
    for name, content in there.items():
        machine.files.put(f"/sdcard/there/{name}", content)
    await away(device.sync.pull_dir, "/sdcard/there", tmp_path)
    assert contents(tmp_path) == there


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


async def test_forward_and_connection(device: adbutils.AdbDevice, machine: MemoryMachine):
    async def greet(there: Duplex) -> None:
        await there.write(b"device")
        assert await there.read() == b"computer"

    machine.serving["localabstract:testbed"] = machine.serving["tcp:9000"] = greet
    port = await away(device.forward_port, "localabstract:testbed")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.readexactly(6) == b"device"
    writer.write(b"computer")
    assert await reader.read() == b""  # the device has closed its end
    writer.close()
    there = await away(device.create_connection, adbutils.Network.TCP, 9_000)
    assert await away(there.recv, 6) == b"device"
    await away(there.sendall, b"computer")
    there.close()
    with pytest.raises(adbutils.AdbError, match="closed"):
        await away(device.create_connection, adbutils.Network.TCP, 9)


async def test_reverse(device: adbutils.AdbDevice, machine: MemoryMachine):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"computer:" + await reader.readexactly(1_000_000))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**21) as listening:
        here = f"tcp:{listening.sockets[0].getsockname()[1]}"
        await away(device.reverse, "tcp:8080", here)
        assert [(item.remote, item.local) for item in await away(device.reverse_list)] == [("tcp:8080", here)]
        there = await machine.connect("tcp:8080")
        await there.write(bytes(1_000_000))
        got = b""
        while piece := await there.read():
            got += piece
        assert got == b"computer:" + bytes(1_000_000)
        await away(device.reverse_remove_all)
        assert await away(device.reverse_list) == []
        with pytest.raises(ConnectionRefusedError):
            await machine.connect("tcp:8080")


async def test_a_log_that_is_followed(device: adbutils.AdbDevice, machine: MemoryMachine):
    following = await away(device.shell, "logcat", stream=True)
    for line in ("one", "two"):
        await machine.log(line)
        assert await away(following.read_string, len(line) + 1) == f"{line}\n"
    assert machine.running == 1
    await away(following.close)
    async with asyncio.timeout(10):
        while machine.running:  # noqa: ASYNC110 what it waits for is at work on this very loop
            await asyncio.sleep(0)


async def test_devices_are_tracked_through_a_drop(adb: Adb, device: adbutils.AdbDevice, daemon: Daemon):
    tracked = adbutils.AdbClient(host="127.0.0.1", port=adb.port).track_devices()
    assert (await away(next, tracked)).status == "device"
    daemon.drop()
    statuses = []
    while "device" not in statuses:
        event = await away(next, tracked)
        statuses += [event.status] if event.present else []
    assert statuses[0] == "offline"
    assert await away(device.shell, "echo back") == "back"
