"""The plan of a run: each scenario on each target that it and the request ask for."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

import msgspec

from testbed.devices.api import DeviceSpec
from testbed.errors import NothingRan, UsageError
from testbed.fleet.model import RunRequest
from testbed.plugin.model import Plugin, Target
from testbed.scenario import Scenario, covers


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario on one target, on a device of `device` (a DeviceSpec as text), "" where none can be had. `run` names
    it in every event, flow and report of the run; `repetition` counts from 1."""

    run: str
    scenario: Scenario
    target: Target
    device: str = ""
    repetition: int = 1


def plan(plugin: Plugin, scenarios: Sequence[Scenario], request: RunRequest) -> list[Item]:
    """The items of `request`, in order of scenario, then target. Raises NothingRan when no item is left and says which
    filter left none; UsageError when -P names nothing that the plugin has."""
    targets = _targets(plugin, request)
    pairs = [
        (scenario, target)
        for scenario in scenarios
        if _named(scenario, request.scenarios)
        for target in targets
        if covers(scenario.targets, target)
    ]
    if request.only_failed is not None:
        wanted = set(request.only_failed)
        pairs = [(s, t) for s, t in pairs if f"{s.name}::{t.id}" in wanted]
    if not pairs:
        raise NothingRan(_why_nothing(plugin, scenarios, request))
    return [Item(run=f"r{n}", scenario=s, target=t) for n, (s, t) in enumerate(pairs, start=1)]


def on_devices(items: Sequence[Item], specs: Sequence[DeviceSpec], *, repeat: int = 1) -> list[Item]:
    """Each item once for each device spec of its platform; once and without a device where there is none. All of them,
    then all again, `repeat` times."""
    spread = [
        msgspec.structs.replace(item, device=device, repetition=repetition)
        for repetition in range(1, repeat + 1)
        for item in items
        for device in [str(spec) for spec in specs if spec.platform == item.target.platform] or [""]
    ]
    return [msgspec.structs.replace(item, run=f"r{n}") for n, item in enumerate(spread, start=1)]


def is_complete(request: RunRequest) -> bool:
    """No filter narrowed the run: what it did not excuse is excused by nothing."""
    return not (request.platforms or request.scenarios or request.fail_fast or request.only_failed is not None)


def _targets(plugin: Plugin, request: RunRequest) -> list[Target]:
    targets = [t for t in plugin.manifest.targets.values() if covers(request.platforms, t)]
    if not targets and plugin.manifest.targets:
        have = ", ".join(sorted({n for t in plugin.manifest.targets.values() for n in (t.id, t.platform)}))
        raise UsageError(
            f"-P {' '.join(request.platforms)} names no target of {plugin.name}", fix=f"use one of: {have}"
        )
    return targets


def _named(scenario: Scenario, filters: Sequence[str]) -> bool:
    """-k: a glob on the whole name where it holds a wildcard, else a part of the name; any case."""
    name = scenario.name.lower()
    return not filters or any(
        fnmatchcase(name, f.lower()) if any(c in f for c in "*?[") else f.lower() in name for f in filters
    )


def _why_nothing(plugin: Plugin, scenarios: Sequence[Scenario], request: RunRequest) -> str:
    if not scenarios:
        return f"{plugin.name} has no scenarios: put one under scenarios/"
    if request.only_failed is not None:
        return "no scenario failed last time, or none of them is left"
    if request.scenarios:
        return f"-k {' '.join(request.scenarios)} matches none of: {', '.join(s.name for s in scenarios)}"
    return f"no scenario of {plugin.name} covers the chosen targets"
