"""Vendors that see a robot send nothing, and a silence like that is easily taken for a plugin's fault, or for none."""

from __future__ import annotations

import re
from collections.abc import Iterable

from testbed.scenario.steps import Offline, Online
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.checks.resources import is_preflight, is_resource
from testbed.verdict.model import Check, Played

WEBDRIVER = "navigator.webdriver"
"""Read for nothing but to tell a robot from a user."""

_SAYS_SO = re.compile(r"\b(bots?|crawlers?|headless|webdriver|automat(ed|ion))\b", re.IGNORECASE)


class Suppressed(BuiltIn):
    """The plugin was ready and was handed calls that it supports, its own code or its vendor's looked for a robot or
    says that it saw one, and the vendor was told nothing at all. The user agent and the like are read for other reasons
    too: where the scenario expects silence they prove nothing. A warning: who looks need not be who is silent. A source
    has no vendor to be silent to."""

    id = "suppressed"
    promise = "no vendor held back because it saw a robot"
    severity = "warning"

    def faults(self, case: Case) -> Iterable[Check]:
        looked, said = case.evidence.health.signals, _admission(case)
        certain = WEBDRIVER in looked or bool(said)
        if not (certain or (looked and case.scenario.expect.vendor != ())):
            return
        offered = _offered(case)
        if case.is_source or not case.evidence.health.ready or not offered or _offline(case) or _told(case):
            return
        calls = f"{len(offered)} call{'s' if len(offered) > 1 else ''}"
        signs = [f"it read {' and '.join(looked)}"] if looked else []
        signs += [f"it said {said!r}"] if said else []
        yield self.fault(
            f"{case.name} was handed {calls} and told its vendor nothing; {', and '.join(signs)}: "
            "it may take the device for a robot and hold back. See whether the vendor has a setting against that",
            step=offered[0].index,
            place=offered[0].step.place,
        )


def _offered(case: Case) -> list[Played]:
    """The steps whose calls the plugin had to take."""
    offered = []
    for played in case.evidence.steps:
        call = case.segment_by_id.get(played.reply.message_id or "")
        if call is None or played.reply.outcome != "done" or played.reply.delivery:
            continue
        if case.supports(call.type) and not case.gated(call):
            offered.append(played)
    return offered


def _told(case: Case) -> bool:
    """Whether anything went to the vendor's side that may have carried a call."""
    evidence = case.evidence
    if evidence.vendor_calls or evidence.refused_calls or any(reading.opaque for _, reading in evidence.readings):
        return True
    read = {flow_id for flow_id, _ in evidence.readings}
    return any(
        case.to_vendor(flow) and flow.id not in read and not is_preflight(flow.request) and not is_resource(flow)
        for flow in evidence.flows
    )


def _offline(case: Case) -> bool:
    """Whether the scenario ends without a network: silence is its own doing."""
    network = [played.step for played in case.evidence.steps if isinstance(played.step, Offline | Online)]
    return bool(network) and isinstance(network[-1], Offline)


def _admission(case: Case) -> str:
    """What the plugin's code printed of a robot."""
    lines = (line for line in case.evidence.logs if line.source == "console" and line.by_plugin)
    return next((line.text.partition("\n")[0] for line in lines if _SAYS_SO.search(line.text)), "")
