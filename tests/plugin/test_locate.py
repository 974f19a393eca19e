"""Each key of a TOML file has the line and column where it is written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.plugin.locate import locate, nearest_place

TEXT = '''\
# a comment with [brackets] = and "quotes"
name = "Acme" # [not.a.table]
egress.hosts = ["a.example", 'b.example',
    "c.example", # last
]
text = """
[not.a.table]
key = "\\""" """
path = \'\'\'C:\\temp\'\'\'

[settings]
"api key" = "x"
  nested = { a = 1, "b.c" = [true, { d = 1979-05-27T07:32:00Z }] }

[targets.web]
sdk = "web"

[[targets.web.subscriptions]]
subscribe = 'type = "track"'
[targets.web.subscriptions.mapping]
event = { "@path" = "$.event" }
[[targets.web.subscriptions]]
subscribe = "x"

[[stub]]
host = "a"
[[stub]]
headers.etag = "1"
'''

PLACES = {
    "name": (2, 1),
    "egress": (3, 1),
    "egress.hosts": (3, 1),
    "egress.hosts.0": (3, 17),
    "egress.hosts.1": (3, 30),
    "egress.hosts.2": (4, 5),
    "text": (6, 1),
    "path": (9, 1),
    "settings": (11, 1),
    "settings.api key": (12, 1),
    "settings.nested": (13, 3),
    "settings.nested.a": (13, 14),
    "settings.nested.b.c": (13, 21),
    "settings.nested.b.c.0": (13, 30),
    "settings.nested.b.c.1": (13, 36),
    "settings.nested.b.c.1.d": (13, 38),
    "targets": (15, 1),
    "targets.web": (15, 1),
    "targets.web.sdk": (16, 1),
    "targets.web.subscriptions": (18, 1),
    "targets.web.subscriptions.0": (18, 1),
    "targets.web.subscriptions.0.subscribe": (19, 1),
    "targets.web.subscriptions.0.mapping": (20, 1),
    "targets.web.subscriptions.0.mapping.event": (21, 1),
    "targets.web.subscriptions.0.mapping.event.@path": (21, 11),
    "targets.web.subscriptions.1": (22, 1),
    "targets.web.subscriptions.1.subscribe": (23, 1),
    "stub": (25, 1),
    "stub.0": (25, 1),
    "stub.0.host": (26, 1),
    "stub.1": (27, 1),
    "stub.1.headers": (28, 1),
    "stub.1.headers.etag": (28, 1),
}


def test_places() -> None:
    found = locate(TEXT, file="plugin.toml")
    assert {path: (place.line, place.column) for path, place in found.items()} == PLACES
    assert str(found["settings.nested"]) == "plugin.toml:13:3"


def test_no_key_is_missed() -> None:
    assert set(paths(tomllib.loads(TEXT))) == set(PLACES)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, len(TEXT)), st.sampled_from("\"'[]{}=.,#\n a\\")), max_size=3))
def test_no_key_of_any_toml_is_missed(edits: list[tuple[int, str]]) -> None:
    text = TEXT
    for position, char in edits:
        text = text[:position] + char + text[position:]
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(paths(tree)) <= set(locate(text, file="plugin.toml"))


def paths(tree: Any, prefix: str = "") -> list[str]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [p for key, value in items for p in (f"{prefix}{key}", *paths(value, f"{prefix}{key}."))]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("stub", 0, "host"), 26),
        # not in the file: the closest part of the path that is
        (("stub", 0, "path"), 25),
        (("settings", "nested", "a", "deeper"), 13),
        ((), None),
        (("nothing",), None),
    ],
)
def test_nearest_place(keys: tuple[str | int, ...], line: int | None) -> None:
    place = nearest_place(locate(TEXT, file="plugin.toml"), keys)
    assert (place and place.line) == line
