"""What Segment's Spec and HTTP API say of the calls that reached Segment."""

from __future__ import annotations

from collections.abc import Iterable

from testbed.segment.model import Rule
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check


class Spec(BuiltIn):
    """A call that reached Segment breaks a rule of the Spec (types of reserved traits and properties, semantic events)
    or of the HTTP API (limits). Errors fail, warnings warn; one check a broken rule."""

    id = "spec"
    promise = "the calls that reached Segment follow the Spec"

    def faults(self, case: Case) -> Iterable[Check]:
        broken: dict[tuple[str, str, str], list[Rule]] = {}
        for rule in case.evidence.rules:
            broken.setdefault((rule.rule, rule.severity, rule.path), []).append(rule)
        for rules in broken.values():
            first = rules[0]
            call = case.segment_by_id.get(first.message_id)
            of = f" in {case.cause_in_words(first.message_id)}" if call else ""
            times = f" ({len(rules)} calls)" if len(rules) > 1 else ""
            path = f"{first.path}: " if first.path else ""
            yield self.fault(
                f"{first.rule}{of}: {path}{first.message}{times}",
                severity=first.severity,
                flow=first.flow or None,
                step=case.step_index(first.message_id),
            )
