"""Where built files lie: each is made once for what goes into it, however many want it at once."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BufferedRandom
from pathlib import Path

from testbed.artifacts.cache import cache_root
from testbed.artifacts.locking import locked
from testbed.errors import EnvironmentFault

KEPT = 40
"""Files of one kind in a folder. The next one removes what was not used for longest."""


def built() -> Path:
    """The folder of what is the same for every fleet of this user's."""
    return cache_root() / "apk"


def digest(*parts: str | bytes) -> str:
    """A name for what is made of `parts`."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()[:32]


@asynccontextmanager
async def made_once(folder: Path, name: str) -> AsyncIterator[tuple[Path, Path | None]]:
    """The file of that name, and what it is to be written as first; None where it is there. The lock beside it is the
    kernel's: it goes with whoever held it. Raises EnvironmentFault for a folder that cannot be written."""
    file = folder / name
    if _used(file):
        yield file, None
        return
    fresh = file.with_name(f"{name}.part")
    with await asyncio.to_thread(_alone, file.with_name(f"{name}.lock")) as lock:
        try:
            if _used(file):
                yield file, None
            else:
                yield file, fresh
                fresh.rename(file)
                _prune(file)
        finally:
            fresh.unlink(missing_ok=True)
            os.unlink(lock.name)


def _used(file: Path) -> bool:
    try:
        os.utime(file)
    except FileNotFoundError:
        return False
    return True


def _alone(name: Path) -> BufferedRandom:
    """Waits for the lock, in a thread: who is no longer interested leaves the file to be closed, and so unlocked."""
    try:
        name.parent.mkdir(parents=True, exist_ok=True)
        return locked(name)
    except OSError as error:
        raise EnvironmentFault(
            f"{name.parent} cannot be written: {error.strerror}", fix="set XDG_CACHE_HOME"
        ) from error


def _prune(file: Path) -> None:
    alike = sorted(file.parent.glob(f"*{file.suffix}"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in alike[KEPT:]:
        old.unlink(missing_ok=True)
