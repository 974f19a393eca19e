"""A fleet's home: one 0700 folder that holds all it writes, and says who owns it.

The home is made before anything else, so whatever a killed fleet leaves behind is named by something on disk: every
temporary file lies in the folder, every child carries the home's id in its environment (`TESTBED_HOME`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from testbed.fleet.paths import runtime_root


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a home. `ticks` is the process's start time as the kernel tells it, since process ids come round again;
    "" where the system does not tell."""

    pid: int
    ticks: str
    kind: str
    started: float


UNOWNED = ".new."
"""How a home is called that has no owner.json yet: .new.PID.NAME"""


class Home:
    """An owned folder. `id` names the fleet, `env` is what its children get."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def env(self) -> Mapping[str, str]:
        return {"TESTBED_HOME": self.id, "TMPDIR": str(self.folder)}

    @classmethod
    @contextmanager
    def make(cls, kind: str) -> Iterator[Home]:
        """A home of this process for the time of the context; temporary files of the whole process go there."""
        folder = runtime_root() / f"{kind}-{secrets.token_hex(4)}"
        # Killed before it has its owner, it still says by its name whose it was.
        unowned = folder.with_name(f"{UNOWNED}{os.getpid()}.{folder.name}")
        unowned.mkdir(mode=0o700)
        owner = Owner(pid=os.getpid(), ticks=start_ticks(os.getpid()), kind=kind, started=time.time())
        (unowned / "owner.json").write_bytes(msgspec.json.encode(owner))
        unowned.rename(folder)
        before, tempfile.tempdir = tempfile.tempdir, str(folder)
        try:
            yield cls(folder)
        finally:
            tempfile.tempdir = before
            shutil.rmtree(folder, ignore_errors=True)


def reap_dead() -> list[str]:
    """Clear away homes whose owner is gone, with every process that still carries their id; gives their ids."""
    reaped = []
    for folder in runtime_root().iterdir():
        if folder.name.startswith(UNOWNED):
            if not _exists(int(folder.name.split(".")[2])):
                shutil.rmtree(folder, ignore_errors=True)
        elif folder.is_dir() and (owner := _owner(folder)) is not None and not _alive(owner):
            for pid in _carriers(folder.name):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            shutil.rmtree(folder, ignore_errors=True)
            reaped.append(folder.name)
    return reaped


def start_ticks(pid: int) -> str:
    """When the process started, in the kernel's ticks; "" where the system does not tell, or the process has ended.

    Fields 3 (state) and 22 (starttime) of /proc/PID/stat (proc(5)), counted after the command's closing bracket. A
    zombie still has both, and has ended all the same: whoever must collect it may be slow."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in {"Z", "X"} else fields[18]


def _owner(folder: Path) -> Owner | None:
    try:
        return msgspec.json.decode((folder / "owner.json").read_bytes(), type=Owner)
    except (OSError, msgspec.DecodeError):
        return None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's, which has the id now
        return True
    return True


def _alive(owner: Owner) -> bool:
    if not _exists(owner.pid):
        return False
    return start_ticks(owner.pid) == owner.ticks  # both "" where there is no /proc: then the id has to do


def _carriers(home: str) -> Iterator[int]:
    """Processes of ours whose environment names `home`. Linux only; elsewhere children end by their pipes."""
    wanted = f"TESTBED_HOME={home}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)
