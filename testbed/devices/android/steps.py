"""How each step of a scenario is played on an app."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

import msgspec

from testbed.devices.android.channel import Reply
from testbed.devices.android.quiet import STILL_MS, at_rest
from testbed.devices.android.run import ANSWER_WITHIN_S, LAUNCH, Died, Run, deep_link
from testbed.devices.api import LogLine, StepReply, Traffic, Unobserved
from testbed.scenario import steps

HOME = "input keyevent KEYCODE_HOME"

REAL_AT_MOST_S = 5.0
"""How much time is waited for in person, where the app's clock cannot be moved."""

SENT_WITHIN_S = 3.0
FLUSHED_WITHIN_S = 3.0

DONE = StepReply(outcome="done")


async def play(run: Run, step: steps.Step, traffic: Traffic) -> StepReply:
    """Play a step. What the app does wrong makes it fail; raises DeviceFault when the device does."""
    started = time.monotonic()
    try:
        reply = await _play(run, step, traffic)
        if not await run.alive():
            run.check()
    except Died as died:
        reply = StepReply(outcome="failed", reason=str(died))
    except TimeoutError:
        reason = f"the app's main thread did not answer within {ANSWER_WITHIN_S:g} s"
        reply = StepReply(outcome="failed", reason=reason)
    duration_ms = round((time.monotonic() - started) * 1000, 1)
    return msgspec.structs.replace(reply, duration_ms=duration_ms)


async def leave(run: Run, traffic: Traffic) -> tuple[Unobserved, ...]:
    """Send the app to the background, as its user would, and wait until what it stores and sends then is through. What
    an app loses that is killed in the midst of that is nobody's fault."""
    with suppress(Died):
        if await run.alive():
            await run.adb.run(HOME)
            pending = await at_rest(run, traffic)
            await traffic.quiet(still_ms=STILL_MS, within_s=FLUSHED_WITHIN_S)
            return tuple(Unobserved(each, "still at work when the app was ended") for each in pending.busy)
    return ()


async def _play(run: Run, step: steps.Step, traffic: Traffic) -> StepReply:
    match step:
        case steps.Settings():
            return DONE  # seen by the next process of the app
        case steps.Wait():
            return await _wait(run, step)
        case steps.Restart():
            await leave(run, traffic)
            await run.stop()
            await run.launch()
            return DONE
    run.check()
    match step:
        case steps.Background():
            await run.adb.run(HOME)
            return DONE
        case steps.Foreground():
            await run.start(LAUNCH)
            return DONE
        case steps.Open():
            return await _open(run, step.url)
        case steps.Offline() | steps.Online():
            return await _network(run, offline=isinstance(step, steps.Offline))
        case steps.Advance():
            return await _advance(run, step.by_s, traffic)
    return _reply(run, await run.ask(steps.name_of(step), **_fields(step)))


def _fields(step: steps.Step) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(step)
    return {key: value for key, value in fields.items() if key not in {"do", "only", "place"}}


def _reply(run: Run, reply: Reply) -> StepReply:
    if reply.na:
        return StepReply(outcome="n/a", reason=reply.na)
    if reply.error is not None:
        run.record(reply.error)
        return StepReply(outcome="failed", message_id=reply.message_id, reason=reply.error.message)
    return StepReply(outcome="done", message_id=reply.message_id, value=reply.value, reason=reply.reason)


async def _open(run: Run, url: str) -> StepReply:
    if "://" not in url:
        return StepReply(outcome="n/a", reason="an Android app has no pages: a deep link is a whole URL")
    await run.start(deep_link(url))
    return DONE


async def _network(run: Run, *, offline: bool) -> StepReply:
    if not offline:
        await run.network.online()
    elif why := run.network.cannot_be_taken():
        return StepReply(outcome="n/a", reason=why)
    else:
        await run.network.offline()
    return DONE


async def _advance(run: Run, by_s: float, traffic: Traffic) -> StepReply:
    if run.virtual:
        reply = await run.ask("advance", by_s=by_s)
        await traffic.quiet(still_ms=STILL_MS, within_s=SENT_WITHIN_S)
        done = _reply(run, reply)
        return done if done.outcome != "done" else StepReply(outcome="done", reason="in virtual time")
    if by_s > REAL_AT_MOST_S:
        reason = f"this device's clock cannot be moved, and {by_s:g} s are too long to wait"
        return StepReply(outcome="failed", reason=reason)
    await asyncio.sleep(by_s)
    return StepReply(outcome="done", reason="in real time: this device's clock cannot be moved")


async def _wait(run: Run, step: steps.Wait) -> StepReply:
    """For a log line; requests are waited for by the runner, who sees them."""
    wanted = step.log
    if wanted is None:
        return StepReply(outcome="failed", reason="wait needs `request` or `log`")

    def matches(line: LogLine) -> bool:
        return wanted in line.text

    try:
        async with asyncio.timeout(step.within_s):
            line = await run.logbook.wait_for(matches)
    except TimeoutError:
        return StepReply(outcome="failed", reason=f"no log line with {wanted!r} within {step.within_s:g} s")
    return StepReply(outcome="done", value=line.text)
