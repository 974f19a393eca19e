"""Evidence made by hand: a scenario as YAML, and what was seen in the shortest form that says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import pytest

from testbed.capture.flow import Disposition, Flow, Note
from testbed.devices.api import Health, LogLine, Probe, Sighting, StepReply
from testbed.http import Headers, Request, Response
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.plugin.model import CallType, Differs, Egress, Manifest, Plugin, Sdk, Style, Target
from testbed.plugin.model import Kind as PluginKind
from testbed.scenario import read_scenario
from testbed.segment.model import Rule, SegmentCall
from testbed.verdict import Check, Evidence, Played, correlate, judge

HOST = "api.acme.example"
HEALTHY = Health(installed=True, ready=True)


class Bench:
    """Makes evidence, and judges it. Every part has a default that is clean."""

    def call(self, kind: str, *, flow: str = "v1", index: int = 0, vendor: str = "Acme", **fields: Any) -> VendorCall:
        return VendorCall(vendor=vendor, kind=Kind(kind), flow=flow, index=index, **fields)

    def told(self, type_: str, message_id: str, *, flow: str = "s1", **fields: Any) -> SegmentCall:
        return SegmentCall(type=type_, message_id=message_id, flow=flow, **fields)

    def flow(
        self,
        flow_id: str,
        url: str = f"https://{HOST}/v1/track",
        *,
        method: str = "POST",
        status: int | None = 200,
        disposition: Disposition = Disposition.STUB,
        headers: Headers = (),
        body: bytes = b"",
        answer: Response | None = None,
        **fields: Any,
    ) -> Flow:
        """`status` None: no answer came. `answer` says more of it than its status."""
        return Flow(
            id=flow_id,
            run="r1",
            sequence=1,
            connection="c1",
            started=0.0,
            duration_ms=1.0,
            request=Request.get(url, method=method, headers=headers, body=body),
            response=answer or (None if status is None else Response(status=status)),
            disposition=disposition,
            **fields,
        )

    def plugin(
        self,
        *,
        differs: Iterable[Differs] = (),
        hosts: Iterable[str] = ("*.acme.example",),
        kind: PluginKind = "destination",
    ) -> Plugin:
        manifest = Manifest(
            name="Acme", version="1.0", kind=kind, egress=Egress(hosts=tuple(hosts)), differs=tuple(differs),
            consent_categories=("Advertising",),
        )  # fmt: skip
        return Plugin(manifest=manifest, files={}, sha256="0", source="acme.zip")

    def evidence(
        self,
        text: str = "",
        *,
        vendor: Iterable[VendorCall] = (),
        refused: Iterable[VendorCall] = (),
        segment: Iterable[SegmentCall] = (),
        flows: Iterable[Flow] = (),
        replies: Mapping[int, StepReply] | None = None,
        style: Style = "classic",
        library: str | None = None,
        differs: Iterable[Differs] = (),
        hosts: Iterable[str] = ("*.acme.example",),
        readings: Iterable[tuple[str, Reading]] = (),
        rules: Iterable[Rule] = (),
        logs: Iterable[LogLine] = (),
        health: Health = HEALTHY,
        sightings: Iterable[tuple[Probe, Sighting]] = (),
        notes: Iterable[Note] = (),
        calls: Sequence[CallType] | None = None,
        kind: PluginKind = "destination",
        causes: dict[str, str] | None = None,
        sdk: Sdk = "web",
    ) -> Evidence:
        """`text` is the scenario without its name; flows that calls were read from and that are not given are made."""
        body = text if "steps:" in text else f"steps: [page]\n{text}"
        scenario = read_scenario(f"name: bench\n{body}".encode(), file="scenarios/bench.yaml")
        vendor_calls, segment_calls = tuple(vendor), tuple(segment)
        known = {flow.id: flow for flow in flows}
        for vendor_call in vendor_calls:
            known.setdefault(vendor_call.flow, self.flow(vendor_call.flow))
        for call in segment_calls:
            url = f"https://api.segment.io/v1/{call.type[0]}"
            known.setdefault(call.flow, self.flow(call.flow, url, disposition=Disposition.SEGMENT))
        read = dict.fromkeys(call.flow for call in vendor_calls)
        done = StepReply(outcome="done")
        return Evidence(
            run="r1",
            plugin=self.plugin(differs=differs, hosts=hosts, kind=kind),
            target=Target(
                sdk=sdk,
                id=sdk,
                style=style,
                entry="acme.js",
                library=library,
                factory="acme.Acme",
                calls=None if calls is None else tuple(calls),
            ),
            scenario=scenario,
            steps=tuple(
                Played(index=index, step=step, reply=(replies or {}).get(index, done))
                for index, step in enumerate(scenario.steps, start=1)
            ),
            flows=tuple(known.values()),
            readings=(*((flow_id, Reading(vendor="Acme")) for flow_id in read), *readings),
            vendor_calls=vendor_calls,
            refused_calls=tuple(refused),
            segment_calls=segment_calls,
            causes=correlate(vendor_calls, segment_calls) if causes is None else causes,
            rules=tuple(rules),
            logs=tuple(logs),
            health=health,
            sightings=tuple(sightings),
            notes=tuple(notes),
        )

    def failures(self, evidence: Evidence) -> list[Check]:
        return [check for check in judge(evidence) if check.outcome == "failed"]

    def outcomes(self, evidence: Evidence) -> dict[str, str]:
        """The outcome of each check that is not a plain pass."""
        return {check.id: check.outcome for check in judge(evidence) if check.outcome != "passed"}

    def reply(self, outcome: str = "done", **fields: Any) -> StepReply:
        return msgspec.convert({"outcome": outcome, **fields}, StepReply)


@pytest.fixture
def bench() -> Bench:
    return Bench()
