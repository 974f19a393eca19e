"""The verdict on one run: every check with its outcome, and for a failure the nearest miss and the line to paste."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from testbed.capture.flow import Flow, Note
from testbed.devices.api import Health, LogLine, Probe, Sighting, StepReply, Unobserved
from testbed.errors import Place
from testbed.lenses.api import Reading, VendorCall
from testbed.plugin.model import Plugin, Target
from testbed.scenario.model import Scenario
from testbed.scenario.steps import Step
from testbed.segment.model import Rule, SegmentCall

EntryKind = Literal["refused", "around", "unseen", "unobserved", "unused"]
"""Of a ledger's entry. `refused`: tried, and let nowhere; `around`: captured although it ignored the proxy settings;
`unseen`: not captured, or not readable; `unobserved`: the device could not be looked at; `unused`: offered to the
device, and not taken."""
CheckOutcome = Literal["passed", "failed", "warned", "n/a", "differs"]
Outcome = Literal["passed", "failed", "error", "nothing-ran"]


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A step and how it went. `index` counts from 1."""

    index: int
    step: Step
    reply: StepReply


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that a verdict rests on: raw, complete, in memory."""

    run: str
    plugin: Plugin
    target: Target
    scenario: Scenario
    steps: tuple[Played, ...]
    flows: tuple[Flow, ...]
    readings: tuple[tuple[str, Reading], ...]
    """(flow id, what a lens made of it) for each flow to a vendor host that a lens claimed."""
    vendor_calls: tuple[VendorCall, ...]
    refused_calls: tuple[VendorCall, ...] = ()
    """What the vendor was sent and did not take, or what was broken off on its way: told to nobody, and yet said."""
    segment_calls: tuple[SegmentCall, ...]
    causes: dict[str, str]
    """`flow id#index` of a vendor call -> message id of the Segment call that caused it."""
    rules: tuple[Rule, ...]
    logs: tuple[LogLine, ...]
    health: Health
    sightings: tuple[tuple[Probe, Sighting], ...]
    notes: tuple[Note, ...] = ()
    settled_by: str = ""
    unjailed: str = ""
    """Why the app ran in no jail."""
    unobserved: tuple[Unobserved, ...] = ()


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ledger. `subject` is what was tried or not seen: a URL without its path, `UDP 8.8.8.8:3478`."""

    kind: EntryKind
    subject: str
    reason: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field in which the nearest candidate differs. `path` is dotted (`properties.revenue`)."""

    path: str
    expected: Any
    actual: Any
    message: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was judged. `id` names the built-in check or the expectation; `message` is one line for people;
    `name` is that of the call that it is about; `differences` compare with the nearest candidate, which `flow` locates;
    `paste` is YAML that would make the expectation hold; `reason` is the `[[differs]]` reason, or why the failure is
    tolerated; `differs` are the indexes of the `[[differs]]` entries that excuse it."""

    id: str
    outcome: CheckOutcome
    message: str
    place: Place | None = None
    step: int | None = None
    flow: str | None = None
    name: str = ""
    differences: tuple[Difference, ...] = ()
    paste: str = ""
    reason: str = ""
    differs: tuple[int, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of one scenario on one target. `ledger` says how far it can be relied on; `error` why there is none
    (`outcome` "error"); `repetition` counts from 1 under --repeat."""

    run: str
    scenario: str
    target: str
    device: str
    outcome: Outcome
    checks: tuple[Check, ...] = ()
    duration_ms: float = 0.0
    settled_by: str = ""
    ledger: tuple[Entry, ...] = ()
    error: str = ""
    exit_code: int = 0
    repetition: int = 1
