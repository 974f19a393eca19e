"""Where the time goes: of a warm run its phases by the wall clock, and our own process by cProfile; of the thin command
and of a cold run the process by cProfile.

The browser's part is in the phases: while Chromium works, our process waits.
"""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise

from testbed import events
from testbed.devices.api import DeviceSpec
from testbed.fleet.fleet import open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.plugin import pack
from tests.bench.examples import EXAMPLES, ORDER
from tests.bench.figure import Spread
from tests.bench.table import told
from tests.own_fleet import own_fleet

FUNCTIONS = 60


def profiled(times: int) -> str:
    """Plays `times` warm runs in this process, and each command once; gives what they took as text."""
    acme = ("run", str(EXAMPLES / "acme"), "-P", "web", "-k", ORDER, "--json")
    parts = [asyncio.run(_warm(times))]
    with own_fleet():
        parts.append(_command("testbed run on a fleet that is up", *acme))
        parts.append(_command("testbed run without a fleet", *acme, "--no-fleet"))
    return "\n".join(parts)


def _command(what: str, *args: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/stats"
        profiled = (sys.executable, "-m", "cProfile", "-o", file, "-m", "testbed", *args)
        subprocess.run(profiled, check=True, stdout=subprocess.DEVNULL)
        return f"{what}: its process by cProfile\n\n{_told(file)}"


def _told(profile: cProfile.Profile | str) -> str:
    """Functions by their own time, and by that of all they call."""
    text = io.StringIO()
    for order in ("tottime", "cumtime"):
        pstats.Stats(profile, stream=text).strip_dirs().sort_stats(order).print_stats(FUNCTIONS)
    return text.getvalue()


async def _warm(times: int) -> str:
    streams: list[list[events.Event]] = []
    options = FleetOptions(devices=(DeviceSpec(platform="web"),))
    request = RunRequest(platforms=("web",), scenarios=(ORDER,))
    zipped = pack(EXAMPLES / "acme")
    with Home.make("bench") as home:
        async with open_fleet(options, env=home.env, emit=lambda _: None) as fleet:
            for number in range(2 * times + 1):  # the first is not counted; a profiler slows down what it looks at
                if number == times + 1:
                    profiler = cProfile.Profile()
                    profiler.enable()
                stream: list[events.Event] = []
                assert await fleet.run(zipped, request, stream.append) == 0
                if 0 < number <= times:
                    streams.append(stream)
            profiler.disable()
    text = io.StringIO()
    text.write(f"Phases of a warm run of examples/acme, {ORDER}, in ms, p50 (p5 to p95) of {times}:\n\n")
    for name, took in phases(streams):
        text.write(f"  {name:48} {told(Spread.of(took))}\n")
    text.write(f"\nOur process over {times} more such runs, by cProfile:\n\n{_told(profiler)}")
    return text.getvalue()


def phases(streams: Sequence[Sequence[events.Event]]) -> Iterator[tuple[str, list[float]]]:
    """(name, ms of each run) from one mark of a run to the next."""
    marks = [_marks(stream) for stream in streams]
    names = list(marks[0])
    for before, name in pairwise(names):
        yield f"{before} -> {name}", [(each[name] - each[before]) * 1000 for each in marks]


def _marks(stream: Sequence[events.Event]) -> dict[str, float]:
    """Epoch seconds of what happens in a run, in order."""
    flows = [event.flow for event in stream if isinstance(event, events.FlowCaptured)]

    def asked(part: str) -> float:
        return next(flow.started for flow in flows if part in flow.request.url)

    return {
        "start": next(event.time for event in stream if isinstance(event, events.ScenarioStarted)),
        "page asked for": flows[0].started,
        "analytics.js asked for": asked("analytics.min.js"),
        "settings asked for": asked("/settings"),
        "plugin asked for": asked("/next-integrations/"),
        "last step played": max(event.time for event in stream if isinstance(event, events.StepPlayed)),
        "page left": asked("/testbed/farewell"),
        "evidence read": next(event.time for event in stream if isinstance(event, events.FlowCaptured)),
        "verdict": next(event.time for event in stream if isinstance(event, events.Judged)),
    }
