"""The real adb, as adbutils bundles it and as Debian has it, against the daemon."""

from __future__ import annotations

import asyncio
import filecmp
import os
import random
from pathlib import Path

import pytest

from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.adb.faults import Faults
from testbed.virtual.duplex import Duplex
from tests.virtual.adb.memory import MemoryMachine
from tests.virtual.adb.servers import Adb

MANY = 50_000_000


async def echo(there: Duplex) -> None:
    while piece := await there.read():
        await there.write(b"device:" + piece)


async def test_connect_and_say_what_it_is(adb: Adb, daemon: Daemon):
    serial = "{}:{}".format(*daemon.address)
    assert await adb.ok("connect", serial) == f"connected to {serial}\n"
    assert await adb.ok("connect", serial) == f"already connected to {serial}\n"
    await adb.becomes(serial, "device")
    listed = (await adb.ok("devices", "-l")).splitlines()[1]
    assert listed.startswith(serial)
    assert "device product:shiba model:Pixel_8 device:shiba" in listed
    assert await adb.ok("disconnect", serial) == f"disconnected {serial}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (("shell", "echo hi"), 0, b"hi\n", b""),
        (("shell", "echo hi; complain oh; exit 7"), 7, b"hi\n", b"oh\n"),
        (("shell", "exit 255"), 255, b"", b""),
        (("shell", "nonsense"), 127, b"", b"/system/bin/sh: nonsense: inaccessible or not found\n"),
        (("shell", "-x", "echo hi; complain oh; exit 7"), 0, b"hi\noh\n", b""),  # version 1: one stream and no code
        (("exec-out", "echo hi; complain oh; exit 7"), 0, b"hi\noh\n", b""),
        (("shell", "yes 1000000"), 0, b"y\n" * 1_000_000, b""),
    ],
)
async def test_shell(adb: Adb, serial: str, arguments: tuple[str, ...], code: int, out: bytes, err: bytes):
    assert await adb(*arguments) == (code, out, err)


async def test_stdin_reaches_a_command_to_its_end(adb: Adb, serial: str, machine: MemoryMachine):
    text = random.Random(1).randbytes(3_000_000)
    assert (await adb("shell", "cat", stdin=text)).out == text
    await adb.ok("exec-in", "cat > /data/x", stdin=text)
    assert await adb.ok("shell", "echo done; exit 0") == "done\n"
    await ended(machine)
    assert machine.files.content["/data/x"][1] == text


async def ended(machine: MemoryMachine) -> None:
    """Returns when the machine runs no command: `exec-in` does not wait for it."""
    async with asyncio.timeout(10):
        while machine.running:  # noqa: ASYNC110 what it waits for is at work on this very loop
            await asyncio.sleep(0)


async def test_an_interactive_shell(adb: Adb, serial: str):
    assert await adb.ok("shell", stdin=b"echo one\necho two\n") == "one\ntwo\n"


async def test_50_mb_there_and_back(adb: Adb, serial: str, tmp_path: Path):
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(random.Random(2).randbytes(MANY))
    await adb.ok("push", str(there), "/data/local/tmp/file")
    await adb.ok("pull", "/data/local/tmp/file", str(back))
    assert filecmp.cmp(there, back, shallow=False)


async def test_a_folder_there_and_back(adb: Adb, serial: str, tmp_path: Path, machine: MemoryMachine):
    there, back = tmp_path / "there", tmp_path / "back"
    for name, size in (("empty", 0), ("a/one", 1), ("a/b/64k", 65_536), ("a/b/more", 300_001), ("ü ñ", 3)):
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        (there / name).write_bytes(random.Random(size).randbytes(size))
    (there / "a/one").chmod(0o700)
    os.utime(there / "a/one", (1_600_000_000, 1_600_000_000))
    await adb.ok("push", str(there), "/data/local/tmp")
    await adb.ok("pull", "-a", "/data/local/tmp/there", str(back))
    compared = filecmp.dircmp(there, back)
    assert compared.left_only == compared.right_only == []
    for file in (each for each in there.rglob("*") if each.is_file()):
        assert (back / file.relative_to(there)).read_bytes() == file.read_bytes()
    pushed = machine.files.stat("/data/local/tmp/there/a/one")
    assert (pushed.mode & 0o777, pushed.mtime) == (0o777, 1_600_000_000)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pull", "/nowhere", "."), "failed to stat remote object '/nowhere': No such file or directory"),
        (("push", "FILE", "/system/x"), "couldn't create file: Read-only file system"),
        (("reverse", "--remove", "tcp:9"), "listener 'tcp:9' not found"),
        (("reverse", "nonsense:9", "tcp:1"), "cannot bind listener: unknown socket specification: nonsense:9"),
        (("tcpip", "0"), "invalid port"),
    ],
)
async def test_what_fails_says_why(adb: Adb, serial: str, tmp_path: Path, arguments: tuple[str, ...], said: str):
    file = tmp_path / "file"
    file.write_bytes(bytes(1_000_000))
    assert said in (await adb(*(str(file) if each == "FILE" else each for each in arguments))).text


async def test_root_is_refused_as_a_production_build_does(adb: Adb, serial: str):
    assert await adb.ok("root") == "adbd cannot run as root in production builds\n"
    assert await adb.ok("unroot") == "adbd not running as root\n"


async def test_forward(adb: Adb, serial: str, machine: MemoryMachine):
    machine.serving["localabstract:testbed"] = echo
    port = int(await adb.ok("forward", "tcp:0", "localabstract:testbed"))
    assert await talk(port, b"hello") == b"device:hello"
    refused = int(await adb.ok("forward", "tcp:0", "tcp:9"))
    assert await talk(refused, b"hello") == b""


async def test_reverse(adb: Adb, serial: str, machine: MemoryMachine):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"computer:" + await reader.read(100))
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        here = f"tcp:{listening.sockets[0].getsockname()[1]}"
        got = (await adb.ok("reverse", "tcp:0", here)).strip()
        await adb.ok("reverse", "tcp:8080", here)
        assert [line.split()[1:] for line in (await adb.ok("reverse", "--list")).splitlines() if line] == [
            [f"tcp:{got}", here],
            ["tcp:8080", here],
        ]
        there = await machine.connect("tcp:8080")
        await there.write(b"hello")
        assert await there.read() == b"computer:hello"
        assert await there.read() == b""
        await there.close()
        assert "cannot rebind existing socket" in (await adb("reverse", "--no-rebind", "tcp:8080", "tcp:1")).text
        await adb.ok("reverse", "--remove", "tcp:8080")
        await adb.ok("reverse", "--remove-all")
    assert machine.serving == {}


async def test_what_is_reversed_goes_with_its_connection(adb: Adb, serial: str, machine: MemoryMachine, daemon: Daemon):
    await adb.ok("reverse", "tcp:8080", "tcp:1")
    daemon.drop()
    await adb.becomes(serial, "offline")
    await adb.becomes(serial, "device")
    assert machine.serving == {}
    await adb.ok("reverse", "tcp:8080", "tcp:1")


async def test_a_drop_in_mid_transfer(adb: Adb, serial: str, tmp_path: Path, machine: MemoryMachine, daemon: Daemon):
    file = tmp_path / "file"
    file.write_bytes(bytes(MANY))
    daemon.faults = Faults(drop_after=MANY // 2)
    assert (await adb("push", str(file), "/data/local/tmp/file")).code == 1
    assert "/data/local/tmp/file" not in machine.files.content
    await adb.becomes(serial, "device")
    await adb.ok("push", str(file), "/data/local/tmp/file")


async def test_reboot(adb: Adb, serial: str, machine: MemoryMachine):
    await adb.ok("reboot", "bootloader")
    await adb.becomes(serial, "device")
    assert machine.rebooted == ["bootloader"]


async def talk(port: int, said: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(said)
        async with asyncio.timeout(20):
            return await reader.read(100)
    finally:
        writer.close()
