"""Which Segment call caused a vendor call: by what it says."""

from __future__ import annotations

import pytest

from testbed.lenses.api import VendorCall
from testbed.segment.model import SegmentCall
from testbed.verdict import correlate
from testbed.verdict.correlation import cause_of
from testbed.verdict.intents import intents

CASES = {
    # what the vendor carries settles it
    "message id in raw": (
        [("track", {"name": "B"}, "m1"), ("track", {"name": "A"}, "m2")],
        [("track", {"name": "A", "raw": {"properties": {"$insert_id": "m1"}}})],
        ["m1"],
    ),
    "message id as dedupe key": ([("track", {"name": "B"}, "m1")], [("track", {"name": "A", "dedupe": "m1"})], ["m1"]),
    "message id of a session event": ([("track", {}, "m1")], [("session", {"dedupe": "m1"})], ["m1"]),
    # by name and kind
    "name": (
        [("track", {"name": "A"}, "m1"), ("track", {"name": "B"}, "m2")],
        [("track", {"name": "B"}), ("track", {"name": "A"})],
        ["m2", "m1"],
    ),
    "equal calls pair up in order": (
        [("track", {"name": "A"}, "m1"), ("track", {"name": "A"}, "m2")],
        [("track", {"name": "A"}), ("track", {"name": "A"})],
        ["m1", "m2"],
    ),
    "one call delivered twice": (
        [("track", {"name": "A"}, "m1"), ("track", {"name": "B"}, "m2")],
        [("track", {"name": "A"}), ("track", {"name": "A"})],
        ["m1", "m1"],
    ),
    "one insert id is one cause": (
        [("track", {"name": "A"}, "m1"), ("track", {"name": "A"}, "m2")],
        [("track", {"name": "A", "dedupe": "d"}), ("track", {"name": "A", "dedupe": "d"})],
        ["m1", "m1"],
    ),
    "same name, told apart by properties": (
        [
            ("track", {"name": "A", "properties": {"plan": "free", "n": 1}}, "m1"),
            ("track", {"name": "A", "properties": {"plan": "pro", "n": 1}}, "m2"),
        ],
        [("track", {"name": "A", "properties": {"n": 1, "plan": "pro"}})],
        ["m2"],
    ),
    "a page sent as an event": (
        [("page", {"name": "Home"}, "m1"), ("page", {"name": "Pricing"}, "m2")],
        [("track", {"name": "Viewed Pricing Page"})],
        ["m2"],
    ),
    "a wrong name, told by its properties": (
        [("track", {"name": "Order Completed", "properties": {"order_id": "o-17", "revenue": 5}}, "m1")],
        [("track", {"name": "Bought", "properties": {"order_id": "o-17", "revenue": "5"}})],
        ["m1"],
    ),
    "numbers sent as text still tell": (
        [("track", {"name": "A", "properties": {"revenue": 49.9}}, "m1")],
        [("track", {"name": "X", "properties": {"revenue": "49.9"}})],
        ["m1"],
    ),
    # identity
    "identify by user": (
        [("identify", {"user": "u1"}, "m1"), ("identify", {"user": "u2"}, "m2")],
        [("identify", {"user": "u2"})],
        ["m2"],
    ),
    "one identify in two parts": (
        [("identify", {"user": "u1", "properties": {"plan": "pro"}}, "m1")],
        [("identify", {"user": "u1"}), ("identify", {"user": "u1", "properties": {"plan": "pro"}})],
        ["m1", "m1"],
    ),
    "one identify in two parts, and one of which nothing is told": (
        [
            ("identify", {"user": "u1", "properties": {"plan": "pro"}}, "m1"),
            ("identify", {"user": "u1", "properties": {"plan": "pro"}}, "m2"),
        ],
        [("identify", {"user": "u1"}), ("identify", {"user": "u1", "properties": {"plan": "pro"}})],
        ["m1", "m1"],
    ),
    "equal profiles pair up in order": (
        [
            ("identify", {"user": "u1", "properties": {"plan": "pro"}}, "m1"),
            ("identify", {"user": "u1", "properties": {"plan": "pro"}}, "m2"),
        ],
        [
            ("identify", {"user": "u1"}),
            ("identify", {"user": "u1", "properties": {"plan": "pro"}}),
            ("identify", {"user": "u1", "properties": {"plan": "pro"}}),
        ],
        ["m1", "m1", "m2"],
    ),
    "two identifies of one user": (
        [
            ("identify", {"user": "u1", "properties": {"plan": "free"}}, "m1"),
            ("identify", {"user": "u1", "properties": {"plan": "pro"}}, "m2"),
        ],
        [("identify", {"user": "u1", "properties": {"plan": "pro"}})],
        ["m2"],
    ),
    "group by id": ([("group", {"group": "g1"}, "m1")], [("group", {"group": "g1"})], ["m1"]),
    "alias": ([("alias", {"user": "u2", "previous": "u1"}, "m1")], [("alias", {"user": "u2"})], ["m1"]),
    "an identify that an alias caused": ([("alias", {"user": "u2"}, "m1")], [("identify", {"user": "u2"})], ["m1"]),
    "a nameless page": ([("page", {}, "m1"), ("track", {"name": "A"}, "m2")], [("page", {})], ["m1"]),
    # nothing speaks for it
    "another name": ([("track", {"name": "A"}, "m1")], [("track", {"name": "B"})], [None]),
    "another user": ([("identify", {"user": "u1"}, "m1")], [("identify", {"user": "u2"})], [None]),
    "the same user is not enough": (
        [("track", {"name": "A", "user": "u"}, "m1")],
        [("track", {"name": "B", "user": "u"})],
        [None],
    ),
    "a value everybody has": (
        [("track", {"name": "A", "properties": {"ok": True}}, "m1")],
        [("track", {"name": "B", "properties": {"fine": True}})],
        [None],
    ),
    "automatic events": ([("track", {"name": "A"}, "m1")], [("automatic", {"name": "A"})], [None]),
    "no Segment call": ([], [("track", {"name": "A"})], [None]),
}


@pytest.mark.parametrize(("told", "calls", "expected"), CASES.values(), ids=CASES)
def test_correlate(bench, told, calls, expected):
    segment = [bench.told(kind, message_id, **fields) for kind, fields, message_id in told]
    vendor = [bench.call(kind, flow=f"v{n}", **fields) for n, (kind, fields) in enumerate(calls)]
    causes = correlate(vendor, segment)
    assert [causes.get(f"v{n}#0") for n in range(len(calls))] == expected


def test_order_and_time_alone_say_nothing(bench):
    segment = [bench.told("track", "m1", name="A", timestamp="2026-01-01T00:00:00Z")]
    vendor = [bench.call("track", name="Something Else", time=1767225600.0)]
    assert correlate(vendor, segment) == {}


def test_calls_that_share_a_place_keep_their_own_causes(bench):
    """As a lens derives them: the track of a new user shows the identify, and stands where it stands."""
    segment = [bench.told("identify", "m1", user="u1"), bench.told("track", "m2", name="A", user="u1")]
    told, other = bench.call("identify", user="u1"), bench.call("identify", user="u9", index=1)
    vendor = [told, bench.call("track", name="A", user="u1"), other, bench.call("track", name="A", index=1)]
    causes = correlate(vendor, segment)
    assert [cause_of(causes, call) for call in vendor] == ["m1", "m2", None, "m2"]
    assert causes["v1#0"] == "m2"
    assert [intent.cause for intent in intents(vendor, causes)] == ["m1", "m2", None, "m2"]


def test_ten_thousand_calls_find_their_causes(bench):
    segment: list[SegmentCall] = []
    vendor: list[VendorCall] = []
    for n in range(10_000):
        properties = {"number": n, "plan": "pro", "label": f"item {n}"}
        segment.append(bench.told("track", f"m{n}", name="Numbered", properties=properties))
        vendor.append(bench.call("track", flow=f"v{n}", name="Numbered", properties=properties))
    causes = correlate(vendor[::-1], segment)
    assert causes == {f"v{n}#0": f"m{n}" for n in range(10_000)}


def test_ten_thousand_equal_calls_pair_up_in_order(bench):
    segment = [bench.told("track", f"m{n}", name="Tick", properties={"plan": "pro"}) for n in range(10_000)]
    vendor = [bench.call("track", flow=f"v{n}", name="Tick", properties={"plan": "pro"}) for n in range(10_000)]
    assert correlate(vendor, segment) == {f"v{n}#0": f"m{n}" for n in range(10_000)}
