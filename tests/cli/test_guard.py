"""Every error ends as the table in errors.py says: the sentence on stderr, the code to the caller."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from testbed import events
from testbed.cli.guard import guarded
from testbed.errors import (
    CaptureFault,
    DeviceFault,
    EnvironmentFault,
    InternalError,
    NothingRan,
    Place,
    PluginRefused,
    TestbedError,
    UsageError,
)
from testbed.verdict.model import Verdict
from tests.cli.conftest import ACME
from tests.cli.fleet import RUN, PretendFleet


def ending(error: BaseException) -> tuple[int, str, str]:
    app = typer.Typer()

    @app.command()
    @guarded
    def verb() -> None:
        raise error

    done = CliRunner().invoke(app, [])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        # each branch of the tree
        (UsageError("no"), 2, "testbed: no\n"),
        (InternalError("no"), 3, "testbed: no\n"),
        (CaptureFault("no"), 3, "testbed: no\n"),
        (NothingRan("no"), 5, "testbed: no\n"),
        (EnvironmentFault("no"), 6, "testbed: no\n"),
        (DeviceFault("no"), 6, "testbed: no\n"),
        (PluginRefused("no"), 7, "testbed: no\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        # where, and the fix
        (UsageError("no", place=Place("a.toml", 3, 1), fix="yes"), 2, "testbed: a.toml:3:1: no\n  fix: yes\n"),
        # an error may quote a stranger
        (
            PluginRefused("\x1b[2J", place=Place("\x1b]0;x\x07"), fix="\x9b"),
            7,
            "testbed: \\x1b]0;x\\x07: \\x1b[2J\n  fix: \\x9b\n",
        ),
    ],
)
def test_errors(error: BaseException, code: int, said: str):
    assert ending(error) == (code, "", said)


def test_a_bug_of_ours_says_so_with_all_that_a_report_needs():
    code, out, err = ending(ZeroDivisionError("oh\x1b[31m"))
    assert (code, out) == (3, "")
    assert err.startswith("Traceback (most recent call last):\n")
    assert "ZeroDivisionError: oh\\x1b[31m\n" in err
    assert err.endswith("a fault of testbed's own; please report it with the lines above\n")


def test_what_typer_ends_by_itself_is_left_alone():
    assert ending(typer.Exit(5))[0] == 5
    assert ending(TestbedError("no"))[0] == 3


# Processes.


def start(*args: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "testbed", *args],
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def test_a_reader_that_leaves_ends_it_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "testbed", "run", str(ACME), "--list"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "✓"), ("ascii", "\\u2713"), ("latin-1", "\\u2713")])
def test_a_terminal_that_cannot_show_a_character_gets_its_number(fleet: PretendFleet, encoding: str, mark: str):
    verdict = Verdict(run="r1", scenario="track", target="web", device="web-1", outcome="passed")
    fleet.stream = (RUN[0], events.Judged(verdict=verdict), RUN[-1])
    process = start("run", str(ACME), PYTHONIOENCODING=encoding)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert f"  {mark} track  web" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_an_orderly_end(tmp_path: Path, number: signal.Signals):
    """A plugin that is a pipe is waited for, for ever: there the signal meets it."""
    pipe = tmp_path / "plugin.zip"
    os.mkfifo(pipe)
    process = start("run", str(pipe))
    writer = os.open(pipe, os.O_WRONLY)  # returns once the other end is open, so testbed is up to there
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    os.close(writer)
    assert (process.returncode, out, err) == (130, "", "interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path, number: signal.Signals):
    """nohup(1) and a shell's background jobs ask for that."""
    pipe = tmp_path / "plugin.zip"
    os.mkfifo(pipe)
    with ignored(number):
        process = start("run", str(pipe))
    writer = os.open(pipe, os.O_WRONLY)
    process.send_signal(number)
    os.close(writer)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, "not a readable zip" in err) == (7, True)


def test_what_ignores_ctrl_c_heeds_sigterm(tmp_path: Path):
    pipe = tmp_path / "plugin.zip"
    os.mkfifo(pipe)
    with ignored(signal.SIGINT):
        process = start("run", str(pipe))
    writer = os.open(pipe, os.O_WRONLY)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    os.close(writer)
    assert (process.returncode, err) == (130, "interrupted\n")


@contextmanager
def ignored(number: signal.Signals) -> Iterator[None]:
    """What is started in here ignores the signal."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


SIGNALLED_AT_THE_VERY_END = """
import os, signal, sys
from testbed import cli

class Last:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGTERM):
        kill(pid, number)

last = Last()
cli.app = lambda **_: sys.exit(int(sys.argv[1]))
cli.main()
"""


@pytest.mark.parametrize(("code", "seen"), [(130, 130), (0, -signal.SIGTERM)])
def test_a_second_signal_in_the_last_moment_does_not_change_how_it_ended(code: int, seen: int):
    done = subprocess.run([sys.executable, "-c", SIGNALLED_AT_THE_VERY_END, str(code)], check=False)
    assert done.returncode == seen
