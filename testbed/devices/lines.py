"""What a device said, in order, and waiting for what it will say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from testbed.devices.api import LogLine

Level = Literal["debug", "info", "warning", "error"]


class Lines:
    """The lines of one run. `on_line` is told of each."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self.on_line: Callable[[LogLine], None] = lambda _: None
        self._waiters: list[tuple[Callable[[LogLine], bool], asyncio.Future[LogLine]]] = []

    def add(self, line: LogLine) -> None:
        self.lines.append(line)
        self.on_line(line)
        for waiter in list(self._waiters):
            wanted, found = waiter
            if wanted(line):
                self._waiters.remove(waiter)
                if not found.done():
                    found.set_result(line)

    async def wait_for(self, wanted: Callable[[LogLine], bool]) -> LogLine:
        """The first line that is `wanted`, among those already there or yet to come. Bound it from outside."""
        for line in self.lines:
            if wanted(line):
                return line
        found: asyncio.Future[LogLine] = asyncio.get_running_loop().create_future()
        self._waiters.append((wanted, found))
        return await found

    def harness(self, level: Level, text: str, *, stack: str = "", by_plugin: bool = False) -> None:
        self.add(LogLine(source="harness", level=level, text=text, stack=stack, by_plugin=by_plugin, time=time.time()))
