"""What a run came to, as its events tell."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from testbed import events
from testbed.verdict import Check, Verdict

E = TypeVar("E", bound=events.EventBase)


class Outcome(msgspec.Struct, frozen=True):
    """What a run came to."""

    code: int
    stream: tuple[events.Event, ...]

    @property
    def verdicts(self) -> list[Verdict]:
        return [e.verdict for e in self.stream if isinstance(e, events.Judged)]

    @property
    def failures(self) -> list[Check]:
        return [check for verdict in self.verdicts for check in verdict.checks if check.outcome == "failed"]

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.stream if isinstance(event, kind)]

    @property
    def flows(self) -> list[events.FlowCaptured]:
        return [e for e in self.stream if isinstance(e, events.FlowCaptured)]

    @property
    def faults(self) -> list[events.Faulted]:
        return [e for e in self.stream if isinstance(e, events.Faulted)]

    def __str__(self) -> str:
        """What to read when an assertion on it fails."""
        lines = [f"exit {self.code}", *(f"{f.kind}: {f.message}" for f in self.faults)]
        lines += [f"{v.scenario} on {v.target}: {v.outcome} {v.error}" for v in self.verdicts]
        lines += [
            f"  {c.outcome} {c.id}: {c.message}" for v in self.verdicts for c in v.checks if c.outcome != "passed"
        ]
        return "\n".join(lines)
