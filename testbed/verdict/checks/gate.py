"""The integrations object is the user's word on who may be told."""

from __future__ import annotations

from collections.abc import Iterable

from testbed.verdict.case import Case, gated
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check


class IntegrationsGate(BuiltIn):
    """The vendor was told of a call whose integrations object turns the destination off, by its name or by `All`."""

    id = "integrations-gate"
    promise = "calls that turn the destination off do not reach the vendor"

    def faults(self, case: Case) -> Iterable[Check]:
        # Whoever turned the destination off meant that it is not sent, not that it is refused.
        for intent in (*case.intents, *case.refused_intents):
            call = case.segment_by_id.get(intent.cause or "")
            if call is not None and gated(call.integrations, case.name):
                turned_off = f"{case.name}: false" if call.integrations.get(case.name) is False else "All: false"
                yield self.fault(
                    f"{intent.vendor} was told of {case.cause_in_words(intent.cause)}, "
                    f"whose integrations object says {turned_off}",
                    flow=intent.flow,
                    name=intent.name or "",
                    step=case.step_index(intent.cause),
                )
