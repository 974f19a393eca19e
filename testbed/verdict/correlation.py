"""Which Segment call caused a vendor call: told by what the call says, never by when it was sent.

A message id that the vendor carries settles it. Otherwise kind, name, user, group and the values of the properties are
compared; where several Segment calls say the same, they are taken in order. A call that nothing speaks for stays out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from testbed.lenses.api import JUDGED, Kind, VendorCall
from testbed.segment.model import SegmentCall
from testbed.verdict.leaves import leaves, tokens

# A value that more Segment calls share than this tells nobody apart, and looking at all of them would be quadratic.
_COMMON = 64


def correlate(vendor_calls: Sequence[VendorCall], segment_calls: Sequence[SegmentCall]) -> dict[str, str]:
    """`flow#index` of a vendor call -> message id. Both sequences are in order of sending.

    A lens gives a call that it derives (an identify from a changed user id) the place of the item that shows it. Where
    several calls share a place, `flow#index:kind` tells them apart, empty for one without a cause; see `cause_of`."""
    sources = _Sources(segment_calls)
    causes: dict[str, str] = {}
    places = Counter(reference(call) for call in vendor_calls)
    by_dedupe: dict[tuple[str, str, str], int] = {}
    for call in vendor_calls:
        copy = (call.vendor, call.kind, call.dedupe) if call.dedupe else None
        position = by_dedupe.get(copy) if copy else None
        if position is None:
            position = sources.cause_of(call)
        if places[reference(call)] > 1:
            causes[_shared_place(call)] = ""
        if position is not None:
            causes[reference(call)] = segment_calls[position].message_id
            if places[reference(call)] > 1:
                causes[_shared_place(call)] = segment_calls[position].message_id
            if copy:
                by_dedupe[copy] = position
    return causes


def cause_of(causes: Mapping[str, str], call: VendorCall) -> str | None:
    """The message id of the Segment call that caused a vendor call, or None."""
    return causes.get(_shared_place(call), causes.get(reference(call))) or None


def reference(call: VendorCall) -> str:
    """How a vendor call is named in `causes`: `flow#index`."""
    return f"{call.flow}#{call.index}"


def _shared_place(call: VendorCall) -> str:
    return f"{reference(call)}:{call.kind}"


class _Source(msgspec.Struct, frozen=True):
    call: SegmentCall
    tokens: frozenset[str]


class _Sources:
    """The Segment calls with the indexes that find the likely ones, and what was already attributed to each."""

    def __init__(self, calls: Sequence[SegmentCall]) -> None:
        self._sources = [_Source(call, tokens(call.properties)) for call in calls]
        self._by_message = {call.message_id: position for position, call in reversed(list(enumerate(calls)))}
        self._by_key: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._claimed: dict[tuple[int, str, str], int] = defaultdict(int)
        self._reached: dict[tuple[str, str], int] = defaultdict(int)
        self._weights: dict[frozenset[str], float] = {}
        for position, source in enumerate(self._sources):
            for key in _keys_of_segment(source):
                self._by_key[key].append(position)

    def cause_of(self, call: VendorCall) -> int | None:
        exact = self._by_id(call)
        if exact is not None:
            return exact
        if call.kind not in JUDGED:
            return None
        told = tokens(call.properties)
        scored = [(self._likeness(call, told, position), position) for position in self._candidates(call, told)]
        best = max((score for score, _ in scored), default=0.0)
        if best <= 0:
            return None
        # Of equals, the one that caused the fewest calls of this sort so far: calls and causes pair up in order.
        equals = [position for score, position in scored if score >= best - 1e-9]
        position = min(equals, key=lambda each: (self._claimed[self._claim(each, call)], each))
        self._claimed[self._claim(position, call)] += 1
        return position

    def _by_id(self, call: VendorCall) -> int | None:
        if not self._by_message:
            return None
        seen = [value for part in (call.dedupe, call.raw, call.properties, call.noise) for _, value in leaves(part)]
        positions = sorted(
            {self._by_message[value] for value in seen if isinstance(value, str) and value in self._by_message}
        )
        same_kind = [position for position in positions if self._sources[position].call.type == call.kind]
        return next(iter((*same_kind, *positions)), None)

    def _candidates(self, call: VendorCall, told: frozenset[str]) -> set[int]:
        found: set[int] = set()
        for key in _keys_of_vendor(call, told):
            positions = self._by_key.get(key, [])
            if len(positions) <= _COMMON:
                found.update(positions)
            elif key[0] == "name":
                found.update(self._next_unclaimed(key, call, positions))
        return found

    def _next_unclaimed(self, key: tuple[str, str], call: VendorCall, positions: list[int]) -> list[int]:
        """A window over many calls of one name, moving along as they are attributed."""
        start = self._reached[key]
        while start < len(positions) - 1 and self._claimed[self._claim(positions[start], call)]:
            start += 1
        self._reached[key] = start
        return positions[max(0, start - 1) : start + 8]

    @staticmethod
    def _claim(position: int, call: VendorCall) -> tuple[int, str, str]:
        """Calls of one claim want a cause each. The parts of one identify, who and what he is like, share theirs."""
        said = " ".join(sorted(call.properties)) if call.kind in _IN_PARTS else call.name or ""
        return position, f"{call.vendor} {call.kind}", said

    def _likeness(self, call: VendorCall, told: frozenset[str], position: int) -> float:
        """How much speaks for this cause; 0 where nothing does."""
        source = self._sources[position]
        segment = source.call
        same_kind = segment.type == call.kind
        named = _name_likeness(call, segment)
        shared = self._shared(told, source.tokens)
        identity = _same_identity(call, segment)
        bare = same_kind and not told and (call.name is None or segment.name is None) and call.kind in _VIEWS
        if not (named or shared or identity or bare):
            return 0.0
        same_user = call.user is not None and call.user == segment.user
        return 4 * named + 3 * shared + 2 * identity + 1.5 * same_kind + 0.5 * same_user

    def _shared(self, told: frozenset[str], source: frozenset[str]) -> float:
        """The part of the values that both have, 0 to 1; a value that few Segment calls have weighs more."""
        both = self._weight(told & source)
        return both / (self._weight(told) + self._weight(source) - both) if both else 0.0

    def _weight(self, of: frozenset[str]) -> float:
        known = self._weights.get(of)
        if known is None:
            known = sum(1 / max(1, len(self._by_key.get(("token", token), ()))) for token in of)
            self._weights[of] = known
        return known


_VIEWS = frozenset({Kind.PAGE, Kind.SCREEN})
_IN_PARTS = frozenset({Kind.IDENTIFY, Kind.GROUP})


def _keys_of_segment(source: _Source) -> Iterable[tuple[str, str]]:
    call = source.call
    if call.name:
        yield "name", call.name
        yield "letters", _letters(call.name)
        yield "word", max(call.name.lower().split(), key=len, default="")
    if call.type in (*_VIEWS, Kind.ALIAS):
        yield "kind", call.type
    if call.type in (Kind.IDENTIFY, Kind.ALIAS) and call.user:
        yield "user", call.user
    if call.type == Kind.GROUP and call.group:
        yield "group", call.group
    for token in source.tokens:
        yield "token", token


def _keys_of_vendor(call: VendorCall, told: frozenset[str]) -> Iterable[tuple[str, str]]:
    if call.name:
        yield "name", call.name
        yield "letters", _letters(call.name)
        yield from (("word", word) for word in call.name.lower().split())
    yield "kind", call.kind
    if call.user:
        yield "user", call.user
    if call.group:
        yield "group", call.group
    for token in told:
        yield "token", token


def _name_likeness(call: VendorCall, segment: SegmentCall) -> float:
    if not call.name or not segment.name:
        return 0.0
    if call.name == segment.name:
        return 1.0
    # "Viewed Home Page" for page("Home"), "orderCompleted" for "Order Completed".
    told, said = _letters(call.name), _letters(segment.name)
    if told == said:
        return 0.9
    return 0.5 if len(said) >= 3 and said in told else 0.0


def _letters(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _same_identity(call: VendorCall, segment: SegmentCall) -> bool:
    if call.kind in (Kind.IDENTIFY, Kind.ALIAS) and segment.type in (Kind.IDENTIFY, Kind.ALIAS):
        return call.user is not None and call.user == segment.user
    if call.kind == Kind.GROUP and segment.type == Kind.GROUP:
        return call.group is not None and call.group == segment.group
    return False
