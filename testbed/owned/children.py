"""A child process as everything that a fleet starts should be: in the journal, dead with us, and ended by us."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from testbed.owned.journal import Journal

SHIM = Path(__file__).with_name("shim.py")


@asynccontextmanager
async def child(
    kind: str,
    *command: str,
    env: Mapping[str, str],
    stdin: int = DEVNULL,
    stdout: int = DEVNULL,
    stderr: int = DEVNULL,
    pass_fds: Collection[int] = (),
) -> AsyncIterator[Process]:
    """`command` for the time of the context, with `env` as its whole environment; the journal of the fleet that `env`
    names calls it `kind`. It leads a session, all of which is killed at the end: who wants it to end in good order sees
    to that before. Call it on the main thread: the child dies with the thread."""
    journal = Journal.of(env)
    journal.spawning(kind)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(SHIM), str(os.getpid()), *command),
        env=env,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=tuple(pass_fds),
        start_new_session=True,
    )
    try:
        journal.spawned(kind, process.pid)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
