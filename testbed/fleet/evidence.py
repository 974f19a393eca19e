"""From what a device and the wire gave to the evidence that is judged, and to the events that tell of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import msgspec

from testbed import events
from testbed.capture.flow import Disposition, Flow, Note
from testbed.devices.api import Health, LogLine, Probe, Settled, Sighting
from testbed.fleet.plan import Item
from testbed.lenses import Lens, Reading, VendorCall, read, relate
from testbed.plugin.model import Plugin
from testbed.segment import Rule, SegmentCall, carries_calls, read_calls, refused, validate
from testbed.verdict import Evidence, Played, correlate
from testbed.verdict.correlation import cause_of

DELIVERED = frozenset({Disposition.STUB, Disposition.LIVE})
"""What reached a vendor, as far as the plugin can tell: read by lenses. The rest is refused, and judged as such."""


ATTEMPTED = frozenset({*DELIVERED, Disposition.BROKEN})
"""What was meant for a vendor, whether or not it was taken: `never` asks for no more."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one run gave, as it came."""

    steps: tuple[Played, ...]
    flows: tuple[Flow, ...]
    notes: tuple[Note, ...]
    logs: tuple[LogLine, ...]
    health: Health
    sightings: tuple[tuple[Probe, Sighting], ...]
    settled: Settled
    unjailed: str = ""


def read_evidence(item: Item, plugin: Plugin, lenses: Sequence[Lens], seen: Seen) -> Evidence:
    """Read what the flows mean. Only requests that were accepted count as told: a vendor's 500 told it nothing. Whether
    the device stayed for the answer does not matter to that. Raises InternalError where a lens fails."""
    segment_calls: list[SegmentCall] = []
    readings: list[tuple[str, Reading]] = []
    vendor_calls: list[VendorCall] = []
    refused_calls: list[VendorCall] = []
    rules: list[Rule] = []
    for flow in seen.flows:
        if flow.response is None or flow.response.status >= 400:
            if flow.disposition is Disposition.SEGMENT and carries_calls(flow.request):
                rules.extend(refused(flow.id, flow.request))
            elif flow.disposition in ATTEMPTED and (reading := read(lenses, flow.id, flow.request)) is not None:
                refused_calls.extend(reading.calls)
            continue
        if flow.disposition is Disposition.SEGMENT:
            segment_calls.extend(read_calls(flow.id, flow.request))
        elif flow.disposition in DELIVERED and (reading := read(lenses, flow.id, flow.request)) is not None:
            readings.append((flow.id, reading))
            vendor_calls.extend(reading.calls)
    related = relate(lenses, vendor_calls)
    return Evidence(
        run=item.run,
        plugin=plugin,
        target=item.target,
        scenario=item.scenario,
        steps=seen.steps,
        flows=seen.flows,
        readings=tuple(readings),
        vendor_calls=tuple(related),
        refused_calls=tuple(refused_calls),
        segment_calls=tuple(segment_calls),
        causes=correlate(related, segment_calls),
        rules=(*rules, *(rule for call in segment_calls for rule in validate(call))),
        logs=seen.logs,
        health=seen.health,
        sightings=seen.sightings,
        notes=seen.notes,
        settled_by=seen.settled.by,
        unobserved=seen.settled.unobserved,
        unjailed=seen.unjailed,
    )


def told(evidence: Evidence) -> Iterator[events.Event]:
    """Everything that was seen, each thing with the step and the Segment call behind it."""
    now, run = time.time(), evidence.run
    step_of: dict[str | None, int] = {
        played.reply.message_id: played.index for played in evidence.steps if played.reply.message_id
    }
    behind = _messages_behind(evidence)
    for flow in evidence.flows:
        messages = behind.get(flow.id, set())
        message = next(iter(messages)) if len(messages) == 1 else None  # a batch has no one call behind it
        yield events.FlowCaptured(time=now, flow=flow, message_id=message, step=step_of.get(message))
    for said in evidence.segment_calls:
        rules = tuple(rule for rule in evidence.rules if rule.message_id == said.message_id)
        yield events.SegmentCalled(time=now, run=run, call=said, step=step_of.get(said.message_id), rules=rules)
    for call in evidence.vendor_calls:
        cause = cause_of(evidence.causes, call)
        yield events.VendorCalled(time=now, run=run, call=call, message_id=cause, step=step_of.get(cause))
    for line in evidence.logs:
        yield events.Logged(time=now, run=run, line=line)


def _messages_behind(evidence: Evidence) -> dict[str, set[str]]:
    """The message ids of the Segment calls in a flow, or behind the vendor calls in it."""
    behind: dict[str, set[str]] = {}
    for said in evidence.segment_calls:
        behind.setdefault(said.flow, set()).add(said.message_id)
    for call in evidence.vendor_calls:
        if (cause := cause_of(evidence.causes, call)) is not None:
            behind.setdefault(call.flow, set()).add(cause)
    return behind
