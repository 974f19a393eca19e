"""docs/scenarios.md leaves nothing of the format out."""

import re
from pathlib import Path

import msgspec
import pytest

from testbed.scenario import read_scenario
from testbed.scenario.e2e_cli import CALLS, Config, Options, read_case
from testbed.scenario.e2e_cli import KEYS as CASE_KEYS
from testbed.scenario.expecting import (
    CALL_KEYS,
    COOKIE_ATTRIBUTES,
    DEVICE_KEYS,
    DEVICE_KINDS,
    EXPECT_KEYS,
    NEVER_KEYS,
    REQUEST_KEYS,
)  # fmt: skip
from testbed.scenario.loading import SCENARIO_KEYS
from testbed.scenario.model import CloudKnobs, SettingsKnob, TrackingKnob
from testbed.scenario.patterns import MATCHERS, TYPES, fault_of
from testbed.scenario.playing import STEPS
from testbed.scenario.steps import SHORTHAND
from testbed.scenario.tree import read_tree
from testbed.scenario.vocabulary import VENDOR_KINDS

TEXT = (Path(__file__).parents[2] / "docs/scenarios.md").read_text()


def section(title: str) -> str:
    found = re.search(rf"^##+ {title}\n(.*?)(?=^##+ |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title!r}"
    return found.group(1)


SECTIONS = {
    "The file": (*SCENARIO_KEYS, *(f"cloud.{name}" for name in CloudKnobs.__struct_fields__)),
    "Expectations": (*EXPECT_KEYS, *NEVER_KEYS, "id", "only"),
    "Calls": (*(key for key in CALL_KEYS if key not in ("id", "only")), "vendor", "options", *VENDOR_KINDS),
    "Requests": tuple(key for key in REQUEST_KEYS if key not in ("id", "only")),
    "Device": (*DEVICE_KINDS, *COOKIE_ATTRIBUTES, *(key for key in DEVICE_KEYS if key not in ("id", "only"))),
}


@pytest.mark.parametrize(("title", "key"), [(title, key) for title, keys in SECTIONS.items() for key in keys])
def test_every_key_is_explained(title, key):
    assert f"`{key}`" in section(title)


@pytest.mark.parametrize("knob", [*SettingsKnob.__struct_fields__, *TrackingKnob.__struct_fields__])
def test_every_knob_is_explained(knob):
    assert re.search(rf"`{knob}(: true)?`", section("The file"))


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_explained_with_its_fields(name):
    (row,) = [line for line in section("Steps").splitlines() if line.startswith(f"| `{name}` |")]
    kind = STEPS[name]
    for field in msgspec.structs.fields(kind):
        if field.name not in ("only", "place"):
            assert f"`{field.encode_name}`" in row
            assert ("(needed)" in row.split(f"`{field.encode_name}`")[1].split(",")[0]) is field.required
    if kind in SHORTHAND:
        assert f"**`{SHORTHAND[kind]}`**" in row


@pytest.mark.parametrize("name", MATCHERS)
def test_every_matcher_is_explained_by_a_pattern_that_is_good(name):
    (written,) = re.findall(rf"^\| `(\{{\{name}: .*?\}})` \|", section("Matching"), re.MULTILINE)
    pattern = read_tree(written.encode(), file="docs").plain
    assert list(pattern) == [name]
    assert fault_of(pattern) is None


def test_every_type_is_named():
    assert all(name in section("Matching") for name in TYPES)


def test_the_keys_of_segments_cases_are_explained_and_the_example_is_one():
    text = section("Cases of Segment's e2e-cli")
    config = [f"config.{field.encode_name}" for field in msgspec.structs.fields(Config)]
    options = [field.encode_name for field in msgspec.structs.fields(Options)]
    assert all(f"`{key}`" in text for key in (*CASE_KEYS[:4], *config, *options, *CALLS, "delayMs", "events"))
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert len(read_case(example.encode(), file="docs").expect.segment or ()) == 3


def test_the_example_is_a_scenario():
    (example,) = re.findall(r"```yaml\n(# yaml-language-server.*?)```", TEXT, re.DOTALL)
    assert read_scenario(example.encode(), file="docs").expect.vendor
