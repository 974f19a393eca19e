"""The event stream of a run: what `--json` prints, the control API streams and every reporter consumes.

One JSON object a line, told apart by `event`. Times are epoch seconds.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from testbed.capture.flow import Flow
from testbed.devices.api import LogLine, State
from testbed.lenses.api import VendorCall
from testbed.plugin.model import Kind
from testbed.scenario.steps import StepOutcome
from testbed.segment.model import Rule, SegmentCall
from testbed.verdict.model import Verdict

Redaction = Literal["tokens", "raw"]
"""How secrets are in the events of a run: replaced by keyed tokens, or, with --unsafe-raw, as they are."""


class EventBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", omit_defaults=True):
    """`time` is when the event was made."""

    time: float = 0.0


class PlanItem(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario on one target, on the device that `device` asks for (as -d does), "" where none can be had. `run` is
    its id within the whole run; `repetition` counts from 1 under --repeat."""

    run: str
    scenario: str
    target: str
    steps: int
    device: str = ""
    repetition: int = 1


class RunStarted(EventBase, frozen=True, kw_only=True, tag="run-started", omit_defaults=False):
    """First event, unless nothing could be started. `schema` changes when the shape of any event does. `sha256` is the
    zip's, `redaction` says what became of secrets."""

    schema: int = 1
    plugin: str
    version: str
    sha256: str
    kind: Kind = "destination"
    description: str = ""
    redaction: Redaction = "tokens"
    plan: tuple[PlanItem, ...]


class DeviceState(EventBase, frozen=True, kw_only=True, tag="device"):
    device: str
    state: State
    detail: str = ""


class ScenarioStarted(EventBase, frozen=True, kw_only=True, tag="scenario-started"):
    run: str
    scenario: str
    target: str
    device: str


class StepPlayed(EventBase, frozen=True, kw_only=True, tag="step"):
    run: str
    index: int
    step: dict[str, Any]
    outcome: StepOutcome
    message_id: str | None = None
    reason: str = ""
    duration_ms: float = 0.0


class FlowCaptured(EventBase, frozen=True, kw_only=True, tag="flow"):
    """A captured exchange. `step` and `message_id` say what caused it, where that is known."""

    flow: Flow
    step: int | None = None
    message_id: str | None = None


class VendorCalled(EventBase, frozen=True, kw_only=True, tag="vendor-call"):
    run: str
    call: VendorCall
    step: int | None = None
    message_id: str | None = None


class SegmentCalled(EventBase, frozen=True, kw_only=True, tag="segment-call"):
    run: str
    call: SegmentCall
    step: int | None = None
    rules: tuple[Rule, ...] = ()


class Logged(EventBase, frozen=True, kw_only=True, tag="log"):
    run: str
    line: LogLine


class Judged(EventBase, frozen=True, kw_only=True, tag="verdict"):
    verdict: Verdict


class Repeated(EventBase, frozen=True, kw_only=True, tag="repeated", omit_defaults=False):
    """What the repetitions of a scenario on a target and device (as PlanItem has it) came to: `passed` of the `played`
    ones. `differing` says in what they differ, a sentence each; where there is one the scenario is flaky."""

    scenario: str
    target: str
    device: str = ""
    played: int
    passed: int
    differing: tuple[str, ...] = ()


class Faulted(EventBase, frozen=True, kw_only=True, tag="fault"):
    """The run as a whole could not go on. `exit_code` is what it ends in."""

    kind: str
    message: str
    exit_code: int
    fix: str = ""


class RunEnded(EventBase, frozen=True, kw_only=True, tag="run-ended", omit_defaults=False):
    """Last event, always: a stream without it is no result. All fields are written, zeros too."""

    exit_code: int
    passed: int = 0
    failed: int = 0
    errors: int = 0
    nothing_ran: int = 0
    not_available: int = 0
    """Steps and expectations that were n/a."""
    differs: int = 0
    duration_ms: float = 0.0


Event = (
    RunStarted | DeviceState | ScenarioStarted | StepPlayed | FlowCaptured | VendorCalled | SegmentCalled | Logged
    | Judged | Repeated | Faulted | RunEnded
)  # fmt: skip


def encode(event: Event) -> bytes:
    """One NDJSON line, with its newline."""
    return msgspec.json.encode(event) + b"\n"


def decode(line: bytes) -> Event:
    """The event of one NDJSON line."""
    return _decoder.decode(line)


_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
