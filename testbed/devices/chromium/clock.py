"""The clock of a page: the device's own at first, and from the first `advance`, or the end of the run, a virtual one.

Emulation.setVirtualTimePolicy (CDP) grants the page's process a budget of time: its timers fire at once and in order,
what they stamp says the time that they were due, and at the end of the budget all stands still. There is no way back to
real time, so that from then on every millisecond has to be granted. `Clock` does that in step with real time, ahead of
it by what was advanced: the steps that follow find a page that goes on as any other does.

The clock is the process's, so that it holds for frames and workers too, and over navigations: a page of another site
gets a process of its own, whose clock begins at the last `initialVirtualTime`. A worker's thread, however, sleeps on in
real time until something wakes it, and only then finds that its timers are due.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pyppeteer.errors import NetworkError

from testbed.devices.chromium.pipe import FlatSession

WAITING, ADVANCING = "pauseIfNetworkFetchesPending", "advance"
"""The policies: time stands still while a request of the page is under way, or it does not."""

BEAT_S = 0.01
"""How often a virtual clock is brought up to real time: how late a timer may fire."""
ANSWER_WITHIN_S = 1.0
NOTHING_S = 0.01
SPENT_WITHIN_S = 3.0
"""Wall-clock guard of one budget: a request that is never answered (a long poll) lets none of it end."""


class Clock:
    """Of the page that `session` is attached to. `ahead_s`: by how much its time is later than the device's; `waits`:
    what is spent stands still while a request is under way, until one was met that may never be answered."""

    def __init__(self, session: FlatSession) -> None:
        self._session = session
        self._tasks = asyncio.TaskGroup()
        self._turn = asyncio.Lock()
        self._expired = asyncio.Event()
        self._over = asyncio.Event()
        self._until = 0.0  # epoch seconds up to which the page's time was granted
        self._offset = 0.0  # from the monotonic clock to real time
        self._overdue = False
        self._virtual = False
        self.waits = True
        self.ahead_s = 0.0
        session.events.on("Emulation.virtualTimeBudgetExpired", lambda _: self._expired.set())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Owns what keeps the page's time going."""
        async with self._tasks:
            yield
            self.stop()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """The page's time is virtual, and goes on only by what is spent under this. Raises NetworkError where the
        browser has no virtual time."""
        async with self._turn:
            if not self._virtual:
                self._until = time.time()
                self._offset = self._until - time.monotonic()
                await self._set("pause")
                self._virtual = True
                self._tasks.create_task(self._beat())
            yield

    async def spend(self, seconds: float) -> float:
        """Let so much of the page's time pass; call it while the clock is held. Gives how much of it did not within
        SPENT_WITHIN_S of real time. Raises TimeoutError where the page is too busy for any."""
        left = 0.0
        try:
            await self._grant(seconds, WAITING if self.waits else ADVANCING, SPENT_WITHIN_S)
        except TimeoutError:
            left = self._until - await self._read()
            self._until -= left
            if left > seconds - NOTHING_S:
                if not self.waits:
                    raise
                self.waits = False
        self.ahead_s += seconds - left
        return left

    def stop(self) -> None:
        """Let no more time pass but what is spent."""
        self._over.set()

    async def _beat(self) -> None:
        """Keep the page's time in step with real time until the clock is stopped."""
        with suppress(NetworkError):  # the page is gone, and its time with it
            while not await _happens(self._over, within_s=BEAT_S):
                async with self._turn:
                    behind = time.monotonic() + self._offset + self.ahead_s - self._until
                    if behind > 0 and not self._over.is_set():
                        with suppress(TimeoutError):  # the page's main thread is busy: its time stands still meanwhile
                            await self._grant(behind, ADVANCING, ANSWER_WITHIN_S)

    async def _grant(self, seconds: float, policy: str, within_s: float) -> None:
        self._until += seconds
        try:
            async with asyncio.timeout(within_s):
                while seconds > 0:
                    self._expired.clear()
                    await self._set(policy, budget=seconds * 1000)
                    await self._expired.wait()
                    # A budget that was not spent in time ends some day all the same, and stops a later one.
                    seconds = self._until - await self._read() if self._overdue else 0
        except TimeoutError:
            self._overdue = True
            raise

    async def _read(self) -> float:
        """The page's time, in epoch seconds."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            asked = {"expression": "(globalThis.__testbed?.now ?? Date.now)()", "returnByValue": True}
            answer = await self._session.send("Runtime.evaluate", asked)
        return float(answer["result"]["value"]) / 1000

    async def _set(self, policy: str, **more: float) -> None:
        # Only a process whose clock is still real heeds the time: it is that at the end of the budget, where a page of
        # another site will begin.
        now = {"initialVirtualTime": self._until}
        await self._session.send("Emulation.setVirtualTimePolicy", {"policy": policy, **now, **more})


async def _happens(event: asyncio.Event, *, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
