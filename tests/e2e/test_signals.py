"""SIGINT, SIGTERM, SIGHUP, a closed terminal: one is an orderly end with 130, two are one at once; nothing is left."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from signal import SIGHUP, SIGINT, SIGTERM

import pytest

from tests.census import Census
from tests.e2e.lives import WITHIN_S, Surroundings, until_said

pytestmark = pytest.mark.browser

INTERRUPTED = 130


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    surroundings = Surroundings(tmp_path_factory.mktemp("signals"))
    yield surroundings
    surroundings.cli("down")


@pytest.fixture
def census(here: Surroundings) -> Census:
    return here.census()


UNDER_WAY = {
    # what is started, the words that say that it is under way, and where it says them
    "up, waiting": (("up",), "booting", "stderr"),
    "up --foreground": (("up", "--foreground"), "ready\n", "stderr"),
    "run": (("run", "{plugin}", "-k", "holds", "--json"), '"event":"step"', "stdout"),
}

HANGS = "hang testbed.owned.homes:remove"
"""The orderly end never comes to its own."""


def words(what: str, here: Surroundings) -> tuple[str, ...]:
    return tuple(word.format(plugin=here.plugin) for word in UNDER_WAY[what][0])


@pytest.mark.parametrize("number", [SIGINT, SIGTERM, SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("what", UNDER_WAY)
def test_one_signal(here: Surroundings, census: Census, what: str, number: signal.Signals):
    _, said, where = UNDER_WAY[what]
    with here.start(*words(what, here)) as process:
        until_said(process, said, on=where)
        process.send_signal(number)
        last = process.communicate(timeout=60)[1].splitlines()[-1]
        assert (process.returncode, last) == (INTERRUPTED, "interrupted")
        assert census.left() == [], "an orderly end leaves nothing for the reaper"


@pytest.mark.parametrize(
    ("first", "second"), [(SIGINT, SIGINT), (SIGINT, SIGTERM), (SIGTERM, SIGINT)], ids=lambda number: number.name
)
@pytest.mark.parametrize("what", UNDER_WAY)
def test_two_signals(here: Surroundings, census: Census, what: str, first: signal.Signals, second: signal.Signals):
    _, said, where = UNDER_WAY[what]
    with here.start(*words(what, here), planted=HANGS) as process:
        until_said(process, said, on=where)
        process.send_signal(first)
        if what == "up, waiting":
            until_logged(here, "hangs")  # the fleet does, whose end is waited for
        else:
            until_said(process, "hangs", on="stderr")
        assert census.note()
        process.send_signal(second)
        assert process.wait(timeout=60) == INTERRUPTED
        assert census.emptied() == []


def until_logged(here: Surroundings, what: str) -> None:
    until = time.monotonic() + WITHIN_S
    while what not in (here.root / "fleet.log").read_text():
        assert time.monotonic() < until, f"fleet.log never said {what!r}"
        select.select([], [], [], 0.05)


ON_A_TERMINAL = """
import os, sys
os.login_tty(0)
os.execv(sys.executable, [sys.executable, "-m", "testbed", *sys.argv[1:]])
"""


@pytest.mark.parametrize("what", UNDER_WAY)
def test_a_closed_terminal(here: Surroundings, census: Census, what: str):
    """SIGHUP, and from then on every word that is written there is an error."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", ON_A_TERMINAL, *words(what, here)]
    with subprocess.Popen(command, stdin=theirs, env={**here.env(), "CI": "1"}) as process:
        try:
            os.close(theirs)
            read = b""
            while UNDER_WAY[what][1].strip().encode() not in read:
                read += os.read(ours, 65536)
            os.close(ours)
            assert process.wait(timeout=60) == INTERRUPTED
            assert census.left() == []
        finally:
            process.kill()


def test_a_run_on_a_warm_fleet_is_ended_there(here: Surroundings, census: Census):
    assert here.cli("up").returncode == 0
    for numbers in ([SIGINT], [SIGTERM], [SIGHUP], [SIGINT, SIGTERM]):
        with here.start(*here.run("holds")) as process:
            until_said(process, '"event":"step"')
            for number in numbers:
                process.send_signal(number)
            assert process.wait(timeout=60) == INTERRUPTED
        assert [line.split()[1] for line in here.cli("status").stdout.splitlines()[1:]] == ["ready"]
    assert here.cli(*here.run("track")).returncode == 0
    assert here.cli("down").returncode == 0
    assert census.left() == []
