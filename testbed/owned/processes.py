"""The processes of this machine, and which of them belong to a fleet."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")

SPACES = ("net", "pid", "user")
"""Namespaces (namespaces(7)) that a jail makes for itself."""

VARIABLE = "TESTBED_HOME"
"""Set for every child of a fleet, and so for theirs: the path of the fleet's home."""

_NOWHERE: frozenset[str] = frozenset()


class Process(NamedTuple):
    """One process. `home` is its VARIABLE, "" where it has none or nobody may look; `spaces` are the namespaces that it
    is in."""

    pid: int
    parent: int
    session: int
    home: str
    spaces: frozenset[str]


def processes() -> Iterator[Process]:
    """All that run. Empty where there is no /proc: then only the journal knows them."""
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError, ValueError):  # it has ended meanwhile
            if fields := _stat(int(folder.name)):
                pid, parent, session = int(folder.name), int(fields[1]), int(fields[3])
                yield Process(pid, parent, session, _home(folder), spaces(pid))


def belonging(
    home: str, running: Iterable[Process], *, known: Collection[int], outside: frozenset[str]
) -> frozenset[int]:
    """The process ids of a fleet's children and theirs. `known` are children by the journal; `outside` the namespaces
    that the fleet itself was in, empty where nobody knows.

    A jail clears the environment of what it holds, a program may write over its own (Chromium's helpers do), and a
    sandboxed one may not be readable: they are known by their parent, by the session of the child that they come from,
    and by the namespaces that were made for that."""
    running = list(running)
    ours = frozenset(known) | {each.pid for each in running if each.home == home}
    while True:
        inside = _NOWHERE.union(*(each.spaces for each in running if each.pid in ours))
        private = inside - outside if outside else _NOWHERE
        more = ours | {
            each.pid
            for each in running
            if each.parent in ours or each.session in ours or not private.isdisjoint(each.spaces)
        }
        if more == ours:
            return ours
        ours = more


def started(pid: int) -> str:
    """When the process started, as the system tells it; "" once it has ended. With its id that names it for good, since
    ids come round again."""
    if PROC.exists():
        fields = _stat(pid)
        return fields[19] if fields else ""
    # macOS
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return " ".join(asked.stdout.split())


def spaces(pid: int) -> frozenset[str]:
    """The namespaces that a process is in, such as "net:[4026531840]"; those that nobody may ask for are left out."""
    found = set()
    for kind in SPACES:
        with suppress(OSError):
            found.add(os.readlink(PROC / str(pid) / "ns" / kind))
    return frozenset(found)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on (proc(5)): [0] is the state, [1] the parent, [3] the session, [19]
    the start time in ticks. Empty for one that has ended, which a zombie has: whoever must collect it may be slow."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return []
    return fields if fields and fields[0] not in {"Z", "X"} else []


def _home(folder: Path) -> str:
    wanted = f"{VARIABLE}=".encode()
    with suppress(OSError):
        for each in (folder / "environ").read_bytes().split(b"\0"):
            if each.startswith(wanted):
                return os.fsdecode(each.removeprefix(wanted))
    return ""
