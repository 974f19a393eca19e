"""The line that a device hangs on: all its connections share it, and its faults."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import msgspec

from testbed.virtual.adb.faults import Faults


class Line:
    """`drop` breaks all connections. Setting `faults` takes effect at once, on connections that are there too."""

    def __init__(self, faults: Faults, drop: Callable[[], None]) -> None:
        self._faults = faults
        self._drop = drop
        self._carried = 0
        self._changed = asyncio.Event()

    @property
    def faults(self) -> Faults:
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        before, self._faults, self._carried = self._faults, faults, 0
        self._changed.set()
        self._changed = asyncio.Event()
        if _greeting(before) != _greeting(faults):  # a client that was greeted otherwise has to come again
            self._drop()

    async def carry(self, count: int) -> None:
        """Returns when so many bytes are over. Raises ConnectionResetError when the line breaks with them."""
        faults = self._faults
        if faults.drop_after is not None:
            self._carried += count
            if self._carried > faults.drop_after:
                self._faults = msgspec.structs.replace(faults, drop_after=None)
                self._drop()
                raise ConnectionResetError("the line was dropped")
        if seconds := self.seconds(count):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._changed.wait()

    def seconds(self, count: int) -> float:
        """How long so many bytes take."""
        return self._faults.delay_s + (count / self._faults.bytes_per_s if self._faults.bytes_per_s else 0)


def _greeting(faults: Faults) -> tuple[bool, ...]:
    return faults.unauthorized, faults.offline, faults.refuse
