"""A run's evidence with the indexes that the checks look things up in."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import get_args

import msgspec

from testbed.capture.flow import Disposition, Flow
from testbed.plugin.model import CallType, Target
from testbed.scenario.model import Scenario
from testbed.scenario.steps import CallStep, Consent
from testbed.scenario.targeting import covers
from testbed.segment.model import SegmentCall
from testbed.verdict.correlation import correlate
from testbed.verdict.intents import Intent, intents, segment_intents
from testbed.verdict.model import Evidence, Played


class Case:
    """One run under judgement. Everything here is derived from `evidence` and computed once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self._declared: dict[str, bool] = {}

    @property
    def target(self) -> Target:
        return self.evidence.target

    @property
    def scenario(self) -> Scenario:
        return self.evidence.scenario

    @property
    def name(self) -> str:
        """The plugin's name, which is its key in `integrations`."""
        return self.evidence.plugin.name

    @property
    def is_source(self) -> bool:
        """Whether the plugin is there to tell Segment things by itself."""
        return self.evidence.plugin.manifest.kind == "source"

    @cached_property
    def intents(self) -> list[Intent]:
        return intents(self.evidence.vendor_calls, self.evidence.causes)

    @cached_property
    def refused_intents(self) -> list[Intent]:
        """What the vendor was sent and did not take."""
        calls = self.evidence.refused_calls
        return intents(calls, correlate(calls, self.evidence.segment_calls))

    @cached_property
    def segment_intents(self) -> list[Intent]:
        return segment_intents(self.evidence.segment_calls)

    @cached_property
    def flows(self) -> dict[str, Flow]:
        return {flow.id: flow for flow in self.evidence.flows}

    def decoded(self, flow_id: str) -> str | None:
        """The items that a lens read in a request, as JSON text; None where none did."""
        items = self._items.get(flow_id)
        return None if items is None else msgspec.json.encode(items).decode()

    @cached_property
    def _items(self) -> dict[str, list[object]]:
        read = [(flow, call) for flow, reading in self.evidence.readings for call in reading.calls]
        items: dict[str, dict[int, object]] = {}
        for flow, call in (*read, *((call.flow, call) for call in self.evidence.refused_calls)):
            items.setdefault(flow, {})[id(call.raw)] = call.raw  # one item can be several calls
        return {flow: list(found.values()) for flow, found in items.items()}

    @cached_property
    def segment_by_id(self) -> dict[str, SegmentCall]:
        return {call.message_id: call for call in reversed(self.evidence.segment_calls)}

    @cached_property
    def _step_by_message(self) -> dict[str, Played]:
        return {played.reply.message_id: played for played in self.evidence.steps if played.reply.message_id}

    def step_of(self, message_id: str | None) -> Played | None:
        """The step that made the Segment call."""
        return self._step_by_message.get(message_id) if message_id else None

    def step_index(self, message_id: str | None) -> int | None:
        played = self.step_of(message_id)
        return played.index if played else None

    def cause_in_words(self, message_id: str | None) -> str:
        """`track "Signed Up" (step 2)`, for messages."""
        call = self.segment_by_id.get(message_id or "")
        if call is None:
            return "a Segment call that is not known"
        name = f' "{call.name}"' if call.name else ""
        index = self.step_index(message_id)
        return f"{call.type}{name} (step {index})" if index else f"{call.type}{name}"

    def asked(self, call: SegmentCall) -> dict[str, object]:
        """The integrations object of the call as the customer gave it. analytics-android writes over it which
        destinations the device tells by itself (SegmentIntegration.performEnqueue), so there it is the step's; a step
        that has options goes without the load option (Analytics.fillAndEnqueue)."""
        if self.target.sdk != "android-java":
            return call.integrations
        played = self.step_of(call.message_id)
        options = played.step.options if played and isinstance(played.step, CallStep) else {}
        return dict(options.get("integrations", {})) if options else self.scenario.integrations

    def gated(self, call: SegmentCall) -> bool:
        """Whether the call's integrations object keeps it from the plugin."""
        return gated(self.asked(call), self.name)

    def declared(self, host: str) -> bool:
        """Whether `[egress] hosts` names the host."""
        known = self._declared.get(host)
        if known is None:
            known = matches_any(host, self.evidence.plugin.manifest.egress.hosts)
            self._declared[host] = known
        return known

    def to_vendor(self, flow: Flow) -> bool:
        """Whether the request went to the vendor's side: not to Segment, the customer's site, a forbidden address."""
        return flow.disposition not in _NOT_VENDOR and (
            flow.disposition is not Disposition.BROKEN or self.declared(flow.request.host)
        )

    def supports(self, kind: str) -> bool:
        """Whether the plugin's `calls` name the call for this target. What vendors send by themselves is no call."""
        return kind not in get_args(CallType) or kind in self.evidence.plugin.calls_of(self.target)

    def accepted(self, flow_id: str) -> bool:
        """Whether whoever was asked took the request in, so that it counts as told."""
        flow = self.flows.get(flow_id)
        return flow is not None and flow.response is not None and flow.response.status < 400

    def delivered(self, flow_id: str) -> bool:
        """Whether the device knows that it was accepted, so that a second one with the same content is no retry."""
        return self.accepted(flow_id) and not self.flows[flow_id].error

    @cached_property
    def judges_silence(self) -> bool:
        """Whether the scenario says what the vendor must not be told: what cannot be read then proves nothing."""
        expect = self.scenario.expect
        exhaustive = expect.vendor is not None and expect.others == "fail"
        return exhaustive or any(covers(each.only, self.target) for each in expect.never_vendor)

    @cached_property
    def not_to_load(self) -> str:
        """Why the scenario itself keeps the plugin from being loaded, in words; empty where it must load."""
        integrations = self.scenario.integrations
        if gated(integrations, self.name):
            return f"the scenario's integrations turn {self.name} off at load"
        if self.settings_withheld:
            return "the scenario withholds the plugin's settings"
        if self.target.sdk == "android-java" and self.scenario.cloud.settings.empty:
            return "the scenario empties the plugin's settings, which is off to analytics-android"
        if self.scenario.consent is not None:
            categories = self.evidence.plugin.manifest.consent_categories
            denied = [category for category in categories if not self._consent.get(category)]
            if denied:
                return f"the scenario's user does not consent to {', '.join(denied)}"
        return ""

    @property
    def settings_withheld(self) -> bool:
        """Whether the scenario lets the settings request fail, or leaves the plugin out of the answer."""
        knob = self.scenario.cloud.settings
        return knob.missing or knob.status >= 400

    @cached_property
    def _consent(self) -> dict[str, bool]:
        """The user's last word on each category. Opt-in: what was never granted is denied."""
        consent = dict(self.scenario.consent or {})
        for played in self.evidence.steps:
            if isinstance(played.step, Consent) and played.reply.outcome == "done":
                consent.update(played.step.categories)
        return consent


_NOT_VENDOR = frozenset({Disposition.SEGMENT, Disposition.APP, Disposition.DENIED})


def gated(integrations: dict[str, object], name: str) -> bool:
    """Whether an integrations object keeps events from the destination: its own entry decides, else `All`
    (analytics-next, event-queue: `integrations[name] ?? integrations.All` is false)."""
    own = integrations.get(name)
    return (integrations.get("All") if own is None else own) is False


def matches_any(text: str, globs: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(fnmatchcase(lowered, glob.lower()) for glob in globs)
