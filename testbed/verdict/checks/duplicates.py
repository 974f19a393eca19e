"""One Segment call, one vendor call."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from testbed.http import header
from testbed.lenses.api import JUDGED, Kind, VendorCall
from testbed.segment.model import SegmentCall
from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.correlation import cause_of, reference
from testbed.verdict.model import Check

# An identify or a group said twice changes nothing; these are counted by the vendor.
_COUNTED = frozenset({Kind.TRACK, Kind.PAGE, Kind.SCREEN, Kind.ALIAS})


class DuplicateDelivery(BuiltIn):
    """The vendor took one call twice: two accepted items with one insert id, or with the same content and the same
    Segment call behind them. Likewise Segment, one message id in two requests. A retry after a failure is no duplicate.
    """

    id = "duplicate-delivery"
    promise = "nothing is delivered twice"

    def faults(self, case: Case) -> Iterable[Check]:
        yield from self._at_vendor(case)
        yield from self._at_segment(case)

    def _at_vendor(self, case: Case) -> Iterable[Check]:
        copies: dict[object, list[VendorCall]] = {}
        for call in case.evidence.vendor_calls:
            if call.kind in JUDGED and case.delivered(call.flow):
                for key in _identities(call, case):
                    same = copies.setdefault(key, [])
                    if not (same and _of_one_item(same[-1], call)):
                        same.append(call)
        reported: set[str] = set()
        for calls in copies.values():
            if len(calls) < 2 or reference(calls[1]) in reported:
                continue
            reported.update(reference(call) for call in calls)
            first = calls[0]
            name = f' "{first.name}"' if first.name else ""
            cause = cause_of(case.evidence.causes, first)
            by = f", for {case.cause_in_words(cause)}" if cause else ""
            yield self.fault(
                f"{first.vendor} took {first.kind}{name} {len(calls)} times{by}",
                flow=calls[1].flow,
                step=case.step_index(cause),
                name=first.name or "",
            )

    def _at_segment(self, case: Case) -> Iterable[Check]:
        if case.scenario.cloud.tracking.times:
            return
        copies: dict[str, list[SegmentCall]] = {}
        for call in case.evidence.segment_calls:
            if call.message_id and case.delivered(call.flow) and not _is_retry(call, case):
                copies.setdefault(call.message_id, []).append(call)
        for message_id, calls in copies.items():
            if len(calls) > 1:
                message = f"Segment took {case.cause_in_words(message_id)} {len(calls)} times, message id {message_id}"
                yield self.fault(message, flow=calls[1].flow, step=case.step_index(message_id))


def _identities(call: VendorCall, case: Case) -> Iterable[object]:
    """The keys of which two calls may not share one."""
    if call.dedupe:
        yield call.vendor, "dedupe", call.dedupe
    cause = cause_of(case.evidence.causes, call)
    if cause and call.kind in _COUNTED:
        content = (call.name, call.user, call.group, call.previous, call.properties)
        yield call.vendor, call.kind, cause, msgspec.json.encode(content, order="sorted")


def _of_one_item(one: VendorCall, other: VendorCall) -> bool:
    """One item can say several things under its one insert id: Amplitude's `$identify` joins two groups."""
    return one.flow == other.flow and one.raw is not None and one.raw is other.raw


def _is_retry(call: SegmentCall, case: Case) -> bool:
    """The web SDK numbers its retries (X-Retry-Count); the first try may have been taken without its knowing."""
    flow = case.flows[call.flow]
    return header(flow.request.headers, "x-retry-count") not in (None, "", "0")
