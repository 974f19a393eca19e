"""Our side: runs on a fleet that is up, and commands as a user types them."""

from __future__ import annotations

import asyncio
import sys
import time

from testbed import events
from testbed.fleet import client
from testbed.fleet.model import RunRequest
from testbed.plugin import pack
from tests.bench.examples import EXAMPLES, ORDER
from tests.bench.figure import Measure
from tests.own_fleet import TESTBED


async def played(
    example: str, scenario: str, *, workers: int, repeat: int = 1, target: str = "*"
) -> list[events.Event]:
    """The events of a run on the fleet that is up; it must pass."""
    request = RunRequest(scenarios=(scenario,), platforms=(target,), source=example, workers=workers, repeat=repeat)

    def run() -> list[events.Event]:
        return [events.decode(line) for line in client.run(pack(EXAMPLES / example), request)]

    stream = await asyncio.to_thread(run)
    assert isinstance(stream[-1], events.RunEnded)
    assert stream[-1].exit_code == 0, f"{example}, {scenario} ended in {stream[-1].exit_code}"
    return stream


async def warm() -> float:
    """From the fresh context to the verdict, in ms."""
    (verdict,) = [event.verdict for event in await played("acme", ORDER, workers=1) if isinstance(event, events.Judged)]
    return verdict.duration_ms


async def two() -> float:
    """Two at once, from the first context to the last verdict, in ms."""
    stream = await played("acme", ORDER, workers=2, repeat=2)
    started = min(event.time for event in stream if isinstance(event, events.ScenarioStarted))
    judged = [event.time for event in stream if isinstance(event, events.Judged)]
    assert len(judged) == 2
    return (max(judged) - started) * 1000


def ending(example: str, scenario: str, target: str = "*") -> Measure:
    """From the last step to the verdict, in ms: in it, all timers of the page run out."""

    async def measure() -> float:
        stream = await played(example, scenario, workers=1, target=target)
        last = max(event.time for event in stream if isinstance(event, events.StepPlayed))
        (judged,) = [event.time for event in stream if isinstance(event, events.Judged)]
        return (judged - last) * 1000

    return measure


def command(*args: str) -> Measure:
    """A command from its start to its end, in ms. It must succeed."""

    async def measure() -> float:
        return (await _timed(*args))[0]

    return measure


def testbed(*args: str) -> Measure:
    return command(*TESTBED, *args)


python = command(sys.executable, "-c", "pass")
"""What no command in Python is faster than."""


async def thin() -> float:
    """A whole `testbed run` on the fleet that is up, less the run itself, in ms."""
    took, out = await _timed(*TESTBED, "run", str(EXAMPLES / "acme"), "-P", "web", "-k", ORDER, "--json")
    ended = events.decode(out.splitlines()[-1])
    assert isinstance(ended, events.RunEnded)
    return took - ended.duration_ms


async def _timed(*args: str) -> tuple[float, bytes]:
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(*args, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    took = (time.perf_counter() - started) * 1000
    assert process.returncode == 0, f"{' '.join(args)} ended in {process.returncode}"
    return took, out
