"""Device-mode or cloud-mode, and not both."""

from __future__ import annotations

from collections.abc import Iterable

from testbed.segment.marking import told_by_device
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.model import Check


class DoubleDelivery(BuiltIn):
    """The vendor was told of a call on the device, and nothing in what Segment got says so: Segment's servers would
    tell the vendor again. The SDK marks it by itself, as long as what tells the vendor is the destination that it knows
    (an Integration, a DestinationPlugin), under the name that the settings have for it."""

    id = "double-delivery"
    promise = "what the device tells the vendor, Segment's servers do not tell it again"
    platforms = frozenset({"android"})

    def faults(self, case: Case) -> Iterable[Check]:
        unmarked = {
            message_id: flow
            for intent in case.intents
            for message_id, flow in ((intent.cause or "", intent.flow),)
            if (call := case.segment_by_id.get(message_id)) and not told_by_device(call, case.name)
        }
        for message_id, flow in unmarked.items():
            yield self.fault(
                f"{case.cause_in_words(message_id)} reached the vendor from the device, and Segment was not told that "
                f"{case.name} does so",
                flow=flow,
                step=case.step_index(message_id),
            )
