"""How much an app has stored."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

LOOK_EVERY_S = 0.5


async def fills(folder: Path, most_mb: int, over: Coroutine[Any, Any, object]) -> bool:
    """Whether `folder` outgrows a bound before `over` is done."""
    async with asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(over)
        try:
            while not (await asyncio.wait((ending,), timeout=LOOK_EVERY_S))[0]:
                if await asyncio.to_thread(size_of, folder) > most_mb << 20:
                    return True
            return False
        finally:
            ending.cancel()


def size_of(folder: Path) -> int:
    """In bytes of the disk: a file with holes takes less than its length. What goes meanwhile counts no more."""
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(root, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total
