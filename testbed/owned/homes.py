"""Homes as they lie in a runtime folder, and who holds each.

A home is called .new.PID.STARTED.NAME while it is being made and .gone.PID.STARTED.NAME while it is being removed, so
that one whose maker or remover was killed is known for what it is. In between it is called NAME, and owner.json says
whose it is.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from testbed.owned.processes import spaces, started

OWNER = "owner.json"


class Form(NamedTuple):
    """A home in one of its forms: its folder, its name, the process that holds it, and when that started. `spaces` are
    the namespaces that it is in, where that is known."""

    folder: Path
    name: str
    pid: int
    started: str
    spaces: frozenset[str] = frozenset()

    @property
    def held(self) -> bool:
        return started(self.pid) == self.started


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """A home of this process, for the time of the context."""
    pid = os.getpid()
    half = _named("new", folder.name, folder.parent)
    half.mkdir(mode=0o700)
    owner = {"pid": pid, "started": started(pid), "spaces": sorted(spaces(pid))}
    (half / OWNER).write_text(json.dumps(owner))
    half.rename(folder)
    try:
        yield
    finally:
        remove(folder, folder.name)


def remove(folder: Path, name: str) -> None:
    """Remove the home `name`, in whichever form it is."""
    gone = _named("gone", name, folder.parent)
    with suppress(FileNotFoundError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def forms(root: Path) -> list[Form]:
    """The homes in a runtime folder. Folders that are none, or whose name or owner nobody can read, are left out."""
    with suppress(FileNotFoundError):
        folders = [each for each in root.iterdir() if each.is_dir() and not each.is_symlink()]
        return [form for each in folders if (form := _form(each)) is not None]
    return []


def _form(folder: Path) -> Form | None:
    try:
        match folder.name.split("."):
            case ["", "new" | "gone", pid, since, name]:
                return Form(folder, name, int(pid), since)
        owner = json.loads((folder / OWNER).read_bytes())
        return Form(folder, folder.name, int(owner["pid"]), str(owner["started"]), frozenset(owner["spaces"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _named(stage: str, name: str, root: Path) -> Path:
    return root / f".{stage}.{os.getpid()}.{started(os.getpid())}.{name}"
