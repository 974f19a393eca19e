"""What a dead fleet left is found and undone, by its reaper or by the next command, and nothing else is."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from testbed.fleet.home import Home, leftovers, reap_dead
from testbed.owned import shared
from testbed.owned.journal import Journal
from testbed.owned.processes import started
from tests.census import Census
from tests.owned.orphans import fleet, kill, reapers

OWNING = """
    outside = Path({outside!r})
    home.journal.spawning("never")
    journal = home.journal
    async with started(["/usr/bin/tail", "-f", "/dev/null"], env={{**os.environ, **home.env}}) as tail:
        with journal.path("folder", outside / "made"), journal.command("mark", "touch", str(outside / "undone")):
            (outside / "made").mkdir()
            (home.folder / "file").touch()
            say(tail.pid)
            await until_told()
"""

UNTIED = """
    # One that names its home, and another that does not; the first may be the other's parent, or lead its session.
    say(answering("sh", "-c", "env -i cat; true"), answering("sh", "-c", "env -i setsid cat; true"))
    await until_told()
"""

JAILED = """
    say(answering("unshare", "-Urnpf", "env", "-i", "setsid", "cat"))
    await until_told()
"""


@pytest.fixture
def census(root: Path, tmp_path: Path) -> Census:
    return Census(root, tmp_path / "temp")


def test_a_killed_fleet_is_cleared_away_by_its_reaper(root: Path, tmp_path: Path, census: Census):
    with fleet(OWNING.format(outside=str(tmp_path))) as killed:
        assert len(census.note()) >= 3, "fleet, reaper and child"
        kill(killed.process.pid)
        assert census.emptied() == []
    assert (tmp_path / "undone").exists()
    assert not (tmp_path / "made").exists()


def test_a_fleet_that_ends_in_good_order_leaves_nothing_to_undo(root: Path, tmp_path: Path, census: Census):
    with fleet(OWNING.format(outside=str(tmp_path))) as ended:
        ended.process.communicate(timeout=30)
        assert census.left() == []
    assert not (tmp_path / "undone").exists()


@pytest.mark.parametrize("body", [UNTIED, JAILED], ids=["untied", "jailed"])
def test_a_fleet_killed_with_its_reaper_is_cleared_away_by_the_next_command(body: str, root: Path, census: Census):
    with fleet(body) as killed:
        ends = {killed.process.pid, killed.reaper}
        left = {process.pid for process in census.note()} - ends
        kill(*ends)
        assert left >= set(map(int, killed.words))
        found = leftovers()
        assert {int(each.name.split()[0]) for each in found if each.kind == "process"} == left
        assert [(each.kind, each.name) for each in found if each.kind != "process"] == [("folder", str(killed.home))]
        assert {each.fleet for each in found} == {killed.home.name}
        assert census.left(), "to say what there is undoes nothing"
        assert [each.name for each in reap_dead()] == [each.name for each in found]
        assert census.emptied() == []
        assert leftovers() == []


def test_a_reaper_that_was_killed_is_replaced(root: Path, tmp_path: Path, census: Census):
    with fleet(OWNING.format(outside=str(tmp_path))) as orphans:
        for _ in range(2):
            kill(orphans.reaper)
            until = time.monotonic() + 10
            while not reapers(orphans.home) and time.monotonic() < until:
                select.select([], [], [], 0.01)
        census.note()
        kill(orphans.process.pid)
        assert census.emptied() == []


def test_a_fleet_that_is_up_is_left_alone(root: Path, tmp_path: Path):
    with fleet(OWNING.format(outside=str(tmp_path))) as living, Home.make("mine") as mine:
        assert reap_dead() == []
        assert {living.home, mine.folder} == set(root.iterdir())
        living.process.communicate(timeout=30)


def ended_process() -> tuple[int, str]:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    since = started(process.pid)
    process.communicate(timeout=30)
    return process.pid, since


@pytest.mark.parametrize("form", [".new.{}.{}.up-0", ".gone.{}.{}.up-0"])
def test_a_home_that_was_never_finished_or_only_half_removed(form: str, root: Path):
    (root / form.format(*ended_process())).mkdir()
    held = root / form.format(os.getpid(), started(os.getpid()))
    held.mkdir()
    assert [each.kind for each in leftovers()] == [], "somebody is still at one of that name"
    held.rmdir()
    assert [each.kind for each in reap_dead()] == ["folder"]
    assert list(root.iterdir()) == []


def owned(folder: Path, pid: int, since: str) -> Path:
    folder.mkdir()
    (folder / "owner.json").write_text(json.dumps({"pid": pid, "started": since, "spaces": []}))
    return folder


def test_an_id_that_has_come_round_again_is_somebody_elses(root: Path):
    """Our own process id, of a process that started at another time: in the owner's place, and in a child's."""
    home = owned(root / "up-0", os.getpid(), "1")
    Journal(home)._note(("browser", "kill", (str(os.getppid()), "1")))  # type: ignore[arg-type]
    assert [each.kind for each in reap_dead()] == ["folder"]
    assert list(root.iterdir()) == []


def test_what_is_no_home_is_left_alone(root: Path):
    (root / "notes").mkdir()
    (root / "notes" / "file").touch()
    (root / ".new.home").mkdir()
    (root / "broken").mkdir()
    (root / "broken" / "owner.json").write_text("[]")
    (root / "link").symlink_to(root / "notes")
    before = set(root.iterdir())
    assert reap_dead() == []
    assert set(root.iterdir()) == before


def test_lock_and_socket_without_a_fleet_are_cleared_away_and_those_of_one_are_not(root: Path):
    for name in (shared.SOCKET, shared.LOCK, "fleet.log"):
        (root / name).touch()
    assert [(each.kind, Path(each.name).name) for each in leftovers()] == [
        ("socket", shared.SOCKET),
        ("lock", shared.LOCK),
    ]
    reap_dead()
    assert [path.name for path in root.iterdir()] == ["fleet.log"]
    with shared.only_one(root):
        (root / shared.SOCKET).touch()
        assert reap_dead() == []
        with pytest.raises(BlockingIOError), shared.only_one(root):
            pass
        assert (root / shared.LOCK).exists()
    assert [path.name for path in root.iterdir()] == ["fleet.log"]


# The census itself.


def test_the_census_sees_what_leaks(root: Path, tmp_path: Path, census: Census):
    """One of each kind, on purpose: were it blind to one, no test would see it leak."""
    (tmp_path / "temp").mkdir()
    assert census.left() == []
    with subprocess.Popen(["/usr/bin/tail", "-f", "/dev/null"], env={"TESTBED_HOME": f"{root}/up-0"}) as leaked:
        seen = census.emptied(within_s=0.1)
        leaked.kill()
    assert seen == [f"process {leaked.pid} /usr/bin/tail -f /dev/null"]
    assert census.emptied() == []
    (tmp_path / "temp" / "testbed-chromium-x").mkdir()
    assert census.left() == [f"file {tmp_path}/temp/testbed-chromium-x"]
    (tmp_path / "temp" / "testbed-chromium-x").rmdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "control.sock"))
        assert census.left() == [f"file {root}/control.sock", f"socket {root}/control.sock"]
        (root / "control.sock").unlink()
        assert census.left() == [f"socket {root}/control.sock"]
    assert census.left() == []


def test_the_census_knows_again_what_it_saw(root: Path, census: Census):
    """A process that comes out of a jail of ours, and names us nowhere."""
    with fleet(JAILED) as orphans:
        inside = census.note()
        jailed = next(process for process in inside if process.command == "cat")
        assert str(root) not in " ".join(jailed.words)
        kill(orphans.process.pid, orphans.reaper)
        assert f"process {jailed.pid} cat" in census.left()
        reap_dead()
    assert census.emptied() == []
