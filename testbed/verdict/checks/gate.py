"""The integrations object is the user's word on who may be told."""

from __future__ import annotations

from collections.abc import Iterable

from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check


class IntegrationsGate(BuiltIn):
    """The vendor was told of a call whose integrations object turns the destination off, by its name or by `All`. To
    `All` analytics-kotlin pays no heed (DestinationPlugin.isDestinationEnabled): there the plugin is not to blame, and
    it is a warning."""

    id = "integrations-gate"
    promise = "calls that turn the destination off do not reach the vendor"

    def faults(self, case: Case) -> Iterable[Check]:
        # Whoever turned the destination off meant that it is not sent, not that it is refused.
        for intent in (*case.intents, *case.refused_intents):
            call = case.segment_by_id.get(intent.cause or "")
            if call is not None and case.gated(call):
                by_name = case.asked(call).get(case.name) is False
                unheeded = case.target.sdk == "android-kotlin" and not by_name
                yield self.fault(
                    f"{intent.vendor} was told of {case.cause_in_words(intent.cause)}, "
                    f"whose integrations object says {f'{case.name}: false' if by_name else 'All: false'}"
                    f"{', which analytics-kotlin does not heed' if unheeded else ''}",
                    severity="warning" if unheeded else None,
                    flow=intent.flow,
                    name=intent.name or "",
                    step=case.step_index(intent.cause),
                )
