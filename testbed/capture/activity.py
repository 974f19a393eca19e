"""What is under way on one listener, and the waits that hang on it. Event-driven: nothing polls, nothing sleeps."""

from __future__ import annotations

import asyncio


class Activity:
    """Counts what begins and ends, and wakes whoever waits for a change."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._begun = 0
        self._changed = asyncio.Event()

    @property
    def in_flight(self) -> int:
        return len(self._under_way)

    @property
    def count(self) -> int:
        return self._begun

    def begin(self, key: str, *, request: bool = True) -> None:
        """`key` is under way. Only requests count; a TLS handshake holds quiet back without being one."""
        self._under_way.add(key)
        self._begun += request
        self.touch()

    def end(self, key: str) -> None:
        self._under_way.discard(key)
        self.touch()

    def touch(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def change(self) -> None:
        """Until the next begin, end or touch."""
        await self._changed.wait()

    async def quiet(self, *, still_ms: float, within_s: float) -> bool:
        """Until nothing is under way and nothing begins for `still_ms`; False when `within_s` ran out first."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    if self._under_way:
                        await self.change()
                    elif not await self._stirs_within(still_ms / 1000):
                        return True
        except TimeoutError:
            return False

    async def _stirs_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.change()
        except TimeoutError:
            return False
        return True
