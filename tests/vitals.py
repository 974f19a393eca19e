"""What processes hold, as the kernel tells it (proc(5)). Linux only."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Vitals(msgspec.Struct, frozen=True):
    """Of several processes taken together. `rss` in bytes: what they share is counted for each."""

    processes: int
    descriptors: int
    threads: int
    rss: int

    def __str__(self) -> str:
        return (
            f"{self.processes} processes, {self.descriptors} descriptors, {self.threads} threads, "
            f"{self.rss / 1e6:.1f} MB"
        )


def vitals(pids: Iterable[int]) -> Vitals:
    """Of those that live: one that ends while it is looked at counts as ended."""
    found = [each for pid in pids if (each := _of(pid)) is not None]
    return Vitals(
        processes=len(found),
        descriptors=sum(each.descriptors for each in found),
        threads=sum(each.threads for each in found),
        rss=sum(each.rss for each in found),
    )


def family(pid: int) -> list[int]:
    """The process and all that descend from it, but for zombies."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found, to_see = [], [pid]
    while to_see:
        found.append(to_see[0])
        to_see += children.get(to_see.pop(0), [])
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in PROC.glob("[0-9]*"):
        with suppress(OSError):
            # Counted after the command's closing bracket, since the command may hold anything: state, parent.
            state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
            if state not in {"Z", "X"}:
                yield int(entry.name), int(parent)


def _of(pid: int) -> Vitals | None:
    folder = PROC / str(pid)
    try:
        return Vitals(
            processes=1,
            descriptors=len(os.listdir(folder / "fd")),
            threads=len(os.listdir(folder / "task")),
            rss=int((folder / "statm").read_text().split()[1]) * PAGE,
        )
    except OSError:
        return None
