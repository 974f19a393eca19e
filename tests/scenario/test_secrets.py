"""`{$secret: value}`: as if only the value stood there, and known to be secret."""

from __future__ import annotations

import re

import pytest

from testbed.errors import PluginRefused
from testbed.scenario import read_scenario
from testbed.scenario.model import Secret
from testbed.scenario.secrets import SHORTEST

MARKED = """
name: a
settings: {apiKey: {$secret: k-1234}, nested: {list: [{$secret: in-a-list}]}}
stubs: [{host: h, json: {session: {$secret: s-1234}}}]
steps:
  - identify: {$secret: me@acme.example}
  - track: {event: E, properties: {pin: {$secret: 1234}, rate: {$secret: 0.125}}}
expect:
  vendor:
    - track: {name: E, properties: {pin: {$secret: 1234}, to: {$oneOf: [{$secret: k-1234}, x]}}}
"""
PLAIN = """
name: a
settings: {apiKey: k-1234, nested: {list: [in-a-list]}}
stubs: [{host: h, json: {session: s-1234}}]
steps:
  - identify: me@acme.example
  - track: {event: E, properties: {pin: 1234, rate: 0.125}}
expect:
  vendor:
    - track: {name: E, properties: {pin: 1234, to: {$oneOf: [k-1234, x]}}}
"""


def test_the_scenario_is_the_same_but_for_what_is_known_to_be_secret():
    marked, plain = (read_scenario(text.encode(), file="a.yaml") for text in (MARKED, PLAIN))
    for name in ("settings", "steps", "expect", "stubs"):
        assert _without_places(getattr(marked, name)) == _without_places(getattr(plain, name))
    assert plain.secrets == ()
    assert marked.secrets == (
        Secret("apiKey", "k-1234"),
        Secret("list", "in-a-list"),
        Secret("session", "s-1234"),
        Secret("identify", "me@acme.example"),
        Secret("pin", 1234),
        Secret("rate", 0.125),
        Secret("to", "k-1234"),
    )


def _without_places(value: object) -> str:
    return re.sub(r"Place\([^)]*\)", "", repr(value))


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ("{$secret: abc}", f"a.yaml:3:30: steps[0].track.event: $secret needs at least {SHORTEST} characters"),
        ("{$secret: true}", "steps[0].track.event: $secret needs text or a number, not true or false"),
        ("{$secret: }", "$secret needs text or a number, not nothing"),
        ("{$secret: {a: abcd}}", "$secret needs text or a number, not a mapping\n  fix: mark each value in it"),
        ("{$secret: [abcd]}", "$secret needs text or a number, not a list"),
        ("{$secret: abcd, a: 1}", "$secret beside other keys\n  fix: write `event: {$secret: value}`"),
        ("{$secrt: abcd}", "steps[0].track.event: needs text, not a mapping"),
    ],
)
def test_refused_with_the_place_and_the_fix(mark: str, says: str):
    with pytest.raises(PluginRefused) as refused:
        read_scenario(f"name: a\nsteps:\n  - track: {{event: {mark}}}".encode(), file="a.yaml")
    assert says in str(refused.value)
