"""`testbed` as a user starts it, in surroundings of its own: to be stopped at a point of its life, and killed there."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.census import Census
from tests.web_alone import web_alone

PLANTED = Path(__file__).with_name("planted")

HOLDS = """
name: holds
steps:
  - track: Signed Up
  - wait: { request: never.example/*, within_s: 60 }
"""

WITHIN_S = 60.0
"""Until something comes that will come; a busy machine takes its time."""


class Surroundings:
    """A runtime folder, a temp folder, and a plugin whose scenario `holds` is under way until somebody ends it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "run"
        self.temp = folder / "temp"
        self.plugin = folder / "acme"
        self.more: dict[str, str] = {}
        """For the environment of what is started."""
        self.temp.mkdir()
        self.lay_plugin()
        (self.plugin / "scenarios" / "holds.yaml").write_text(HOLDS)

    def lay_plugin(self) -> None:
        web_alone("acme", self.plugin)

    def census(self) -> Census:
        return Census(self.root, self.temp)

    def env(self, planted: str = "") -> dict[str, str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("TESTBED_")}
        own = {"TESTBED_RUNTIME_DIR": self.root, "TMPDIR": self.temp, "XDG_STATE_HOME": self.temp.parent / "state"}
        plant = {"PYTHONPATH": str(PLANTED), "PLANTED": planted} if planted else {}
        return {**bare, **{name: str(path) for name, path in own.items()}, "NO_COLOR": "1", **self.more, **plant}

    def cli(self, *args: str) -> subprocess.CompletedProcess[str]:
        """`testbed ARGS`, to its end."""
        command = [sys.executable, "-m", "testbed", *args]
        return subprocess.run(command, env=self.env(), capture_output=True, text=True, timeout=120, check=False)

    @contextmanager
    def start(self, *args: str, planted: str = "", **more: Any) -> Iterator[subprocess.Popen[str]]:
        """`testbed ARGS`, begun. Whatever becomes of it, it is over at the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "testbed", *args],
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": self.env(planted), **more},
        )
        with process:
            try:
                yield process
            finally:
                process.kill()

    def run(self, scenario: str) -> tuple[str, ...]:
        return ("run", str(self.plugin), "-k", scenario, "--json")

    def fleet(self) -> int:
        """The process of the fleet that is up."""
        return int(json.loads(self.cli("status", "--json").stdout)["fleet"]["pid"])

    def browser(self) -> int:
        """The browser's process, of the one fleet, by its journal."""
        return self.spawned("headless")

    def spawned(self, kind: str) -> int:
        """The last process of that kind which the one fleet started, by its journal."""
        (journal,) = self.root.glob("*/journal")
        entries = [json.loads(line) for line in journal.read_text().splitlines() if line]
        return [int(args[0]) for each, _, args, _ in entries if kind in each and args][-1]


def until_said(process: subprocess.Popen[str], what: str, *, on: str = "stdout") -> str:
    """The line with `what` in it, once it comes."""
    stream = getattr(process, on)
    for line in stream:
        if what in line:
            return str(line)
    raise AssertionError(f"it ended without saying {what!r}")


def until_stopped(process: subprocess.Popen[str]) -> None:
    """Until it stands still at the point that was planted. Its ending before that is an error."""
    found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert found is not None
    assert found.si_code == os.CLD_STOPPED, f"it ended before the point: {process.communicate()[1]}"


def kill(*pids: int) -> None:
    """kill -9, of all at once; those that have ended are none to kill. Returns when none is left."""
    handles = []
    for pid in pids:
        try:
            handles.append(os.pidfd_open(pid))
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    for handle in handles:
        assert select.select([handle], [], [], WITHIN_S)[0]
        os.close(handle)
