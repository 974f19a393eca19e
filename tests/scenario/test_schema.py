"""The published schema: up to date, and of one mind with the loader."""

import json
from pathlib import Path

import jsonschema
import pytest

from testbed.errors import PluginRefused
from testbed.scenario import read_scenario, scenario_schema
from testbed.scenario.playing import STEPS
from testbed.scenario.tree import read_tree

PUBLISHED = Path(__file__).parents[2] / "docs/schema/scenario.schema.json"

VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())

GOOD = [
    "name: a\nsteps: [page]",
    "name: a\nsteps: [{page: }, track: X, {track: {event: X, properties: {a: 1}}, only: web}, reset: {}]",
    "name: a\nsteps: [identify: u1, identify: {traits: {a: 1}}, settings: {k: 1}, consent: {A: true}]",
    "name: a\nsteps: [wait: {log: x}]\nexpect: {vendor: [track, track: X, identify: {traits: {a: {$any: true}}}]}",
    "name: a\nsteps: [page]\nexpect: {vendor: [track: {$regex: x}], others: allow, device: [{log: {$regex: x}}]}",
    "name: a\nsteps: [page]\nexpect: {segment: [track: {options: {context: {a: 1}}}]}",
    "name: a\nsteps: [page]\nexpect: {requests: [{json: [1], count: 0}]}",
    "name: a\nsteps: [page]\nexpect: {vendor: [track: {properties: {$$x: 1, a: {$anyOrder: [{$type: 'null'}]}}}]}",
    "name: a\nsteps: [page]\nexpect: {never: {vendor: [track], device: [{cookie: c, value: {$not: 1}}]}}",
    "name: a\nsteps: [page]\ncloud: {settings: {missing: true}, tracking: {times: 1}}",
    "name: a\nsteps: [page]\nstubs: [{host: h, status: 500}]",
    "name: a\nsteps: [advance: 60, advance: 1.5h, advance: {by_s: 5m}, {advance: 1, only: web}]",
    "name: a\nsteps: [identify: {userId: {$secret: me@x}, traits: {n: {$secret: 1234}}}, track: {$secret: abcd}]",
    "name: a\nsettings: {k: {$secret: abcd}}\nsteps: [page]\nexpect: {vendor: [identify: {user: {$secret: me@x}}]}",
]
BAD = [
    "name: a",
    "name: a\nsteps: []",
    "name: a\nsteps: [trak: X]",
    "name: a\nsteps: [track]",
    "name: a\nsteps: [track: {event: 3}]",
    "name: a\nsteps: [track: {evnt: X}]",
    "name: a\nsteps: [wait]",
    "name: a\nsteps: [advance]",
    "name: a\nsteps: [advance: 0]",
    "name: a\nsteps: [advance: 86401]",
    "name: a\nsteps: [advance: 5 min]",
    "name: a\nsteps: [wait: {request: a, log: b}]",
    "name: a\nsteps: [page]\ntolerate: [nothing]",
    "name: a\nsteps: [page]\nexpect: {vendor: [session: {options: {}}]}",
    "name: a\nsteps: [page]\nexpect: {vendor: [track: {properties: {$regx: 1}}]}",
    "name: a\nsteps: [page]\nexpect: {vendor: [track: {properties: {a: [{$typ: 1}]}}]}",
    "name: a\nsteps: [page]\nexpect: {device: [{cookie: a, storage: b}]}",
    "name: a\nsteps: [page]\nexpect: {requests: [{count: -1}]}",
    "name: a\nsteps: [page]\ncloud: {settings: {stat: 1}}",
    "name: a\nsteps: [track: {event: {$secret: abc}}]",
    "name: a\nsteps: [track: {event: {$secret: [abcd]}}]",
]


def test_is_published():
    fresh = json.dumps(scenario_schema(), indent=2) + "\n"
    assert PUBLISHED.read_text() == fresh, f"stale: write scenario_schema() to {PUBLISHED.name}, with an indent of 2"


def test_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


def test_tells_of_every_step():
    described = {
        name: option["properties"][name]["description"]
        for option in scenario_schema()["$defs"]["step"]["anyOf"]
        if "properties" in option
        for name in option["properties"]
        if name != "only"
    }
    assert set(described) == set(STEPS)
    assert all(described.values())


@pytest.mark.parametrize("text", GOOD)
def test_both_take(text):
    read_scenario(text.encode(), file="a.yaml")
    VALIDATOR.validate(read_tree(text.encode(), file="a.yaml").plain)


@pytest.mark.parametrize("text", BAD)
def test_both_refuse(text):
    with pytest.raises(PluginRefused):
        read_scenario(text.encode(), file="a.yaml")
    assert not VALIDATOR.is_valid(read_tree(text.encode(), file="a.yaml").plain)
