"""A file that is locked while it is open. The kernel frees the lock when its holder dies."""

from __future__ import annotations

import fcntl
import os
from io import BufferedRandom
from pathlib import Path


def locked(name: Path) -> BufferedRandom:
    """The file of that name, made if need be; waits while somebody else has it. Close it to let go."""
    while True:
        file = name.open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if is_named(file, name):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # whoever had it before us has renamed or removed it


def is_named(file: BufferedRandom, name: Path) -> bool:
    """Whether the open file is still what that name stands for."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), name.stat())
    except FileNotFoundError:
        return False
