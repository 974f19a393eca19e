"""Twenty fleets in one process, one after the other, leave nothing in it and nothing beside it.

The process is one of its own: in this one the fleet of the session is alive, and holds now more, now less.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from testbed.devices.api import DeviceSpec
from testbed.fleet.fleet import open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.plugin import pack
from tests.vitals import family, vitals

ROOT = Path(__file__).parents[2]
ACME = ROOT / "examples" / "acme"
FLEETS = 20
ALLOWED = 2
"""Descriptors and threads that may come and go without a fleet: the interpreter has some of its own."""


class Held(msgspec.Struct, frozen=True):
    """What this process holds, with its descendants and the folders that are its own."""

    descriptors: int
    threads: int
    processes: int
    files: frozenset[str]

    @classmethod
    def now(cls, *folders: Path) -> Held:
        own = vitals([os.getpid()])
        files = frozenset(str(path) for folder in folders for path in folder.rglob("*"))
        return cls(own.descriptors, own.threads, len(family(os.getpid())), files)

    def leaked(self, before: Held) -> set[str]:
        """What there is more of than `before`."""
        more = {
            "descriptors": self.descriptors > before.descriptors + ALLOWED,
            "threads": self.threads > before.threads + ALLOWED,
            "processes": self.processes > before.processes,
            "files": bool(self.files - before.files),
        }
        return {what for what, is_so in more.items() if is_so}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where fleets have their homes, and the temp folder."""
    run, temp = tmp_path / "run", tmp_path / "temp"
    run.mkdir(mode=0o700)
    temp.mkdir()
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(run))
    monkeypatch.setenv("TMPDIR", str(temp))
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    return run, temp


async def up_and_down() -> None:
    """A fleet, a run on it, and the end of both."""
    options = FleetOptions(devices=(DeviceSpec(platform="web"),))
    with Home.make("test") as home:
        async with open_fleet(options, env=home.env, emit=lambda _: None) as fleet:
            zipped = pack(ACME)
            assert await fleet.run(zipped, RunRequest(platforms=("web",), scenarios=("track",)), lambda _: None) == 0


async def many(*folders: Path) -> None:
    """A first fleet, since what is loaded or opened once for good is no leak; then FLEETS more, that leave nothing."""
    await up_and_down()
    before = Held.now(*folders)
    for _ in range(FLEETS):
        await up_and_down()
    after = Held.now(*folders)
    assert after.leaked(before) == set(), (before, after)


@pytest.mark.browser
def test_fleets_leave_nothing(folders: tuple[Path, Path]):
    command = [sys.executable, "-m", __name__, *map(str, folders)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# What is leaked would be seen.


@contextmanager
def waiting() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


@contextmanager
def child() -> Iterator[None]:
    process = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    try:
        yield
    finally:
        process.communicate()


def opened(folder: Path) -> AbstractContextManager[object]:
    return (folder / "there").open("rb")


def left(folder: Path) -> AbstractContextManager[object]:
    return tempfile.TemporaryDirectory(dir=folder)


@pytest.mark.parametrize(
    ("leak", "times", "seen"),
    [
        (opened, ALLOWED + 1, {"descriptors"}),
        (opened, ALLOWED, set()),
        (lambda _: waiting(), ALLOWED + 1, {"threads"}),
        (lambda _: waiting(), ALLOWED, set()),
        (lambda _: child(), 1, {"processes"}),
        (left, 1, {"files"}),
    ],
)
def test_a_leak_is_seen(
    folders: tuple[Path, Path], leak: Callable[[Path], AbstractContextManager[object]], times: int, seen: set[str]
):
    run, temp = folders
    (temp / "there").touch()
    before = Held.now(run, temp)
    with ExitStack() as stack:
        for _ in range(times):
            stack.enter_context(leak(temp))
        assert Held.now(run, temp).leaked(before) == seen
    assert Held.now(run, temp).leaked(before) == set()


if __name__ == "__main__":
    asyncio.run(many(*map(Path, sys.argv[1:])))
