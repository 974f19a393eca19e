"""`kill -9` at each named point of a life and at random ones: nothing of ours is left, and the next run works."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.lives import Surroundings, kill, until_said, until_stopped

pytestmark = pytest.mark.browser

MOMENTS = 20


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    surroundings = Surroundings(tmp_path_factory.mktemp("kill9"))
    yield surroundings
    surroundings.cli("down")


RUN, UP = ("run", "{plugin}", "-k", "track"), ("up", "--foreground")

POINTS = [
    # the home
    ("watched over, no home yet", RUN, "before testbed.owned.homes:made"),
    ("the home is half made", RUN, "before testbed.owned.homes:spaces"),
    ("the home is made", RUN, "before testbed.fleet.alone:open_fleet"),
    # spawns
    ("capture is up", RUN, "before testbed.fleet.pool:driver_for"),
    ("before the browser is named", RUN, "before testbed.owned.journal:Journal.spawning"),
    ("before the browser starts", RUN, "after testbed.owned.journal:Journal.spawning"),
    ("after the browser started", RUN, "before testbed.owned.journal:Journal.spawned"),
    ("the browser is known", RUN, "after testbed.owned.journal:Journal.spawned"),
    # up
    ("booted", UP, "before testbed.fleet.server:_listening"),
    ("the control socket is bound", UP, "before testbed.fleet.server:control_app"),
    # a run
    ("the page loads", RUN, "before testbed.devices.chromium.site:Site.answer"),
    ("a step is played", RUN, "before testbed.devices.chromium.device:play"),
    ("settling", RUN, "before testbed.devices.chromium.device:run_out"),
    ("judging", RUN, "before testbed.fleet.runner:judge"),
    ("judged", RUN, "before testbed.fleet.runner:conclude"),
    # the end
    ("before the home goes", RUN, "before testbed.owned.homes:remove"),
    ("the home has gone", RUN, "after testbed.owned.homes:remove"),
]


@pytest.mark.parametrize(("command", "planted"), [row[1:] for row in POINTS], ids=[row[0] for row in POINTS])
def test_the_fleet_is_killed(here: Surroundings, command: tuple[str, ...], planted: str):
    census = here.census()
    with here.start(*(word.format(plugin=here.plugin) for word in command), planted=planted) as process:
        until_stopped(process)
        assert len(census.note()) >= 2, "there was something to leave: fleet and reaper, if nothing else"
        kill(process.pid)
    assert census.emptied() == []


def test_the_fleet_and_its_reaper_are_killed_at_once(here: Surroundings):
    """Nothing is left that runs; what lies there, the next command clears away, and says so."""
    census = here.census()
    with here.start(*here.run("holds")) as process:
        until_said(process, '"event":"step"')
        reapers = [each.pid for each in census.note() if "testbed.owned.reaper" in each.command]
        kill(process.pid, *reapers)
    kill(*(each.pid for each in census.note() if each.pid in reapers))
    (home,) = [path for path in here.root.iterdir() if path.is_dir()]
    shown = json.loads(here.cli("clean", "--json", "--dry-run").stdout)
    assert {"kind": "folder", "name": str(home), "fleet": home.name} in shown["found"]
    assert home.exists()
    cleaned = here.cli("clean")
    assert (cleaned.returncode, cleaned.stderr) == (0, "")
    assert str(home) in cleaned.stdout
    assert census.emptied() == []
    assert here.cli("clean").stdout == "nothing was left\n"


def test_the_one_who_waits_for_a_fleet_is_killed(here: Surroundings):
    """It was still his: it does not come up."""
    census = here.census()
    with here.start("up") as process:
        until_said(process, "booting", on="stderr")
        census.note()
        kill(process.pid)
    assert census.emptied() == []


def test_the_browser_is_killed_and_who_runs(here: Surroundings):
    """Killed under a run, the browser is a fault of the device; killed under a run, the client ends the run. The fleet
    survives both, and the next run passes. Then it is the fleet's turn."""
    census = here.census()
    assert here.cli("up").returncode == 0
    with here.start(*here.run("holds")) as process:
        until_said(process, '"event":"step"')
        kill(here.browser())
        verdict = json.loads(until_said(process, '"event":"verdict"'))["verdict"]
        assert (verdict["outcome"], process.wait(timeout=60)) == ("error", 6)
    assert "the browser ended while it was in use" in verdict["error"]
    with here.start(*here.run("holds")) as process:
        until_said(process, '"event":"step"')
        kill(process.pid)
    done = here.cli(*here.run("track"))
    assert done.returncode == 0, done.stdout + done.stderr
    with here.start(*here.run("holds")) as process:
        until_said(process, '"event":"step"')
        census.note()
        kill(here.fleet())
        assert process.wait(timeout=60) == 6
        assert process.stderr is not None
        assert "the fleet went away in mid-run" in process.stderr.read()
    assert census.emptied() == []


def test_killed_at_random_moments(here: Surroundings):
    """Whichever process of ours it hits. TESTBED_SEED=N has the same moments again, as far as the load goes."""
    seed = int(os.environ.get("TESTBED_SEED") or random.randrange(10**6))
    print(f"TESTBED_SEED={seed}")  # noqa: T201
    chance = random.Random(seed)
    began = time.monotonic()
    assert here.cli(*here.run("track")).returncode == 0
    whole = time.monotonic() - began
    for moment in range(MOMENTS):
        census = here.census()
        after_s = chance.uniform(0, whole)
        with here.start(*here.run("track"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(after_s)
            except subprocess.TimeoutExpired:
                ours = sorted(each.pid for each in census.note())
                victim = chance.choice([process.pid, *ours])
                kill(victim)
            assert process.wait(timeout=90) in (-9, 0, 1, 3, 6)
        left = census.emptied()
        assert left == [], f"moment {moment}, {after_s:.3f} s after the start, with TESTBED_SEED={seed}"
    assert here.cli("up").returncode == 0
    done = here.cli(*here.run("track"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert here.cli("down").returncode == 0
    assert [path.name for path in Path(here.root).iterdir()] == ["fleet.log"]
