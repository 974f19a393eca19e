"""What fleets of a runtime folder share: the lock that the one fleet holds, and the control socket that it serves."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "fleet.lock"
SOCKET = "control.sock"


@contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Be the one fleet of `root`: hold its lock, which the kernel takes back when the holder dies, however that
    happens. Raises BlockingIOError where there is one."""
    with _door(root):
        lock = os.open(root / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(lock)
            raise
    try:
        yield
    finally:
        with _door(root):
            _take_away(root)
            os.close(lock)


def stale(root: Path) -> list[Path]:
    """What of lock and socket is there without a fleet that it belongs to."""
    with _door(root):
        return _unheld(root)


def clear(root: Path) -> None:
    """Take away what is stale."""
    with _door(root):
        if _unheld(root):
            _take_away(root)


@contextmanager
def _door(root: Path) -> Iterator[None]:
    """One at a time, for an instant, whoever makes these names, removes them or asks whose they are: otherwise one who
    asks would look like a fleet, or a fleet's new lock go with a dead one's."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _unheld(root: Path) -> list[Path]:
    found = [path for path in (root / SOCKET, root / LOCK) if path.exists()]
    try:
        lock = os.open(root / LOCK, os.O_RDWR)
    except FileNotFoundError:
        return found
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return []
    finally:
        os.close(lock)
    return found


def _take_away(root: Path) -> None:
    for name in (SOCKET, LOCK):
        (root / name).unlink(missing_ok=True)
