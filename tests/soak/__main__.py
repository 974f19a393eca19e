"""`make soak`: the examples' suite COUNT times on one warm fleet, on one platform. COUNT identical normal reports, and
a fleet whose programs hold no more at the end than once they were warm."""

from __future__ import annotations

import argparse
import difflib
import json
import random
import re
import select
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import get_args

from testbed.fleet import client
from testbed.fleet.model import RunRequest
from testbed.plugin import load, pack
from testbed.plugin.model import Platform
from tests.own_fleet import own_fleet
from tests.soak.names import UUID
from tests.soak.normal import Json, normal
from tests.vitals import PROC, Vitals, family, vitals

EXAMPLES = Path(__file__).parents[2] / "examples"
WARM = 10
"""Runs after which the fleet counts as warm; a fifth of COUNT where that is less."""

GROWTH = {"processes": 0, "descriptors": 2, "threads": 2}
"""By how much each may grow from warm to the end, of the fleet and of each kind of program that it started."""

PROGRAMS = {"java": "JVMs", "adb": "adb"}
"""The kind of a program by what the kernel calls it; any other is the browser's, which has many."""

RSS_GROWTH = 0.10
REST_S = 10.0
"""How long to wait for what a run leaves to its end: Chromium ends a page's process in its own time."""

NOTHING = vitals([])

SHOWN = 40
"""Lines of a difference that are printed."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--platform", default="web", choices=get_args(Platform))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    say(f"seed {asked.seed} orders the examples of each run; again: make soak COUNT={asked.count} SEED={asked.seed}")
    with own_fleet("--workers", str(asked.workers), "--device", asked.platform):
        return soak(asked.count, random.Random(asked.seed), asked.platform)


def soak(count: int, order: random.Random, platform: Platform) -> int:
    """0 only if all reports are one, every run passed and nothing grew."""
    folders = sorted(path.parent for path in EXAMPLES.glob("*/plugin.toml"))
    zips = {folder.name: pack(folder) for folder in folders if runs_on(platform, folder)}
    names = list(zips)
    kept = {name: ids_of(EXAMPLES / name) for name in names}
    warm_after = min(WARM, max(1, count // 5))
    first: dict[str, Json] = {}
    faults: list[str] = []
    start = warm = measured("at the start")
    began = time.monotonic()
    for number in range(1, count + 1):
        for name in order.sample(names, len(names)):
            stream = played(zips[name], name, platform)
            report = normal(stream, kept[name])
            if stream[-1]["exit_code"] != 0:
                faults.append(f"run {number}: {name} ended in {stream[-1]['exit_code']}")
            if first.setdefault(name, report) != report:
                faults.append(f"run {number}: the report of {name} differs from that of run 1")
                show(first[name], report)
        say(f"run {number} of {count}  {time.monotonic() - began:.0f} s  {len(faults)} faults")
        if number == warm_after:
            warm = measured(f"after {number} runs", at_most=start)
    end = measured("at the end", at_most=warm)
    faults += [f"{who}: {what}" for who, held in end.items() for what in grown(warm.get(who, NOTHING), held)]
    for fault in faults:
        say(f"FAILED  {fault}")
    if not faults:
        say(f"passed: {count} runs of {', '.join(names)}; {count} identical normal reports of each")
    return 1 if faults else 0


def grown(before: Vitals, after: Vitals) -> Iterator[str]:
    """What has grown by more than it may."""
    for what, allowed in GROWTH.items():
        if (more := getattr(after, what) - getattr(before, what)) > allowed:
            yield f"{more} more {what}, {allowed} allowed"
    if after.rss > before.rss * (1 + RSS_GROWTH):
        yield f"RSS grew by {after.rss / before.rss - 1:.0%}, {RSS_GROWTH:.0%} allowed"


def measured(when: str, at_most: dict[str, Vitals] | None = None) -> dict[str, Vitals]:
    """What the fleet and its programs hold, once they hold no more processes than in `at_most`."""
    until = time.monotonic() + REST_S
    pid = client.status().fleet.pid
    while True:
        found = {who: vitals(pids) for who, pids in kinds(pid).items()}
        settled = at_most is None or all(
            held.processes <= at_most.get(who, NOTHING).processes for who, held in found.items()
        )
        if settled or time.monotonic() > until:
            break
        select.select([], [], [], 0.1)
    for who, held in found.items():
        say(f"{when:16} {who:8} {held}")
    return found


def kinds(fleet: int) -> dict[str, list[int]]:
    """The fleet's process, and those that it started by their kind."""
    found = {"fleet": [fleet]}
    for pid in family(fleet)[1:]:
        with suppress(OSError):  # it has ended
            name = (PROC / str(pid) / "comm").read_text().strip()
            found.setdefault(PROGRAMS.get(name, "browser"), []).append(pid)
    return found


def runs_on(platform: Platform, folder: Path) -> bool:
    return any(target.platform == platform for target in load(folder).manifest.targets.values())


def played(zipped: bytes, name: str, platform: Platform) -> list[Json]:
    return [json.loads(line) for line in client.run(zipped, RunRequest(source=name, platforms=(platform,)))]


def ids_of(folder: Path) -> frozenset[str]:
    """What looks like an id and is written in the plugin."""
    texts = [path.read_text() for path in (folder / "plugin.toml", *folder.glob("scenarios/*.yaml"))]
    return frozenset(found for text in texts for found in re.findall(UUID, text))


def show(one: Json, other: Json) -> None:
    before, after = (json.dumps(each, indent=1, ensure_ascii=False).splitlines() for each in (one, other))
    for line in list(difflib.unified_diff(before, after, "run 1", "this run", n=2, lineterm=""))[:SHOWN]:
        say(f"    {line[:200]}")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- this is what the command is for


if __name__ == "__main__":
    sys.exit(main())
