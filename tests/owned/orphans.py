"""Fleets to kill: processes that own a home, with this and that in it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent, indent

import msgspec

OWNS = """
import asyncio, os, subprocess, sys
from pathlib import Path
from testbed.fleet.home import Home
from testbed.jail import started

async def until_told():
    await asyncio.to_thread(sys.stdin.read)

async def main():
    with Home.make("test") as home:
        def answering(*command):
            # Starts what becomes cat(1) in the end, and is it once it answers. It holds both ends of its input.
            reader, writer = os.pipe()
            process = subprocess.Popen(
                command, env={{**os.environ, **home.env}}, stdin=reader, stdout=subprocess.PIPE, pass_fds=[writer],
                start_new_session=True,
            )
            os.write(writer, b".")
            os.read(process.stdout.fileno(), 1)
            return process.pid

        say = lambda *words: print(home.folder, *words, flush=True)
{body}

asyncio.run(main())
"""


class Orphans(msgspec.Struct, frozen=True):
    """A fleet, and what it said: its home and more words."""

    process: subprocess.Popen[str]
    home: Path
    words: tuple[str, ...]

    @property
    def reaper(self) -> int:
        return reapers(self.home)[0]


@contextmanager
def fleet(body: str) -> Iterator[Orphans]:
    """A fleet that does `body`, lines of a coroutine in which `home` is its home, and has come to where it `say`s."""
    code = OWNS.format(body=indent(dedent(body), " " * 8))
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        try:
            home, *words = process.stdout.readline().split()
            yield Orphans(process, Path(home), tuple(words))
        finally:
            process.kill()


def reapers(home: Path) -> list[int]:
    """Those who watch over `home`: none for the moment between one's death and the next one's start."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode().split("\0")
            if "testbed.owned.reaper" in words and str(home) in words:
                found.append(int(folder.name))
    return found


def kill(*pids: int) -> None:
    """kill -9, all at once; returns when they have ended."""
    handles = [os.pidfd_open(pid) for pid in pids]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for handle in handles:
        assert select.select([handle], [], [], 10)[0]
        os.close(handle)
