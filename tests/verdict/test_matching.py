"""What matches what, and how a difference reads."""

import msgspec
import pytest

from testbed.verdict.matching import ABSENT, compare

MATCHING = [
    # scalars
    (1, 1),
    (1, 1.0),
    ("a", "a"),
    (None, None),
    (True, True),
    # mappings by subset, deep
    ({}, {"a": 1}),
    ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}),
    # lists in full, their items by subset
    ([], []),
    ([{"a": 1}, 2], [{"a": 1, "b": 2}, 2]),
    ([1], (1,)),
    # keys that start with $
    ({"$$email": "a"}, {"$email": "a"}),
    # matchers
    ({"$regex": "^a.c$"}, "abc"),
    ({"$regex": "b"}, "abc"),
    ({"$type": "string"}, ""),
    ({"$type": "number"}, 1.5),
    ({"$type": "integer"}, 2.0),
    ({"$type": "boolean"}, False),
    ({"$type": "object"}, {}),
    ({"$type": "array"}, []),
    ({"$type": "null"}, None),
    ({"a": {"$absent": True}}, {"b": 1}),
    ({"a": {"$any": True}}, {"a": None}),
    ({"$between": [1, 2]}, 1),
    ({"$between": [1, 2]}, 2.0),
    ({"$between": ["2026-01-01", "2026-12-31"]}, "2026-06-01T00:00:00Z"),
    ({"$anyOrder": [1, 2, 2]}, [2, 1, 2]),
    # one item satisfies both patterns, the other only the loose one: no first-come choice finds it
    ({"$anyOrder": [{"$any": True}, {"a": 1}]}, [{"a": 1}, {"b": 2}]),
    ({"$anyOrder": []}, []),
    ({"$exact": {"a": {"b": 1}}}, {"a": {"b": 1}}),
    ({"$exact": {"a": {"$any": True}}}, {"a": {"b": 1}}),
    ({"$not": 1}, 2),
    ({"$not": {"$absent": True}}, 1),
    ({"$oneOf": [1, {"$type": "string"}]}, "x"),
    ({"a": {"$oneOf": [{"$absent": True}, 1]}}, {}),
]

DIFFERING = [
    # types are strict
    (49.9, "49.9", [("", 'was sent as string "49.9", expected the number 49.9')]),
    ("1", 1, [("", 'was sent as number 1, expected the string "1"')]),
    (1, True, [("", "was sent as boolean true, expected the number 1")]),
    (True, 1, [("", "was sent as number 1, expected the boolean true")]),
    (0, False, [("", "was sent as boolean false, expected the number 0")]),
    (0, None, [("", "was sent as null null, expected the number 0")]),
    ({}, [], [("", "was sent as array [], expected the object {}")]),
    # values
    ("a", "b", [("", 'is "b", expected "a"')]),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", "is 2, expected 1")]),
    ({"a": 1, "b": 2}, {"a": 2, "b": 1}, [("a", "is 2, expected 1"), ("b", "is 1, expected 2")]),
    # absence
    ({"a": 1}, {}, [("a", "is missing, expected 1")]),
    ({"a": None}, {}, [("a", "is missing, expected null")]),
    ({"order_id": "o"}, {"orderId": "o"}, [("order_id", "is missing, expected \"o\"; there is 'orderId'")]),
    ({"$$email": 1}, {"$email": 2}, [("$email", "is 2, expected 1")]),
    # lists
    ([1, 2], [1], [("[1]", "is missing, expected 2")]),
    ([1], [1, 2], [("[1]", "is one item too many: 2")]),
    ([1, 2], [2, 1], [("[0]", "is 2, expected 1"), ("[1]", "is 1, expected 2")]),
    ({"p": [{"a": 1}]}, {"p": [{"a": 2}]}, [("p[0].a", "is 2, expected 1")]),
    # matchers
    ({"$regex": "^b"}, "abc", [("", "is \"abc\", in which '^b' is not found")]),
    ({"$regex": "1"}, 1, [("", "was sent as number 1, expected a string")]),
    ({"$type": "number"}, "1", [("", 'was sent as string "1", expected a number')]),
    ({"$type": "integer"}, 1.5, [("", "was sent as number 1.5, expected a integer")]),
    ({"$type": "number"}, True, [("", "was sent as boolean true, expected a number")]),
    ({"a": {"$absent": True}}, {"a": None}, [("a", "is there, with null")]),
    ({"a": {"$any": True}}, {}, [("a", 'is missing, expected {"$any":true}')]),
    ({"a": {"$type": "null"}}, {}, [("a", 'is missing, expected {"$type":"null"}')]),
    ({"a": {"$regex": ""}}, {}, [("a", 'is missing, expected {"$regex":""}')]),
    ({"$between": [1, 2]}, 3, [("", "is 3, not between 1 and 2")]),
    ({"$between": [1, 2]}, "1", [("", 'was sent as string "1", expected a number')]),
    ({"$anyOrder": [1, 2]}, [1, 3], [("[1]", "is 3, expected 2")]),
    ({"$anyOrder": [1]}, [1, 1], [("[1]", "is an item that was not expected: 1")]),
    ({"$anyOrder": [1, 1]}, [1], [("", "has no item 1")]),
    ({"$anyOrder": [1]}, 1, [("", "was sent as number 1, expected a array")]),
    ({"$exact": {"a": {"b": 1}}}, {"a": {"b": 1, "c": 2}}, [("a.c", "is there, with 2")]),
    ({"$exact": [{"a": 1}]}, [{"a": 1, "b": 2}], [("[0].b", "is there, with 2")]),
    ({"$not": 1}, 1, [("", "is 1, which it must not be")]),
    ({"a": {"$not": 1}}, {}, [("a", 'is missing, expected {"$not":1}')]),
    ({"a": {"$not": {"$absent": True}}}, {}, [("a", 'is missing, expected {"$not":{"$absent":true}}')]),
    ({"$oneOf": [1, 2]}, 3, [("", "is 3, none of [1,2]")]),
]


@pytest.mark.parametrize(("pattern", "actual"), MATCHING)
def test_matches(pattern, actual):
    assert compare(pattern, actual) == []


@pytest.mark.parametrize(("pattern", "actual", "said"), DIFFERING)
def test_differs(pattern, actual, said):
    assert [(each.path, each.message) for each in compare(pattern, actual)] == said


@pytest.mark.parametrize(("pattern", "actual", "said"), DIFFERING)
def test_a_difference_is_json(pattern, actual, said):
    assert msgspec.json.encode(compare(pattern, actual))


def test_paths_start_where_they_are_told():
    (difference,) = compare({"a": 1}, {"a": 2}, "properties")
    assert (difference.path, difference.expected, difference.actual) == ("properties.a", 1, 2)


def test_nothing_is_compared_with_what_is_not_there():
    assert [each.message for each in compare(1, ABSENT, "name")] == ["is missing, expected 1"]
    assert compare({"$absent": True}, ABSENT, "name") == []


@pytest.mark.parametrize(
    ("expression", "text", "matches"),
    [
        ("b", "a" * 25_000 + "b" + "a" * 25_000, True),
        ("^a+b", "a" * 9_000 + "b" + "a" * 9_000, True),
        ("b$", "a" * 25_000 + "b", True),
        # the end of a piece is not the end
        ("a$", "a" * 25_000 + "b", False),
        ("^b", "a" * 5_000 + "b" + "a" * 25_000, False),
        ("c", "a" * 25_000, False),
    ],
)
def test_a_long_text_is_looked_at_in_pieces(expression: str, text: str, matches: bool):
    assert (compare({"$regex": expression}, text) == []) == matches
