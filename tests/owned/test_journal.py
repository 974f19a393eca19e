"""What a journal holds after anything that can happen to who writes it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from testbed.owned.journal import FILE, Entry, Journal
from testbed.owned.processes import started

CONTAINER = Entry("container", "run", ("docker", "rm", "-f", "abc"))
SOCKET = Entry("relay", "remove", ("/run/relay.sock",))


def test_a_child_is_named_before_it_starts_and_known_after(root: Path):
    journal = Journal.of({"TESTBED_HOME": str(root)})
    journal.spawning("browser")
    assert journal.entries() == [Entry("browser", "kill")]
    journal.spawned("browser", os.getpid())
    assert journal.entries()[0] == Entry("browser", "kill", (str(os.getpid()), started(os.getpid())))
    assert stat.S_IMODE((root / FILE).stat().st_mode) == 0o600


def test_what_is_outside_the_home_is_named_for_as_long_as_it_is_there(root: Path):
    journal = Journal(root)
    with journal.command(CONTAINER.kind, *CONTAINER.args), journal.path(SOCKET.kind, Path(SOCKET.args[0])):
        assert journal.entries() == [SOCKET, CONTAINER], "the last made is the first to be undone"
    assert journal.entries() == []


def test_what_may_not_have_gone_is_still_named(root: Path):
    journal = Journal(root)
    with pytest.raises(ZeroDivisionError), journal.command(CONTAINER.kind, *CONTAINER.args):
        raise ZeroDivisionError
    assert journal.entries() == [CONTAINER]


def test_a_line_whose_writer_was_killed_spoils_no_other(root: Path):
    journal = Journal(root)
    journal.spawning("browser")
    with (root / FILE).open("ab") as file:
        file.write(b'\n["adb", "ki')
    assert journal.entries() == [Entry("browser", "kill")]
    journal.spawning("broker")
    assert journal.entries() == [Entry("broker", "kill"), Entry("browser", "kill")]


def test_a_journal_that_cannot_be_written_keeps_the_child_from_starting(root: Path):
    with pytest.raises(OSError, match="No such file or directory"):
        Journal(root / "gone").spawning("browser")
    (root / FILE).symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device"):
        Journal(root).spawning("browser")


def test_without_a_fleet_there_is_no_journal(root: Path):
    journal = Journal.of({})
    journal.spawning("browser")
    assert (journal.entries(), list(root.iterdir())) == ([], [])
