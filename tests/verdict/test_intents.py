"""What of a vendor's calls is one thing said."""

from __future__ import annotations

import pytest

from testbed.verdict.intents import intents

CASES = {
    # identity and profile of one identify
    "one user, one cause": (
        [("identify", {"user": "u1"}), ("identify", {"user": "u1", "properties": {"a": 1}})],
        {"0": "m1", "1": "m1"},
        [("identify", "u1", {"a": 1}, [0, 1])],
    ),
    "one user, no cause": (
        [("identify", {"user": "u1", "properties": {"a": 1}}), ("identify", {"user": "u1", "properties": {"b": 2}})],
        {},
        [("identify", "u1", {"a": 1, "b": 2}, [0, 1])],
    ),
    "one user, two causes": (
        [("identify", {"user": "u1", "properties": {"a": 1}}), ("identify", {"user": "u1", "properties": {"a": 2}})],
        {"0": "m1", "1": "m2"},
        [("identify", "u1", {"a": 1}, [0]), ("identify", "u1", {"a": 2}, [1])],
    ),
    "two users, one cause": (
        [("identify", {"user": "u1"}), ("identify", {"user": "u2"})],
        {"0": "m1", "1": "m1"},
        [("identify", "u1", {}, [0]), ("identify", "u2", {}, [1])],
    ),
    "the later write wins": (
        [("identify", {"user": "u", "properties": {"a": 1}}), ("identify", {"user": "u", "properties": {"a": 2}})],
        {"0": "m1", "1": "m1"},
        [("identify", "u", {"a": 2}, [0, 1])],
    ),
    "operators are united": (
        [
            ("identify", {"user": "u", "properties": {"$add": {"a": 1}}}),
            ("identify", {"user": "u", "properties": {"$add": {"b": 2}}}),
        ],
        {"0": "m1", "1": "m1"},
        [("identify", "u", {"$add": {"a": 1, "b": 2}}, [0, 1])],
    ),
    "an increment sent twice is two": (
        [
            ("identify", {"user": "u", "properties": {"$add": {"a": 1}}}),
            ("identify", {"user": "u", "properties": {"$add": {"a": 1}}}),
        ],
        {"0": "m1", "1": "m1"},
        [("identify", "u", {"$add": {"a": 1}}, [0]), ("identify", "u", {"$add": {"a": 1}}, [1])],
    ),
    "a profile set twice is one": (
        [
            ("identify", {"user": "u", "properties": {"$set_once": {"a": 1}}}),
            ("identify", {"user": "u", "properties": {"$set_once": {"a": 1}}}),
        ],
        {"0": "m1", "1": "m1"},
        [("identify", "u", {"$set_once": {"a": 1}}, [0, 1])],
    ),
    "nobody in particular": (
        [("identify", {}), ("identify", {})],
        {},
        [("identify", None, {}, [0]), ("identify", None, {}, [1])],
    ),
    "one anonymous visitor": (
        [("identify", {"anonymous": "d"}), ("identify", {"anonymous": "d", "properties": {"a": 1}})],
        {},
        [("identify", None, {"a": 1}, [0, 1])],
    ),
    # groups likewise
    "one group, one cause": (
        [("group", {"group": "g"}), ("group", {"group": "g", "properties": {"a": 1}})],
        {"0": "m1", "1": "m1"},
        [("group", None, {"a": 1}, [0, 1])],
    ),
    # copies, by their insert id
    "a track and its copy": (
        [("track", {"name": "A", "dedupe": "i1"}), ("track", {"name": "A", "dedupe": "i1"})],
        {"0": "m1", "1": "m1"},
        [("track", None, {}, [0, 1])],
    ),
    "an increment and its copy": (
        [
            ("identify", {"user": "u", "dedupe": "i1", "properties": {"$add": {"a": 1}}}),
            ("identify", {"user": "u", "dedupe": "i1", "properties": {"$add": {"a": 1}}}),
        ],
        {"0": "m1", "1": "m1"},
        [("identify", "u", {"$add": {"a": 1}}, [0, 1])],
    ),
    "one insert id, two things said": (
        [("track", {"name": "A", "dedupe": "i1"}), ("track", {"name": "B", "dedupe": "i1"})],
        {"0": "m1", "1": "m1"},
        [("track", None, {}, [0]), ("track", None, {}, [1])],
    ),
    "two insert ids": (
        [("track", {"name": "A", "dedupe": "i1"}), ("track", {"name": "A", "dedupe": "i2"})],
        {"0": "m1", "1": "m1"},
        [("track", None, {}, [0]), ("track", None, {}, [1])],
    ),
    # nothing else merges
    "two tracks": (
        [("track", {"name": "A"}), ("track", {"name": "A"})],
        {"0": "m1", "1": "m1"},
        [("track", None, {}, [0]), ("track", None, {}, [1])],
    ),
    "an identify between tracks keeps its place": (
        [("identify", {"user": "u"}), ("track", {"name": "A"}), ("identify", {"user": "u"})],
        {"0": "m1", "1": "m2", "2": "m1"},
        [("identify", "u", {}, [0, 2]), ("track", None, {}, [1])],
    ),
}


@pytest.mark.parametrize(("calls", "causes", "expected"), CASES.values(), ids=CASES)
def test_intents(bench, calls, causes, expected):
    vendor = [bench.call(kind, flow=f"v{n}", **fields) for n, (kind, fields) in enumerate(calls)]
    found = intents(vendor, {f"v{n}#0": cause for n, cause in causes.items()})
    seen = [(each.kind, each.user, each.properties, [int(m[1:-2]) for m in each.members]) for each in found]
    assert seen == expected


def test_vendors_do_not_merge(bench):
    vendor = [bench.call("identify", user="u", vendor=name, flow=name) for name in ("Acme", "Other")]
    assert [each.vendor for each in intents(vendor, {})] == ["Acme", "Other"]


def test_knows_its_flow_and_cause(bench):
    (intent,) = intents([bench.call("track", flow="v7", index=3, name="A")], {"v7#3": "m1"})
    assert (intent.flow, intent.cause, intent.members) == ("v7", "m1", ("v7#3",))
