"""What dead fleets left in a runtime folder, and how each of it is undone."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from testbed.owned import shared
from testbed.owned.homes import forms, remove
from testbed.owned.journal import Entry, Journal
from testbed.owned.processes import Process, belonging, processes, started

COMMAND_WITHIN_S = 30.0

Undo = Callable[[], object]


class Leftover(NamedTuple):
    """One thing that a dead fleet left. `kind`: process, folder, socket, lock, or what the journal calls it; `name`
    says which; `fleet` is the fleet's id, "" for what fleets share. `undo` does it; what is gone is no error."""

    kind: str
    name: str
    fleet: str
    undo: Undo


def in_root(root: Path) -> Iterator[Leftover]:
    """All that dead fleets left in the runtime folder `root`, in the order to undo it; what is no fleet's is not."""
    running = list(processes())
    found = forms(root)
    held = {root / form.name for form in found if form.held}
    carried = {Path(each.home) for each in running if each.home}  # also where the folder was removed under them
    for home in sorted({root / form.name for form in found} | {home for home in carried if home.parent == root}):
        if home not in held:
            yield from of_home(home, running)
    yield from of_root(root)


def of_root(root: Path) -> Iterator[Leftover]:
    """What is left of what fleets share."""
    for path in shared.stale(root):
        yield Leftover("socket" if path.name == shared.SOCKET else "lock", str(path), "", partial(shared.clear, root))


def of_home(home: Path, running: Iterable[Process] | None = None) -> Iterator[Leftover]:
    """All that is left of `home`, whose owner is known to be gone, in the order to undo it: the folder last, since what
    lies in it names the rest. `running`: all processes, where somebody has asked already."""
    found = [form for form in forms(home.parent) if form.name == home.name]
    entries = {entry: Journal(form.folder) for form in found for entry in Journal(form.folder).entries() if entry.args}
    children = {int(e.args[0]): e.kind for e in entries if e.way == "kill" and started(int(e.args[0])) == e.args[1]}
    outside = frozenset().union(*(form.spaces for form in found))
    ours = belonging(str(home), processes() if running is None else running, known=children, outside=outside)
    for pid in sorted(ours - {os.getpid()}):
        if started(pid):
            yield Leftover("process", f"{pid} {children.get(pid, '')}".rstrip(), home.name, partial(_kill, pid))
    for entry, journal in entries.items():
        if entry.way != "kill" and (undo := WAYS[entry.way](*entry.args)) is not None:
            yield Leftover(entry.kind, " ".join(entry.args), home.name, partial(_noting, undo, entry, journal))
    for form in found:
        yield Leftover("folder", str(form.folder), home.name, partial(remove, form.folder, home.name))


def clear(find: Callable[[], Iterable[Leftover]], *, still_s: float, give_up_after_s: float) -> list[Leftover]:
    """Undo what is found until nothing has been for `still_s`; gives what that was. More than one look is needed: a
    process takes its time to die, and one that is just becoming another program cannot be seen for what it is."""
    undone: dict[tuple[str, str], Leftover] = {}
    began = last = time.monotonic()
    while True:
        found = list(find())
        for each in found:
            each.undo()
            undone.setdefault((each.kind, each.name), each)
        now = time.monotonic()
        last = now if found else last
        if (not found and now - last >= still_s) or now - began >= give_up_after_s:
            return list(undone.values())
        select.select([], [], [], 0.05)


def _kill(pid: int) -> None:
    """A process, and the group that it may lead."""
    with suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def _noting(undo: Undo, entry: Entry, journal: Journal) -> None:
    undo()
    with suppress(OSError):  # then it is undone once more, which does no harm
        journal.undone(entry)


# The ways to undo an entry of the journal. Each gives what to call, None where there is nothing left.


def _remove(path: str) -> Undo | None:
    found = Path(path)
    if found.is_dir() and not found.is_symlink():
        return partial(shutil.rmtree, found, ignore_errors=True)
    return partial(found.unlink, missing_ok=True) if found.exists() or found.is_symlink() else None


def _run(*command: str) -> Undo:
    def undo() -> None:
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=COMMAND_WITHIN_S
            )

    return undo


WAYS: Mapping[str, Callable[..., Undo | None]] = {"remove": _remove, "run": _run}
"""Besides "kill": processes are looked for among all that run."""
