"""Which patterns are well formed."""

import pytest

from testbed.scenario.patterns import MATCHERS, compiled, fault_of, key_of, literal

GOOD = [
    1,
    "x",
    None,
    {},
    {"a": {"b": [1, {"$any": True}]}},
    {"$$email": "a@b.c"},
    {"$$add": {"$$x": 1}},
    {"$regex": "^a+$"},
    {"$type": "integer"},
    {"$absent": True},
    {"$any": True},
    {"$between": [1, 2.5]},
    {"$between": ["2026-01-01", "2026-12-31"]},
    {"$anyOrder": [1, {"$any": True}]},
    {"$exact": {"a": 1}},
    {"$not": {"$regex": "x"}},
    {"$oneOf": ["a", {"$type": "null"}]},
]

BAD = [
    # the matcher itself
    ({"$regx": "a"}, ("$regx",), "did you mean '$regex'"),
    ({"$revenue": 5}, ("$revenue",), "unknown matcher"),
    ({"a": [{"$any": True, "b": 1}]}, ("a", 0, "$any"), "beside other keys"),
    # its argument
    ({"$regex": 1}, ("$regex",), "needs text"),
    ({"$regex": "("}, ("$regex",), "not a regular expression"),
    ({"$regex": "a" * 501}, ("$regex",), "longer than"),
    ({"$type": "float"}, ("$type",), "needs one of"),
    ({"$absent": False}, ("$absent",), "takes only true"),
    ({"$any": 1}, ("$any",), "takes only true"),
    ({"$between": [1]}, ("$between",), "needs two"),
    ({"$between": [1, "2"]}, ("$between",), "needs two"),
    ({"$between": [True, False]}, ("$between",), "needs two"),
    ({"$between": [2, 1]}, ("$between",), "above"),
    ({"$anyOrder": {"a": 1}}, ("$anyOrder",), "needs a list"),
    ({"$exact": 1}, ("$exact",), "needs a mapping"),
    ({"$oneOf": []}, ("$oneOf",), "needs a list"),
    # below another one
    ({"$not": {"$oneOf": [{"$typ": 1}]}}, ("$not", "$oneOf", 0, "$typ"), "did you mean '$type'"),
]


@pytest.mark.parametrize("pattern", GOOD)
def test_good(pattern):
    assert fault_of(pattern) is None


@pytest.mark.parametrize(("pattern", "keys", "message"), BAD)
def test_bad(pattern, keys, message):
    fault = fault_of(pattern)
    assert fault is not None
    assert fault.keys == keys
    assert message in fault.message


def test_every_matcher_is_tried_above():
    tried = {key for pattern in GOOD if isinstance(pattern, dict) for key in pattern}
    assert set(MATCHERS) <= tried


EXPLODING = ["(a+)+$", "(a*)*", "(a|aa)+$", "((ab)+c?)*d", "(x+x+)+y", "(?:a+){10,}", "([a-z]+)*=", r"(\w+\s?)*$"]
TAME = [
    r"^\d{3}-\d+$",
    r"(\d{1,3}\.){3}\d{1,3}",
    "(foo|bar)?",
    "[(a+)+]",
    r"\(a+\)+",
    "a+b+",
    "(ab)*",
    "^(a|b)$",
    "x{2,}",
]


@pytest.mark.parametrize("expression", EXPLODING)
def test_refuses_what_takes_for_ever(expression):
    with pytest.raises(ValueError, match="for ever"):
        compiled(expression)


@pytest.mark.parametrize("expression", TAME)
def test_takes_what_does_not(expression):
    assert compiled(expression).pattern == expression


def test_literal_keeps_data_from_being_read_as_a_matcher():
    data = {"$regex": "a", "b": [{"$add": 1}]}
    written = literal(data)
    assert written == {"$$regex": "a", "b": [{"$$add": 1}]}
    assert fault_of(written) is None
    assert [key_of(key) for key in written] == ["$regex", "b"]
