"""Whether the SDK got hold of the plugin, and whether the plugin became ready.

A scenario that itself keeps the plugin from loading (integrations, consent, no settings) does not fail these."""

from __future__ import annotations

from collections.abc import Iterable

from testbed.plugin.model import Target
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check


class BundleGlobal(BuiltIn):
    """The bundle ran, and did not leave the global that the SDK looks for: `window.<slug>Integration` for classic
    plugins, `window.<library>` for the others."""

    id = "bundle-global"
    promise = "the bundle leaves the global that the SDK looks for"
    platforms = frozenset({"web"})

    def faults(self, case: Case) -> Iterable[Check]:
        if case.evidence.health.problem == "no-global":
            message = f"{case.target.entry or 'the bundle'} ran, and window.{_global_of(case)} is not there"
            place = case.evidence.plugin.places.get(f"targets.{case.target.id}.entry")
            yield self.fault(message + _detail(case), place=place)


class PluginLoads(BuiltIn):
    """The SDK could not load the plugin: its script failed, its factory is not there, or nothing of it arrived."""

    id = "plugin-loads"
    promise = "the SDK loads the plugin"

    def faults(self, case: Case) -> Iterable[Check]:
        problem = case.evidence.health.problem
        on_the_web = case.target.platform == "web"
        said = (_ON_THE_WEB if on_the_web else _IN_AN_APP).get(problem)
        if said is None or (problem == "not-loaded" and case.not_to_load):
            return
        if problem == "no-sdk" and case.settings_withheld:
            return
        place = None if on_the_web else case.evidence.plugin.places.get(f"targets.{case.target.id}.factory")
        yield self.fault(said.format(name=case.name, factory=case.target.factory) + _detail(case), place=place)


_ON_THE_WEB = {
    "script-failed": "the script of {name} could not be loaded",
    "not-loaded": "the SDK did not load {name}",
    "no-sdk": "the Segment SDK is not on the page, so nothing could load {name}",
}
_IN_AN_APP = {
    "no-global": "the app has no {factory} to hand to the SDK",
    "not-loaded": "the SDK did not load {name}",
    "no-sdk": "the Segment SDK did not start, so nothing could load {name}",
}


class PluginReady(BuiltIn):
    """The plugin was loaded and never said that it is ready: the SDK keeps its events for ever."""

    id = "plugin-ready"
    promise = "the plugin becomes ready"

    def faults(self, case: Case) -> Iterable[Check]:
        health = case.evidence.health
        # Another problem is another check's; being neither ready nor in trouble is not known to be fine.
        unexplained = not health.ready and not health.problem and not case.not_to_load
        if health.problem == "never-ready" or unexplained:
            yield self.fault(f"{case.name} never became ready{_detail(case)}")


def _global_of(case: Case) -> str:
    target: Target = case.target
    if target.style == "classic":
        return f"{case.evidence.plugin.slug}Integration"
    return target.library or "<library>"


def _detail(case: Case) -> str:
    detail = case.evidence.health.detail
    return f": {detail}" if detail else ""
