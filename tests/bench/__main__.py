"""`make bench`: all figures in one run, as ratios, beside the budgets. Nothing else should run on the machine."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from testbed.devices.chromium.find import find_browser
from tests.bench import ours
from tests.bench.capturing import STEP, capturing
from tests.bench.examples import EXAMPLES, ORDER
from tests.bench.figure import Budget, Figure, Measure, paired
from tests.bench.machine import this_machine
from tests.bench.profile import profiled
from tests.bench.rival import rival
from tests.bench.table import as_json, printed
from tests.own_fleet import own_fleet

ACME = str(EXAMPLES / "acme")
COLD = ("run", ACME, "-P", "web", "-k", ORDER, "--no-fleet")
PLAYWRIGHT = "Playwright, route.fulfill"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--times", type=int, default=30, help="samples of each figure; of a cold run a third")
    parser.add_argument("--flows", type=int, default=10 * STEP, help=f"through capture, a multiple of {STEP}; or 0")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures, with every sample")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="write where the time goes")
    asked = parser.parse_args()
    browser = find_browser("", os.environ)
    machine = this_machine(browser, asked.seed)
    if asked.flows % STEP:
        parser.error(f"--flows must be a multiple of {STEP}, or 0")
    figures = asyncio.run(_measured(browser, asked.times, asked.flows, random.Random(asked.seed)))
    printed(machine, figures)
    if asked.json:
        asked.json.write_bytes(as_json(machine, figures))
    if asked.profile:
        asked.profile.write_text(profiled(asked.times))
    missed = [figure.what for figure in figures if figure.met is False]
    if missed:
        print(f"budgets missed: {', '.join(missed)}; PROFILE=1 writes where the time goes")  # noqa: T201
    return 0


async def _measured(browser: str, times: int, flows: int, order: random.Random) -> Sequence[Figure]:
    figures = []
    with own_fleet("--workers", "2"):
        async for figure in _of_runs(browser, times, order):
            figures.append(figure)
            print(f"  {figure.what}", file=sys.stderr, flush=True)  # noqa: T201
    return figures + (await capturing(flows, order) if flows else [])


async def _of_runs(browser: str, times: int, order: random.Random) -> AsyncIterator[Figure]:
    """Those of runs and commands, with the fleet up."""

    async def figure(
        what: str, one: Measure, against: str, other: Measure, budget: Budget | None = None, *, n: int = times
    ) -> Figure:
        mine, theirs = await paired(one, other, n, order)
        return Figure(what=what, against=against, unit="ms", ours=mine, theirs=theirs, budget=budget)

    async with rival(browser) as there:
        yield await figure("warm run", ours.warm, PLAYWRIGHT, there.run, Budget("ratio", 0.6))
        yield await figure("two warm runs at once", ours.two, f"{PLAYWRIGHT}, two at once", there.two)
    cold = ours.command(sys.executable, "-m", "tests.bench.rival", browser)
    yield await figure("cold run", ours.testbed(*COLD), PLAYWRIGHT, cold, n=max(1, times // 3))
    yield await figure("testbed --help", ours.testbed("--help"), "python -c pass", ours.python, Budget("ours", 150))
    yield await figure("thin testbed run, less the run", ours.thin, "python -c pass", ours.python, Budget("ours", 250))
    plain = ours.ending("acme", ORDER)
    for example, scenario, target in (("mixpanel", "batch", "*"), ("braze", "[o]rder completed", "presets")):
        what = f"vendor timers at the end, {example}"
        timers = ours.ending(example, scenario, target)
        yield await figure(what, timers, "acme, which has none", plain, Budget("ours", 300))


if __name__ == "__main__":
    sys.exit(main())
