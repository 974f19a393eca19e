"""A program of a stranger's, started, owned and ended by us: in a jail, or without one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from testbed.errors import EnvironmentFault
from testbed.jail.box import FILES, HOME, Box, bubblewrap_options, limits
from testbed.jail.network import NOWHERE, Network
from testbed.jail.support import tools
from testbed.owned.journal import Journal

INSIDE = Path(__file__).with_name("inside.py")

ENTER_WITHIN_S = 10.0
EXIT_WITHIN_S = 5.0
GONE_WITHIN_S = 2.0
SOCKETS = 4


class Process(asyncio.SubprocessProtocol):
    """One running program. `said` gives the last lines that it wrote, `exit_code` is None while it runs (negative: the
    signal that ended it), `network` what is known of its traffic: None without a jail."""

    def __init__(self) -> None:
        self.pid = 0
        self.exit_code: int | None = None
        self.network: Network | None = None
        self._lines: deque[str] = deque(maxlen=40)
        self._ended = asyncio.Event()
        self._gone = asyncio.Event()
        self._transport: asyncio.SubprocessTransport | None = None

    @property
    def said(self) -> str:
        return "\n".join(self._lines)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        self.pid = transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._lines.extend(line for line in data.decode(errors="replace").splitlines() if line.strip())

    def process_exited(self) -> None:
        assert self._transport is not None
        code = self._transport.get_returncode()
        # As a shell does, bubblewrap ends with 128 and the number of the signal that ended the program.
        self.exit_code = 128 - code if self.network is not None and code is not None and code > 128 else code
        self._ended.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, and so has all that held its output open: every child."""
        self._gone.set()

    async def ended(self) -> int | None:
        """The exit code, once the process that is known to be dying is gone; None when it does not go."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXIT_WITHIN_S):
                await self._ended.wait()
        return self.exit_code

    async def end(self) -> None:
        """Kill the program and all its children; returns when it is gone."""
        # The group, since a wrapper script may stand between us and the program. In a jail the first process is
        # bubblewrap's, and the kernel ends all of the jail's with it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        async with asyncio.timeout(EXIT_WITHIN_S):
            await self._ended.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GONE_WITHIN_S):
                    await self._gone.wait()
        assert self._transport is not None
        self._transport.close()


@asynccontextmanager
async def started(
    program: Sequence[str], *, env: Mapping[str, str], pipes: Sequence[int] = (), box: Box | None = None
) -> AsyncIterator[Process]:
    """`program` (its first word a path) running with `env` and nothing more of our environment, `pipes` as its
    descriptors 3, 4, ...; in a jail, if it is given a `box`. All of it ends with the context, and with this process;
    the journal of the fleet that `env` names has it before it starts.
    Raises EnvironmentFault where a jail cannot be had. Call it on the main thread: the program dies with the thread."""
    async with AsyncExitStack() as stack:
        control, theirs = socket.socketpair() if box is not None else (None, None)
        passed = [*pipes, *([theirs.fileno()] if theirs else [])]
        spec = {"parent": os.getpid(), "pipes": list(pipes), "program": list(program), "jail": None}
        if box is not None and control is not None and theirs is not None:
            stack.enter_context(control)
            stack.enter_context(theirs)
            env = {"PATH": "/usr/bin:/bin", **env, "HOME": HOME, "TMPDIR": "/tmp"}
            spec["jail"] = {
                "control": theirs.fileno(),
                "tools": tools(),
                "box": bubblewrap_options(box, env),
                "files": dict(FILES),
                "limits": limits(box),
                "nowhere": NOWHERE,
            }
        journal, kind = Journal.of(env), Path(program[0]).name
        journal.spawning(kind)
        _, process = await asyncio.get_running_loop().subprocess_exec(
            Process,
            *(sys.executable, "-I", "-S", str(INSIDE), json.dumps(spec)),
            stdin=None,
            pass_fds=passed,
            start_new_session=True,
            env=dict(env),
        )
        stack.push_async_callback(process.end)
        journal.spawned(kind, process.pid)
        if control is not None and theirs is not None:
            theirs.close()
            process.network = await stack.enter_async_context(Network(await _sockets(control, process)))
        yield process


async def _sockets(control: socket.socket, process: Process) -> list[socket.socket]:
    """What inside.py hands over. Raises EnvironmentFault with the reason where it could not enter."""
    control.setblocking(False)
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(control, readable.set)
    try:
        async with asyncio.timeout(ENTER_WITHIN_S):
            await readable.wait()
    except TimeoutError:
        raise EnvironmentFault(f"the jail was not there within {ENTER_WITHIN_S:g} s") from None
    finally:
        loop.remove_reader(control)
    said, numbers, _, _ = socket.recv_fds(control, 4096, SOCKETS)
    if len(numbers) != SOCKETS:
        await process.ended()
        raise EnvironmentFault(said.decode(errors="replace") or process.said or "the jail was left at once")
    return [socket.socket(fileno=number) for number in numbers]
