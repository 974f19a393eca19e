"""Commands that a client runs on the device: `shell`, `exec`, `abb`, `abb_exec` (AOSP, packages/modules/adb/daemon/
shell_service.cpp, abb_service.cpp)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Coroutine

from testbed.virtual.adb.machine import Machine
from testbed.virtual.adb.shell_protocol import FramedStdio, RawStdio
from testbed.virtual.adb.streams import Stream
from testbed.virtual.adb.terminal import Terminal

LINGER_S = 5.0
"""`adb exec-in` leaves as soon as it has sent everything: so long may the command take over what it got."""
INTERRUPTED = 130

Stdio = RawStdio | Terminal
Work = Coroutine[None, None, None]


async def shell(stream: Stream, machine: Machine, name: str) -> None:
    """`shell[,v2][,raw|,pty][,TERM=...]:[COMMAND]`. Without a command it is an interactive one, on a terminal."""
    head, _, command = name.partition(":")
    arguments = head.split(",")[1:]
    pty = "pty" in arguments or ("raw" not in arguments and not command)
    await stream.accept()
    raw = FramedStdio(stream) if "v2" in arguments else RawStdio(stream)
    stdio = Terminal(raw) if pty else raw
    running = _ran(stdio, machine.shell(command, stdio, pty=pty))
    endings = [_left(stream, 0)]
    if isinstance(stdio, Terminal) and command:  # an interactive shell only forgets its line
        endings.append(_interrupted(stdio))
    await _attended(stdio, running, *endings)


async def execute(stream: Stream, machine: Machine, command: str) -> None:
    await stream.accept()
    stdio = RawStdio(stream)
    await _attended(stdio, _ran(stdio, machine.shell(command, stdio)), _left(stream, LINGER_S))


async def abb(stream: Stream, machine: Machine, name: str) -> None:
    """`abb:` and `abb_exec:`, arguments with NULs between: as `cmd` with no process. `abb` speaks version 2."""
    kind, _, rest = name.partition(":")
    await stream.accept()
    stdio = FramedStdio(stream) if kind == "abb" else RawStdio(stream)
    await _attended(stdio, _ran(stdio, machine.command(rest.split("\0"), stdio)), _left(stream, LINGER_S))


async def _attended(stdio: Stdio, *endings: Work) -> None:
    """Feed a command's stdin until the first of its endings, and end all the others."""
    async with asyncio.TaskGroup() as group:
        feeding = group.create_task(stdio.feed())
        tasks = [group.create_task(each) for each in endings]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in (feeding, *tasks):
            task.cancel()


async def _ran(stdio: Stdio, command: Awaitable[int]) -> None:
    with contextlib.suppress(ConnectionError):  # the client has left, and the command noticed first
        await stdio.exited(await command)


async def _left(stream: Stream, linger_s: float) -> None:
    await stream.left()
    await asyncio.sleep(linger_s)


async def _interrupted(terminal: Terminal) -> None:
    await terminal.interrupted.wait()
    with contextlib.suppress(ConnectionError):
        await terminal.exited(INTERRUPTED)
