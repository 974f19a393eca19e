"""docs/spec-rules.md names every rule with its severity, and every event, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from testbed.segment import read_calls, refused, validate
from testbed.segment.model import Rule
from testbed.segment.spec.semantic import EVENTS
from tests.segment.mock import post
from tests.segment.spec.test_rules import CASES, broken_by

PAGE = (Path(__file__).parents[3] / "docs/spec-rules.md").read_text(encoding="utf-8")
DOCUMENTED = dict(re.findall(r"^\| `([\w.-]+)` \| (error|warning) \|", PAGE, re.MULTILINE))


def pattern(name: str) -> re.Pattern[str]:
    """The rules that a documented name stands for. Fields can be nested; calls and events are one word."""
    return re.compile(re.escape(name).replace("FIELD", ".+").replace("CALL", r"\w+").replace("EVENT", r"[\w-]+"))


def documented_as(rule: str) -> str:
    """The most literal of the documented names that fit."""
    fitting = [name for name in DOCUMENTED if pattern(name).fullmatch(rule)]
    return max(fitting, key=lambda name: sum(part.lower() == part for part in name.split(".")), default="")


def everything_broken() -> list[Rule]:
    (keyless,) = read_calls("f", post("t", {"type": "track"}))
    return [
        *refused("f", post("t", b"{")),
        *validate(keyless),
        *(rule for table in CASES.values() for _, bad, _ in table for rule in broken_by(bad)),
    ]


def test_every_rule_is_documented_with_its_severity():
    for rule in everything_broken():
        assert DOCUMENTED.get(documented_as(rule.rule)) == rule.severity, rule.rule


def test_nothing_is_documented_that_no_call_can_break():
    assert {documented_as(rule.rule) for rule in everything_broken()} == set(DOCUMENTED)


def test_every_event_is_listed():
    rows = PAGE.split("## Semantic events")[1].split("| | |\n|---|---|\n")[1].splitlines()
    assert sorted(name.strip() for row in rows for name in row.split("|")[2].split(",")) == sorted(EVENTS)
