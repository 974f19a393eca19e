"""Commands on a terminal, and the stdin of commands."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from testbed.virtual.adb.shell_protocol import FramedStdio, Kind, RawStdio, Window, frame
from testbed.virtual.adb.stdin import MOST, Stdin
from testbed.virtual.adb.terminal import Terminal
from tests.virtual.adb.memory import Script
from tests.virtual.adb.servers import Adb


@pytest.mark.parametrize(
    ("keys", "lines", "shown"),
    [
        (b"ls\r", [b"ls\n"], b"ls\r\n"),
        (b"ls\n", [b"ls\n"], b"ls\r\n"),
        (b"lx\x7fs\r", [b"ls\n"], b"lx\x08 \x08s\r\n"),
        (b"\x7f\x7fls\r", [b"ls\n"], b"ls\r\n"),
        ("ü\x7fu\r".encode(), [b"u\n"], "ü\x08 \x08u\r\n".encode()),
        (b"rm -r\x03ls\r", [b"ls\n"], b"rm -r^C\r\nls\r\n"),
        (b"half\x04 a line\r", [b"half a line\n"], b"half a line\r\n"),
        (b"ls\r\x04and what follows\r", [b"ls\n"], b"ls\r\nand what follows\r\n"),
        (b"x" * 5_000 + b"\r", [b"x" * 4_095 + b"\n"], b"x" * 5_000 + b"\r\n"),
    ],
)
async def test_keys_become_lines(keys: bytes, lines: Sequence[bytes], shown: bytes):
    client = Script(keys)
    terminal = Terminal(RawStdio(client))
    await terminal.feed()
    assert [line async for line in terminal.stdin] == lines
    assert client.heard == shown


async def test_a_command_on_a_terminal(adb: Adb, serial: str):
    assert await adb("shell", "-tt", "echo hi; complain oh; exit 4") == (4, b"hi\r\noh\r\n", b"")
    assert await adb("shell", "-tt", "hang", stdin=b"x\x03") == (130, b"x^C\r\n", b"")
    assert await adb.ok("shell", "-tt", stdin=b"echo 1\rbad\x03echo 2\r\x04") == "\r\n".join(
        ["echo 1", "bad^C", "echo 2", "1", "2", ""]
    )


@pytest.mark.parametrize(
    ("said", "window"),
    [
        (b"24x80,0x0\0", Window(24, 80)),
        (b"24x80,640x480", Window(24, 80)),
        (b"24x80", None),
        (b"-1x80,0x0", None),
        (b"9999999999x80,0x0", None),
        (b"", None),
    ],
)
async def test_the_clients_terminal_has_a_size(said: bytes, window: Window | None):
    stdio = FramedStdio(Script(frame(Kind.WINDOW, said) + frame(Kind.STDIN, b"hi")))
    await stdio.feed()
    assert stdio.window == window
    assert await stdio.stdin.read() == b"hi"


async def test_a_command_that_does_not_read_makes_its_client_wait():
    stdin = Stdin()
    pieces = 0

    async def pushing() -> None:
        nonlocal pieces
        while True:
            await stdin.push(bytes(MOST))
            pieces += 1

    async with asyncio.TaskGroup() as group:
        task = group.create_task(pushing())
        async with asyncio.timeout(20):
            while pieces < 2:  # noqa: ASYNC110 the pushing is at work on this very loop
                await asyncio.sleep(0)
            for _ in range(100):
                await asyncio.sleep(0)
            assert pieces == 2
            await stdin.readexactly(3 * MOST)
            while pieces < 3:  # noqa: ASYNC110
                await asyncio.sleep(0)
        task.cancel()
