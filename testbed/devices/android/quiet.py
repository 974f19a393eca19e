"""What an app still waits for: let it come, without waiting, until it sends nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

from testbed.devices.android.channel import Reply
from testbed.devices.android.run import Died
from testbed.devices.api import Settled, Traffic, Unobserved

PIECE_S = 10.0
"""The least that time is moved by at once: a timer that ticks every second must not make a thousand pieces."""
MINUTE_S = 70.0
"""Without a new request for so long, an app counts as quiet: more than a minute."""
LAST_S = 900.0
"""Let pass when an app seems quiet: what waits for more than a minute comes then."""
ROUNDS = 60

STILL_MS = 20.0
ANSWERED_WITHIN_S = 3.0
AT_WORK_WITHIN_S = 3.0
LOOK_AGAIN_S = 0.01
REAL_STILL_MS = 6_000.0
REAL_WITHIN_S = 20.0


class Asked(Protocol):
    """What is asked of an app, as of run.Run. `awaited` is how many of its requests were waited for already."""

    awaited: int

    @property
    def virtual(self) -> bool: ...

    async def ask(self, do: str, **fields: Any) -> Reply: ...


async def run_out(run: Asked, traffic: Traffic) -> Settled:
    """Let time pass until a minute and then a quarter of an hour of it brought no new request. On a device whose clock
    cannot be moved, wait for real quiet."""
    try:
        if not run.virtual:
            await traffic.quiet(still_ms=REAL_STILL_MS, within_s=REAL_WITHIN_S)
            return Settled(by="real-time", unobserved=(*(await run.ask("pending")).unobserved, *_unanswered(traffic)))
        return await _in_virtual_time(run, traffic)
    except Died:
        await traffic.quiet(still_ms=STILL_MS, within_s=ANSWERED_WITHIN_S)
        return Settled(by="real-time", unobserved=(Unobserved("what the app would have done later", "it was gone"),))


async def _in_virtual_time(run: Asked, traffic: Traffic) -> Settled:
    passed_s = idle_s = 0.0
    pending = await at_rest(run, traffic)
    for _ in range(ROUNDS):
        if idle_s >= MINUTE_S + LAST_S or pending.next_ms is None:
            break
        before = traffic.count
        piece_s = LAST_S if idle_s >= MINUTE_S else min(max(PIECE_S, pending.next_ms / 1000), LAST_S)
        await run.ask("advance", by_s=piece_s)
        passed_s += piece_s
        pending = await at_rest(run, traffic)
        idle_s = idle_s + piece_s if traffic.count == before else 0.0
    else:
        late = Unobserved("late requests", "the app never fell silent: it still sent some at the end")
        pending = Reply(id=0, unobserved=(*pending.unobserved, late))
    unobserved = (*pending.unobserved, *_at_work(pending.busy), *_unanswered(traffic))
    return Settled(by="virtual-time", virtual_s=round(passed_s, 3), unobserved=unobserved)


async def at_rest(run: Asked, traffic: Traffic) -> Reply:
    """Wait until no thread of the app is at work and what it sent is answered: AT_WORK_WITHIN_S at most. Gives what it
    still waits for."""
    loop = asyncio.get_running_loop()
    until = loop.time() + AT_WORK_WITHIN_S
    while True:
        await _answered(run, traffic)
        pending = await run.ask("pending")
        rests = not pending.busy and traffic.count <= run.awaited
        if rests or loop.time() >= until:
            return pending
        if pending.busy:
            await asyncio.sleep(LOOK_AGAIN_S)


async def _answered(run: Asked, traffic: Traffic) -> None:
    """Once for each request: one that is not answered by then may never be."""
    if traffic.in_flight and traffic.count > run.awaited:
        await traffic.quiet(still_ms=STILL_MS, within_s=ANSWERED_WITHIN_S)
    run.awaited = traffic.count


def _at_work(busy: Sequence[str]) -> Sequence[Unobserved]:
    return [Unobserved(each, "it was still at work at the end") for each in busy]


def _unanswered(traffic: Traffic) -> Sequence[Unobserved]:
    if not traffic.in_flight:
        return []
    return [Unobserved("a request without an answer", "nor what the app would have done with it")]
