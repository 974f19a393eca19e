"""How each step of a scenario is played on a page."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
from pyppeteer.errors import NetworkError, PyppeteerError

from testbed.devices.api import LogLine, StepReply, Traffic
from testbed.devices.chromium.channel import HarnessError
from testbed.devices.chromium.run import PAGE_WITHIN_S, Run
from testbed.devices.chromium.tab import EvaluationError
from testbed.devices.chromium.timers import advance
from testbed.scenario import steps

ANSWER_MS = 1_000
"""How long a call may take to be offered to every destination; a classic `page` waits for it to be ready."""

REAL_AT_MOST_S = 5.0
"""How much time is waited for in person, where a page's clock cannot be moved."""

NO_TIME = "the page's clock could not be moved on"
NO_FLUSH = "analytics.js has no public flush: it sends each call at once"
NO_SCREEN = "analytics.js offers no screen call to a classic destination"


async def play(run: Run, step: steps.Step, traffic: Traffic) -> StepReply:
    """Play one step. What the plugin does wrong ends in a reply; only the device's own failure raises."""
    started = time.monotonic()
    try:
        reply = await _play(run, step, traffic)
    except HarnessError as error:
        reply = StepReply(outcome="failed", reason=str(error))
    except EvaluationError as error:
        reply = StepReply(outcome="failed", reason=f"it threw {error}")
    except TimeoutError:
        reply = StepReply(outcome="failed", reason=f"the page did not answer within {PAGE_WITHIN_S:g} s")
    return msgspec.structs.replace(reply, duration_ms=round((time.monotonic() - started) * 1000, 1))


async def _play(run: Run, step: steps.Step, traffic: Traffic) -> StepReply:
    match step:
        case steps.Flush():
            return StepReply(outcome="n/a", reason=NO_FLUSH)
        case steps.Screen() if run.app.target.style == "classic":
            return StepReply(outcome="n/a", reason=NO_SCREEN)
        case steps.Settings():
            # By the time that the user comes back, the copy in the HTTP cache (max-age 120 s) has run out.
            await run.tab.session.send("Network.clearBrowserCache")
            return StepReply(outcome="done", reason="seen at the next load")
        case steps.Wait():
            return await _wait(run, step)
        case steps.Advance():
            return await _advance(run, step.by_s, traffic)
        case steps.Open():
            return await _open(run, step.url)
        case steps.Restart():
            await run.tab.reload()
            await run.ready()
            return DONE
    await run.ready()
    match step:
        case steps.CallStep():
            return await _call(run, step)
        case steps.Consent():
            return await _consent(run, step)
        case steps.Reset() | steps.Background() | steps.Foreground():
            await run.ask(steps.name_of(step))
            return DONE
        case steps.Offline() | steps.Online():
            return await _network(run, offline=isinstance(step, steps.Offline))
        case steps.Click():
            return await _click(run, step.selector)
        case steps.Evaluate():
            value = await run.tab.evaluate(step.script)
            await run.tab.arrive()
            return StepReply(outcome="done", value=value)
    raise AssertionError(f"no way to play {step}")


DONE = StepReply(outcome="done")


async def _call(run: Run, step: steps.CallStep) -> StepReply:
    fields: dict[str, Any] = msgspec.to_builtins(step)
    fields = {key: value for key, value in fields.items() if key not in {"do", "only", "place"}}
    name = "page" if isinstance(step, steps.View) else steps.name_of(step)
    # Offline, a call is only settled once the network is back.
    limit = 0 if run.offline else ANSWER_MS
    reply = await run.ask(name, within_ms=limit, **fields)
    reason = ""
    if reply.gone:
        reason = "the page was left before the SDK had offered the call to every destination"
    elif reply.buffered:
        reason = "analytics.js is not up: its stub took the call"
    elif not reply.settled and not run.offline:
        reason = f"a destination had not taken the call within {ANSWER_MS / 1000:g} s"
    run.record([failure for failure in reply.delivery if not run.mine(failure)])
    mine = tuple(f"{failure.plugin}: {failure.error}" for failure in reply.delivery if run.mine(failure))
    return StepReply(outcome="done", message_id=reply.messageId, reason=reason, delivery=mine)


async def _consent(run: Run, step: steps.Consent) -> StepReply:
    if run.site.consent is None:
        return StepReply(
            outcome="failed",
            reason="this scenario has no consent banner: give it `consent:` with the user's choice at the start",
        )
    run.site.consent = {**run.site.consent, **step.categories}
    reply = await run.ask("consent", within_ms=ANSWER_MS, categories=step.categories)
    return StepReply(outcome="done", message_id=reply.messageId)


async def _network(run: Run, *, offline: bool) -> StepReply:
    # Chromium sets navigator.onLine and fires the page's online and offline events itself.
    conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    await run.tab.session.send("Network.emulateNetworkConditions", conditions)
    run.offline = offline
    return DONE


async def _advance(run: Run, by_s: float, traffic: Traffic) -> StepReply:
    try:
        await advance(run.clock, by_s, traffic, run.tab.workers)
    except TimeoutError:
        return StepReply(outcome="failed", reason=f"{NO_TIME}: its main thread is too busy to answer")
    except NetworkError as error:
        if by_s > REAL_AT_MOST_S:
            return StepReply(outcome="failed", reason=f"{NO_TIME}, and {by_s:g} s are too long to wait: {error}")
        await asyncio.sleep(by_s)
        return StepReply(outcome="done", reason=f"in real time: {error}")
    return StepReply(outcome="done", reason="in virtual time")


async def _open(run: Run, where: str) -> StepReply:
    if error := await run.tab.go(run.site.url(where)):
        return StepReply(outcome="failed", reason=f"{where} did not load: {error}")
    await run.ready()
    return DONE


async def _click(run: Run, selector: str) -> StepReply:
    try:
        await run.tab.page.click(selector)
    except PyppeteerError as error:
        return StepReply(outcome="failed", reason=f"cannot click {selector!r}: {error}")
    await run.tab.evaluate("undefined")  # a round trip: a navigation that the click began is known after it
    await run.tab.arrive()
    return DONE


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
