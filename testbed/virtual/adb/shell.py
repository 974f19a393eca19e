"""Commands that a client runs on the device: `shell`, `exec`, `abb`, `abb_exec` (AOSP, packages/modules/adb/daemon/
shell_service.cpp, abb_service.cpp)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from testbed.virtual.adb.machine import Machine
from testbed.virtual.adb.shell_protocol import FramedStdio, RawStdio
from testbed.virtual.adb.streams import Stream

LINGER_S = 5.0
"""`adb exec-in` leaves as soon as it has sent everything: so long may the command take over what it got."""


async def shell(stream: Stream, machine: Machine, name: str) -> None:
    """`shell[,v2][,raw|,pty][,TERM=...]:[COMMAND]`. Without a command it is an interactive one, on a terminal."""
    head, _, command = name.partition(":")
    arguments = head.split(",")[1:]
    pty = "pty" in arguments or ("raw" not in arguments and not command)
    await stream.accept()
    stdio = FramedStdio(stream) if "v2" in arguments else RawStdio(stream)
    await _attended(stream, stdio, machine.shell(command, stdio, pty=pty), linger_s=0)


async def execute(stream: Stream, machine: Machine, command: str) -> None:
    await stream.accept()
    stdio = RawStdio(stream)
    await _attended(stream, stdio, machine.shell(command, stdio), linger_s=LINGER_S)


async def abb(stream: Stream, machine: Machine, name: str) -> None:
    """`abb:` and `abb_exec:`, arguments with NULs between: as `cmd` with no process. `abb` speaks version 2."""
    kind, _, rest = name.partition(":")
    await stream.accept()
    stdio = FramedStdio(stream) if kind == "abb" else RawStdio(stream)
    await _attended(stream, stdio, machine.command(rest.split("\0"), stdio), linger_s=LINGER_S)


async def _attended(stream: Stream, stdio: RawStdio, command: Awaitable[int], *, linger_s: float) -> None:
    """Run a command with its stdin fed, and end it when its client has left."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(_ran(stdio, command))
        others = [group.create_task(stdio.feed()), group.create_task(_left(stream, linger_s))]
        await asyncio.wait([running, others[1]], return_when=asyncio.FIRST_COMPLETED)
        for task in (running, *others):
            task.cancel()


async def _ran(stdio: RawStdio, command: Awaitable[int]) -> None:
    try:
        await stdio.exited(await command)
    except ConnectionError:
        return


async def _left(stream: Stream, linger_s: float) -> None:
    await stream.left()
    await asyncio.sleep(linger_s)
