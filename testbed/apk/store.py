"""The folder of what was built: each file is made once for what goes into it, however many want it at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BufferedRandom
from pathlib import Path

from testbed.artifacts.cache import cache_root
from testbed.artifacts.locking import locked
from testbed.errors import EnvironmentFault


def digest(*parts: str | bytes) -> str:
    """A name for what is made of `parts`."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()[:32]


@asynccontextmanager
async def made_once(name: str) -> AsyncIterator[tuple[Path, Path | None]]:
    """The file of that name in the store, and what it is to be written as first; None where it is there. The lock
    beside it is the kernel's: it goes with whoever held it. Raises EnvironmentFault for a cache that cannot be
    written."""
    file = cache_root() / "apk" / name
    if file.is_file():
        yield file, None
        return
    lock = await asyncio.to_thread(_locked, file.with_name(f"{name}.lock"))
    with lock:
        if file.is_file():
            yield file, None
            return
        fresh = file.with_name(f"{name}.part")
        try:
            yield file, fresh
            fresh.rename(file)
        finally:
            fresh.unlink(missing_ok=True)
            file.with_name(f"{name}.lock").unlink(missing_ok=True)


def _locked(name: Path) -> BufferedRandom:
    """Waits for the lock, in a thread: who is no longer interested leaves the file to be closed, and so unlocked."""
    try:
        name.parent.mkdir(parents=True, exist_ok=True)
        return locked(name)
    except OSError as error:
        raise EnvironmentFault(
            f"{name.parent} cannot be written: {error.strerror}", fix="set XDG_CACHE_HOME"
        ) from error
