"""Names in scenarios that name nothing: an expectation about them would hold whatever happens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import get_args

from testbed.errors import Place, PluginRefused
from testbed.plugin.model import Platform, Plugin
from testbed.scenario import Scenario
from testbed.scenario.model import ExpectBase, ExpectCall
from testbed.scenario.vocabulary import did_you_mean


def check_names(scenarios: Iterable[Scenario], plugin: Plugin, vendors: Sequence[str]) -> None:
    """Raises PluginRefused for each `only` or `targets` that no platform and no target of the plugin fits, and each
    `vendor` that no lens is of. `never` and `only` are fulfilled by nothing, so a slip in them would be a pass."""
    if wrong := list(_wrong(scenarios, plugin, vendors)):
        raise PluginRefused.of(wrong)


def _wrong(scenarios: Iterable[Scenario], plugin: Plugin, vendors: Sequence[str]) -> Iterator[PluginRefused]:
    targets = [*plugin.manifest.targets, *get_args(Platform)]
    known = {vendor.lower() for vendor in vendors}
    for scenario in scenarios:
        for place, where, globs in _targeted(scenario):
            for glob in globs:
                if not any(fnmatchcase(name, glob) for name in targets):
                    message = f"{where}: {glob!r} is no target or platform{did_you_mean(glob, targets)}"
                    yield PluginRefused(message, place=place, fix=f"there are {', '.join(dict.fromkeys(targets))}")
        for each in _expected(scenario):
            if isinstance(each, ExpectCall) and each.vendor is not None and each.vendor.lower() not in known:
                message = f"vendor: no lens is of {each.vendor!r}{did_you_mean(each.vendor, vendors)}"
                yield PluginRefused(message, place=each.place, fix=f"lenses are of {', '.join(dict.fromkeys(vendors))}")


def _targeted(scenario: Scenario) -> Iterator[tuple[Place | None, str, Sequence[str]]]:
    yield scenario.place, "targets", scenario.targets
    for step in scenario.steps:
        yield step.place, "only", step.only
    for each in _expected(scenario):
        yield each.place, "only", each.only


def _expected(scenario: Scenario) -> Iterator[ExpectBase]:
    expect = scenario.expect
    yield from (*(expect.vendor or ()), *(expect.segment or ()), *expect.requests, *expect.device)
    yield from (*expect.never_vendor, *expect.never_segment, *expect.never_requests, *expect.never_device)
