"""Counts what of ours is there: processes, namespaces, sockets, files. It shares no code with what clears them away."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

SPACES = ("net", "pid", "user", "mnt")
KEPT = "fleet.log"


class Process(msgspec.Struct, frozen=True):
    pid: int
    started: int
    parent: int
    session: int
    command: str
    spaces: frozenset[str]
    words: tuple[str, ...]
    """Its environment and its command line."""


class Census:
    """Of the runtime folder `root` and the temp folder `temp`: the whole of either is ours. What `note` sees is
    remembered, with the namespaces and sessions that it is in, and found again whatever it does to its environment."""

    def __init__(self, root: Path, temp: Path) -> None:
        self._root = root
        self._temp = temp
        self._pids: set[tuple[int, int]] = set()
        self._spaces: dict[str, int] = {}
        self._outside = _spaces(Path("/proc/self"))

    def note(self) -> list[Process]:
        """The processes of ours that run now."""
        now = _ticks()
        running = list(_processes())
        ours = [process for process in running if self._is_ours(process)]
        for known in ours:  # which grows while it is read
            ours += [each for each in running if known.pid in (each.parent, each.session) and each not in ours]
        self._pids |= {(process.pid, process.started) for process in ours}
        self._spaces |= {space: now for process in ours for space in process.spaces - self._outside}
        return ours

    def left(self) -> list[str]:
        """All that is there, in words."""
        found = [f"process {process.pid} {process.command}" for process in self.note()]
        found += [f"file {path}" for folder in (self._root, self._temp) for path in _below(folder)]
        found += [f"socket {name}" for name in _unix_sockets() if name.startswith(str(self._root))]
        return found

    def emptied(self, within_s: float = 10.0) -> list[str]:
        """What is left once nothing is, or the time is up."""
        until = time.monotonic() + within_s
        while (found := self.left()) and time.monotonic() < until:
            select.select([], [], [], 0.05)
        return found

    def _is_ours(self, process: Process) -> bool:
        named = any(str(self._root) in word for word in process.words)
        known = (process.pid, process.started) in self._pids
        # Not one that came later: a namespace that is gone leaves its number to the next, which may be anybody's.
        inside = any(process.started <= self._spaces.get(space, -1) for space in process.spaces)
        return named or known or inside


def _processes() -> Iterator[Process]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            words = [*_words(folder / "environ"), *(command := _words(folder / "cmdline"))]
            if fields[0] not in {"Z", "X"} and int(folder.name) != os.getpid():
                shown = " ".join(command)[:100]
                parent, session = int(fields[1]), int(fields[3])
                yield Process(int(folder.name), int(fields[19]), parent, session, shown, _spaces(folder), tuple(words))


def _ticks() -> int:
    """Since the machine came up, as processes' starts are told."""
    return int(float(Path("/proc/uptime").read_text().split()[0]) * os.sysconf("SC_CLK_TCK"))


def _words(file: Path) -> list[str]:
    try:
        return file.read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:  # nobody may look, or it has ended
        return []


def _spaces(folder: Path) -> frozenset[str]:
    found = set()
    for name in SPACES:
        with suppress(OSError):
            found.add(os.readlink(folder / "ns" / name))
    return frozenset(found)


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.name != KEPT) if folder.exists() else []


def _unix_sockets() -> list[str]:
    """The names of all that are bound (proc(5), /proc/net/unix), whether or not their file is still there."""
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    return [row[7] for row in rows if len(row) > 7]
