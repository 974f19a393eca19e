"""The end of a run: let every pending timer of the page run out, in virtual time where that works.

Emulation.setVirtualTimePolicy (CDP) lets the page's clock run ahead: timers fire at once, and the clock stands still
while a request is under way. Steps are played in real time; only what is left (vendors' batches of 5 to 60 s, the
random 0-5 s of analytics-next's destination buffer) is run out here. Virtual time is the page's own: other contexts
of the browser do not notice, and it ends with the page.

Two things do not follow it by themselves. A worker's thread sleeps on in real time until something wakes it, and then
finds that its timers are due. And a request that is never answered (a long poll) would hold the clock for ever: where
one does, time goes on without it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from pyppeteer.errors import NetworkError

from testbed.devices.api import Traffic
from testbed.devices.chromium.pipe import FlatSession

CHUNK_MS = 10_000
IDLE_CHUNKS = 7
"""Virtual time without a new request after which the page counts as quiet: more than a minute."""
CHUNKS = 14
LAST_MS = 900_000
"""The last chunk, of a page that seems quiet: what waits for more than a minute comes then."""
FRAME_WITHIN_S = 0.2
CHUNK_WITHIN_S = 3.0
"""Wall-clock guard: a long poll never lets a chunk end."""
STILL_MS = 20.0
HELD_WITHIN_S = 0.3
"""How long what is under way may take to be answered, once it is known that something never is."""
REAL_STILL_MS = 6_000.0
REAL_WITHIN_S = 20.0


async def run_out(session: FlatSession, traffic: Traffic, wake: Callable[[], Awaitable[bool]]) -> str:
    """Spend virtual time until a minute of it brought no new request, two minutes at most. `wake` wakes the page's
    workers and says whether there are any. Gives `virtual-time`, or `real-time` where the page's clock could not be had
    and real quiet was waited for instead."""
    await traffic.quiet(still_ms=STILL_MS, within_s=CHUNK_WITHIN_S)
    expired = asyncio.Event()

    def on_expired(_: object) -> None:
        expired.set()

    session.events.on("Emulation.virtualTimeBudgetExpired", on_expired)
    try:
        await session.send("Emulation.setVirtualTimePolicy", {"policy": "pause", "initialVirtualTime": time.time()})
        idle, policy = 0, WAITING
        for _ in range(CHUNKS):
            before = traffic.count
            expired.clear()
            try:
                await _chunk(session, policy, expired, LAST_MS if idle >= IDLE_CHUNKS else CHUNK_MS)
            except TimeoutError:
                if policy == ADVANCING:
                    raise
                policy = ADVANCING
                await _chunk(session, policy, expired, CHUNK_MS)
            woken = await wake()
            if woken or traffic.in_flight:  # a beacon or a worker's request: neither holds the clock
                within_s = CHUNK_WITHIN_S if policy == WAITING else HELD_WITHIN_S
                await traffic.quiet(still_ms=STILL_MS, within_s=within_s)
            idle = idle + 1 if traffic.count == before else 0
            if idle == IDLE_CHUNKS:
                await _frame(session)
            if idle > IDLE_CHUNKS:
                break
    except (NetworkError, TimeoutError):
        await traffic.quiet(still_ms=REAL_STILL_MS, within_s=REAL_WITHIN_S)
        return "real-time"
    finally:
        session.events.remove_listener("Emulation.virtualTimeBudgetExpired", on_expired)
    return "virtual-time"


WAITING, ADVANCING = "pauseIfNetworkFetchesPending", "advance"


async def _chunk(session: FlatSession, policy: str, expired: asyncio.Event, budget_ms: int) -> None:
    async with asyncio.timeout(CHUNK_WITHIN_S):
        await session.send("Emulation.setVirtualTimePolicy", {"policy": policy, "budget": budget_ms})
        await expired.wait()


async def _frame(session: FlatSession) -> None:
    """Let the page draw: frames come in real time, and what asked for one (requestAnimationFrame) waits for it."""
    drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => true)"
    with suppress(TimeoutError):  # a page that draws nothing any more has nothing that waits for it
        async with asyncio.timeout(FRAME_WITHIN_S):
            await session.send("Runtime.evaluate", {"expression": drawn, "awaitPromise": True})
