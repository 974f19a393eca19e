"""YAML to a tree: what is read, what is refused, and that a refusal says where."""

import pytest

from testbed.errors import PluginRefused
from testbed.scenario.tree import MAX_BYTES, read_tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # scalars of the core schema
        ("a: 1", {"a": 1}),
        ("a: -1.5e3", {"a": -1500.0}),
        ("a: true", {"a": True}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        # and what stays text
        ("a: yes", {"a": "yes"}),
        ("a: 2026-01-02", {"a": "2026-01-02"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: '1'", {"a": "1"}),
        ("a: |\n  b\n  c\n", {"a": "b\nc\n"}),
        # collections
        ("[1, {b: [c]}]", [1, {"b": ["c"]}]),
        ("- a\n- b: 1\n  c: 2", ["a", {"b": 1, "c": 2}]),
        ('{"1": a}', {"1": "a"}),
        # aliases, a few
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        # a byte order mark
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_reads(text, value):
    assert read_tree(text.encode(), file="f.yaml").plain == value


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        # not YAML
        (b"a: [1, 2", "f.yaml:1:9", "not YAML"),
        (b"a: b: c", "f.yaml:1:5", "not YAML"),
        (b"a: 1\n\tb: 2", "f.yaml:2:1", "not YAML"),
        (b'a: "x\x01"', "f.yaml", "not YAML"),
        (b"a: 1\nb: \xff", "f.yaml:2", "not UTF-8"),
        (b"", "f.yaml:1", "empty"),
        (b"# only a comment\n", "f.yaml:1", "empty"),
        (b"a: 1\n---\nb: 2", "f.yaml:2:1", "second YAML document"),
        # keys
        (b"a: 1\nb: 2\na: 3", "f.yaml:3:1", "the key 'a' twice, first at line 1"),
        (b"1: a", "f.yaml:1:1", "the key '1' is not text"),
        (b"{[a]: b}", "f.yaml:1:2", "a key that is not text"),
        (b"x: &a {b: 1}\ny: {<<: *a}", "f.yaml:2:5", "merge key"),
        # tags
        (b"a: !!python/object:os.system x", "f.yaml:1:4", "YAML tag"),
        (b"a: !!str 3", "f.yaml:1:4", "YAML tag"),
        # what JSON cannot carry
        (b"a: .nan", "f.yaml:1:4", "no JSON number"),
        (b"a: 1e999", "f.yaml:1:4", "beyond JSON's range"),
        (b"a: 0x10", "f.yaml:1:4", "no JSON number"),
        # bombs
        (b"x: *nobody", "f.yaml:1:4", "of no anchor"),
        (b"x: &a [*a]", "f.yaml:1:8", "of no anchor"),
        (b"a: &a 1\nb: [" + b"*a, " * 33 + b"]", "f.yaml:2:133", "more than 32 aliases"),
        (b"[" * 60 + b"]" * 60, "f.yaml:1:52", "nested deeper"),
        (b"a: 1\n" * (MAX_BYTES // 5 + 1), "f.yaml", "bytes of YAML"),
    ],
)
def test_refuses(text, place, message):
    with pytest.raises(PluginRefused) as refused:
        read_tree(text, file="f.yaml")
    assert message in refused.value.message
    assert str(refused.value.place) == place


def test_refuses_the_billion_laughs():
    lines = ["a0: &a0 [" + ", ".join(["lol"] * 20) + "]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 5)}]" for n in range(1, 7)]
    with pytest.raises(PluginRefused, match="more than 50000 values"):
        read_tree("\n".join(lines).encode(), file="f.yaml")


def test_knows_where_keys_and_values_stand():
    root = read_tree(b"a:\n  - b: 1\n    c: 2\n", file="f.yaml")
    assert isinstance(root.value, dict)
    items = root.value["a"].value
    assert isinstance(items, list)
    assert (str(root.keys["a"]), str(items[0].keys["c"])) == ("f.yaml:1:1", "f.yaml:3:5")
