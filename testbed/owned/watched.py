"""The owner's side of the reaper."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from testbed.owned.processes import VARIABLE

PACKAGES = Path(__file__).parents[2]


@contextmanager
def watched(home: Path) -> Iterator[None]:
    """For the time of the context, somebody watches over `home` who clears it away should this process die. Enter it
    before the home is made, so that there is never one that nobody watches over. In an event loop a reaper that is
    killed is replaced."""
    reaper = _Reaper(home)
    try:
        with _replaced(reaper):
            yield
    finally:
        reaper.end()


class _Reaper:
    """The process, and our end of the line to it, on which it says nothing: an end of file is its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.start()

    def start(self) -> None:
        self.line, theirs = socket.socketpair()
        # Without site-packages: nothing but the standard library and the package that it is in.
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-S", "-s", "-m", "testbed.owned.reaper", str(self._home), str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**environment, "PYTHONPATH": str(PACKAGES)},
                cwd="/",
                start_new_session=True,
            )

    def was_killed(self) -> bool:
        """Once its line has ended: by a signal, and not by a fault of its own, which the next one would have too."""
        self.line.close()
        return self._process.wait() < 0

    def end(self) -> None:
        """All is in order: let it go."""
        with self.line, suppress(OSError):  # it was killed, or its line is closed
            self.line.send(b".")
        self._process.wait()


@contextmanager
def _replaced(reaper: _Reaper) -> Iterator[None]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        yield
        return

    def replace() -> None:
        loop.remove_reader(reaper.line)
        if reaper.was_killed():
            reaper.start()
            loop.add_reader(reaper.line, replace)

    loop.add_reader(reaper.line, replace)
    try:
        yield
    finally:
        if reaper.line.fileno() >= 0:
            loop.remove_reader(reaper.line)
