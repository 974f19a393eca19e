"""Vendor calls as they are judged: what the vendor was told, however many requests it took.

Vendors split one identify into a switch of identity and a write of the profile (Mixpanel: the event `$identify` and
/engage `$set`), and one group likewise. Those parts are one intent. So are the copies of an item that carry its insert
id, since the vendor keeps one; that they were sent is for the check `duplicate-delivery` to say. Nothing else is
merged: two equal tracks are a fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from testbed.lenses.api import Kind, VendorCall
from testbed.segment.model import SegmentCall
from testbed.verdict.correlation import cause_of, reference


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a vendor, or Segment, was told. `members` are the calls (`flow#index`) that it is made of, in
    order; `cause` the message id of the Segment call behind it. `options` only for Segment: `context`, `integrations`.
    """

    vendor: str
    kind: str
    members: tuple[str, ...]
    cause: str | None = None
    name: str | None = None
    user: str | None = None
    anonymous: str | None = None
    group: str | None = None
    previous: str | None = None
    properties: dict[str, Any] = {}
    options: dict[str, Any] = {}

    @property
    def flow(self) -> str:
        """The flow in which it was first said."""
        return self.members[0].rpartition("#")[0]


def intents(vendor_calls: Sequence[VendorCall], causes: Mapping[str, str]) -> list[Intent]:
    """One Intent for the identify calls of one user (the group calls of one group) that one Segment call caused, or
    that none did; one for each other call, and for all copies of it that have its insert id. In order of the first
    member."""
    parts: dict[object, list[VendorCall]] = {}
    said: dict[object, object] = {}  # what can be told to be a copy -> the key of its parts
    for position, call in enumerate(vendor_calls):
        content = _content(call) if call.dedupe else position
        key = said.get(content)
        if key is None:
            key = _key(call, position, cause_of(causes, call))
            if any(_adds_up(call.properties, other.properties) for other in parts.get(key, ())):
                key = position
        said[content] = key
        parts.setdefault(key, []).append(call)
    return [_of(calls, cause_of(causes, calls[0])) for calls in parts.values()]


def segment_intents(calls: Sequence[SegmentCall]) -> list[Intent]:
    """Segment's own calls in the same form, one each. A retry is no second call: Segment knows it by its message id."""
    copies: dict[object, list[SegmentCall]] = {}
    for position, call in enumerate(calls):
        copies.setdefault(_message(call) if call.message_id else position, []).append(call)
    return [
        Intent(
            vendor="Segment",
            kind=call.type,
            members=tuple(f"{copy.flow}#{copy.index}" for copy in same),
            cause=call.message_id,
            name=call.name,
            user=call.user,
            anonymous=call.anonymous,
            group=call.group,
            previous=call.previous,
            properties=call.properties,
            options={"context": call.context, "integrations": call.integrations},
        )
        for same in copies.values()
        for call in same[:1]
    ]


def _message(call: SegmentCall) -> object:
    """All that a call says. A second one under the same message id that says something else is not the same."""
    said = (call.type, call.name, call.user, call.anonymous, call.group, call.previous, call.properties)
    return call.message_id, msgspec.json.encode((*said, call.context, call.integrations), order="sorted")


def _key(call: VendorCall, position: int, cause: str | None) -> object:
    match call.kind:
        case Kind.IDENTIFY:
            # Without a user it is the anonymous one's; without either there is nothing that two calls have in common.
            who = call.user or call.anonymous
            return (call.vendor, call.kind, call.user, who, cause) if who or cause else position
        case Kind.GROUP if call.group:
            return call.vendor, call.kind, call.group, cause
        case _:
            return position


def _content(call: VendorCall) -> object:
    """All that the call says. One item can say several things under its one insert id."""
    properties = msgspec.json.encode(call.properties, order="sorted")
    return call.vendor, call.dedupe, call.kind, call.name, call.user, call.group, call.previous, properties


# What these do twice is not what they do once (Mixpanel's and Amplitude's operators; the Braze lens speaks so too).
_ADDING = ("$add", "$append", "$prepend")


def _adds_up(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both change one and the same value by what it is: an increment that was sent twice is two."""
    return any(
        set(one[operator]) & set(other[operator])
        for operator in _ADDING
        if isinstance(one.get(operator), dict) and isinstance(other.get(operator), dict)
    )


def _of(calls: Sequence[VendorCall], cause: str | None) -> Intent:
    def first(values: Iterable[str | None]) -> str | None:
        return next((value for value in values if value is not None), None)

    return Intent(
        vendor=calls[0].vendor,
        kind=str(calls[0].kind),
        members=tuple(reference(call) for call in calls),
        cause=cause,
        name=first(call.name for call in calls),
        user=first(call.user for call in calls),
        anonymous=first(call.anonymous for call in calls),
        group=first(call.group for call in calls),
        previous=first(call.previous for call in calls),
        properties=_union([call.properties for call in calls]),
    )


def _union(writes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The later write wins; operators (`$add: {...}`) are united one level down."""
    union: dict[str, Any] = {}
    for write in writes:
        for key, value in write.items():
            earlier = union.get(key)
            both = key.startswith("$") and isinstance(value, dict) and isinstance(earlier, dict)
            union[key] = {**earlier, **value} if both and earlier else value
    return union
