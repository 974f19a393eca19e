"""A fleet's home: one 0700 folder that holds all it writes, and says who owns it.

It is made before anything else, and watched over from before that, so whatever a killed fleet leaves is named by
something on disk: every temporary file lies in the folder, every child is in its journal, and carries the folder's path
in its environment (`TESTBED_HOME`).
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from testbed.fleet.paths import runtime_root
from testbed.owned.homes import made
from testbed.owned.journal import Journal
from testbed.owned.leftovers import Leftover, clear, in_root
from testbed.owned.processes import VARIABLE
from testbed.owned.watched import watched

GIVE_UP_AFTER_S = 10.0


class Home:
    """An owned folder. `id` names the fleet, `env` is what its children get, `journal` names what could outlive it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def env(self) -> Mapping[str, str]:
        return {VARIABLE: str(self.folder), "TMPDIR": str(self.folder)}

    @classmethod
    @contextmanager
    def make(cls, kind: str) -> Iterator[Home]:
        """A home of this process for the time of the context; temporary files of the whole process go there."""
        folder = runtime_root() / f"{kind}-{secrets.token_hex(4)}"
        with watched(folder), made(folder):
            before, tempfile.tempdir = tempfile.tempdir, str(folder)
            try:
                yield cls(folder)
            finally:
                tempfile.tempdir = before


def leftovers() -> list[Leftover]:
    """What dead fleets of this user left, in the order to undo it."""
    return list(in_root(runtime_root()))


def reap_dead() -> list[Leftover]:
    """Clear away what dead fleets of this user left; gives what that was."""
    return clear(leftovers, still_s=0, give_up_after_s=GIVE_UP_AFTER_S)
