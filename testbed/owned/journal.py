"""A fleet's journal: a line in its home for all that could outlive it, written before it is there."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from testbed.owned.processes import VARIABLE, started

FILE = "journal"


class Entry(NamedTuple):
    """One thing. `kind` says what it is, for people; `way` how it is undone: kill, or one of leftovers.WAYS; `args` are
    what that way takes. A process that was about to start has none yet: nobody knows more of it than that."""

    kind: str
    way: str
    args: tuple[str, ...] = ()


class Journal:
    """`Journal.of(env)` is the journal of the fleet whose child gets `env`; without a fleet it writes nothing."""

    def __init__(self, home: Path | None) -> None:
        self._file = home / FILE if home is not None else None

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Journal:
        home = env.get(VARIABLE)
        return cls(Path(home) if home else None)

    def spawning(self, kind: str) -> None:
        """A process is about to start."""
        self._note(Entry(kind, "kill"))

    def spawned(self, kind: str, pid: int) -> None:
        """It has. It leads a session of its own."""
        self._note(Entry(kind, "kill", (str(pid), started(pid))))

    @contextmanager
    def path(self, kind: str, path: Path) -> Iterator[None]:
        """A file, folder or socket outside the home, from before it is made until after it is gone."""
        with self._owning(Entry(kind, "remove", (str(path),))):
            yield

    @contextmanager
    def command(self, kind: str, *undo: str) -> Iterator[None]:
        """What only a command undoes (a container, a forwarded port), for as long."""
        with self._owning(Entry(kind, "run", undo)):
            yield

    def undone(self, entry: Entry) -> None:
        """It is gone."""
        self._note(entry, gone=True)

    def entries(self) -> list[Entry]:
        """What was noted and is not gone, the last first."""
        try:
            lines = self._file.read_bytes().splitlines() if self._file is not None else []
        except FileNotFoundError:
            return []
        there: dict[Entry, None] = {}
        for line in lines:
            match _parsed(line):
                case Entry() as entry, False:
                    there[entry] = None
                case Entry() as entry, True:
                    there.pop(entry, None)
        return list(reversed(there))

    @contextmanager
    def _owning(self, entry: Entry) -> Iterator[None]:
        self._note(entry)
        yield
        self.undone(entry)  # not where that raised: it may be there still

    def _note(self, entry: Entry, *, gone: bool = False) -> None:
        """In one write to the end of the file, its line break first: one that was cut short spoils none but itself."""
        if self._file is None:
            return
        line = b"\n" + json.dumps([*entry, gone]).encode()
        with open(self._file, "ab", buffering=0, opener=_private) as file:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._file))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _parsed(line: bytes) -> tuple[Entry, bool] | None:
    """None for a line that its writer did not live to end."""
    try:
        kind, way, args, gone = json.loads(line)
        return Entry(kind, way, tuple(args)), gone
    except (ValueError, TypeError):
        return None
