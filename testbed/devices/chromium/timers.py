"""What waits for time to pass: let it come, without waiting.

Vendors' batches of 5 to 60 s and the random 0-5 s of analytics-next's destination buffer are run out in virtual time,
in pieces, after each of which what was sent is waited for: beacons and the requests of workers do not hold the clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from pyppeteer.errors import NetworkError

from testbed.devices.api import Settled, Traffic, Unobserved
from testbed.devices.chromium.clock import Clock
from testbed.devices.chromium.pipe import FlatSession
from testbed.devices.chromium.workers import Workers

PIECE_S = 10.0
WORKERS_PIECE_S = 1.0
"""Where there are workers: a worker's interval ticks once a piece, however short it is."""
PIECES = 100
"""How many pieces a long time is cut into at most."""

IDLE_PIECES = 7
"""Pieces without a new request after which a page counts as quiet: more than a minute."""
LAST_S = 900.0
"""Let pass when a page seems quiet: what waits for more than a minute comes then."""
ROUNDS = 28

STILL_MS = 20.0
ANSWERED_WITHIN_S = 3.0
HELD_WITHIN_S = 0.3
"""How long what is under way may take to be answered, once it is known that something never is."""
FRAME_WITHIN_S = 0.2
REAL_STILL_MS = 6_000.0
REAL_WITHIN_S = 20.0


class Timers:
    """The timers of one page and its workers. Use it while the clock is held."""

    def __init__(self, clock: Clock, traffic: Traffic, workers: Workers) -> None:
        self._clock = clock
        self._traffic = traffic
        self._workers = workers
        self._known = 0

    async def run(self, seconds: float) -> None:
        """Let so much time pass, and wait until what was sent in it is answered. Raises TimeoutError where the page is
        too busy for its time to pass."""
        left = seconds
        woken = False
        while left > 0:
            piece = WORKERS_PIECE_S if self._workers.any else PIECE_S
            wanted = min(left, max(piece, seconds / PIECES))
            left -= wanted - await self._clock.spend(wanted)
            woken = await self._workers.wake() or woken
            if self._traffic.in_flight and self._traffic.count > self._known:
                await self._answered()
        if woken:
            await self._answered()

    async def _answered(self) -> None:
        """Once for each request: one that is not answered by then may never be."""
        self._known = self._traffic.count
        within_s = ANSWERED_WITHIN_S if self._clock.waits else HELD_WITHIN_S
        await self._traffic.quiet(still_ms=STILL_MS, within_s=within_s)


async def advance(clock: Clock, seconds: float, traffic: Traffic, workers: Workers) -> None:
    """Move the page's clock on by so much. Raises TimeoutError as Timers.run does, and NetworkError where the browser
    has no virtual time."""
    async with clock.held():
        await Timers(clock, traffic, workers).run(seconds)


async def run_out(clock: Clock, session: FlatSession, traffic: Traffic, workers: Workers) -> Settled:
    """Let time pass until a minute and then a quarter of an hour of it brought no new request. After that the page's
    time stands still."""
    advanced_s = clock.ahead_s
    await traffic.quiet(still_ms=STILL_MS, within_s=ANSWERED_WITHIN_S if clock.waits else HELD_WITHIN_S)
    try:
        async with clock.held():
            quiet = await _until_quiet(Timers(clock, traffic, workers), session, traffic)
            clock.stop()
    except (NetworkError, TimeoutError):
        await traffic.quiet(still_ms=REAL_STILL_MS, within_s=REAL_WITHIN_S)
        return Settled(by="real-time", unobserved=tuple(_unobserved(traffic, workers, advanced_s)))
    passed = clock.ahead_s - advanced_s
    unobserved = list(_unobserved(traffic, workers, advanced_s))
    if not quiet:
        unobserved.append(Unobserved("late requests", "the page never fell silent: it still sent some at the end"))
    return Settled(by="virtual-time", virtual_s=round(passed, 3), unobserved=tuple(unobserved))


async def _until_quiet(timers: Timers, session: FlatSession, traffic: Traffic) -> bool:
    """Whether the page became quiet within ROUNDS."""
    idle = 0
    for _ in range(ROUNDS):
        before = traffic.count
        await timers.run(LAST_S if idle >= IDLE_PIECES else PIECE_S)
        idle = idle + 1 if traffic.count == before else 0
        if idle > IDLE_PIECES:
            return True
        if idle == IDLE_PIECES:
            await _frame(session)
    return False


async def _frame(session: FlatSession) -> None:
    """Let the page draw: frames come in real time, and what asked for one (requestAnimationFrame) waits for it."""
    drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => true)"
    with suppress(TimeoutError):  # a page that draws nothing any more has nothing that waits for it
        async with asyncio.timeout(FRAME_WITHIN_S):
            await session.send("Runtime.evaluate", {"expression": drawn, "awaitPromise": True})


def _unobserved(traffic: Traffic, workers: Workers, advanced_s: float) -> Iterator[Unobserved]:
    """What the clock cannot reach."""
    if traffic.in_flight:
        yield Unobserved("a request without an answer", "nor what the page would have done with it")
    if workers.deaf:
        yield Unobserved("a worker's timers", "it was too busy to answer")
    if advanced_s:
        kept = f"what expires within the {advanced_s:g} s that were advanced was still there"
        yield Unobserved("cookies and the HTTP cache", f"they keep the device's own time: {kept}")
