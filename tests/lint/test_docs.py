"""docs/lint.md names every rule with its severities, its limits and its shapes, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

from testbed.lint import RULES
from testbed.lint.rules.android import MAX_LIBRARIES
from testbed.lint.rules.bundle import MAX_GZIP, MAX_RAW
from testbed.lint.rules.secrets import SHAPES, SHORTEST
from testbed.lint.script import MAX_PARSED
from tests.lint.test_rules import BROKEN

PAGE = (Path(__file__).parents[2] / "docs/lint.md").read_text(encoding="utf-8")
ROWS = {row[0]: row[1:] for row in re.findall(r"^\| `([\w-]+)` \| ([\w, ]+) \| (.*) \|$", PAGE, re.MULTILINE)}


def test_every_rule_is_documented_in_order_and_no_other() -> None:
    assert list(ROWS) == [rule.id for rule in RULES]


def test_with_the_severities_that_it_has() -> None:
    for rule in RULES:
        assert ROWS[rule.id][0].split(", ")[0] == rule.severity
    for name, rows in BROKEN.items():
        assert {severity for severity, *_ in rows} == set(ROWS[name][0].split(", ")), name


def test_limits_and_shapes() -> None:
    assert f"more than {MAX_RAW:,} bytes, or more than {MAX_GZIP:,} gzipped" in ROWS["bundle-size"][1]
    assert f"more than {MAX_LIBRARIES:,} bytes" in ROWS["library-size"][1]
    assert f"more than {MAX_PARSED >> 20} MiB" in ROWS["unparsed"][1]
    assert f"of {SHORTEST} characters or more" in ROWS["secret-value"][1]
    assert f": {', '.join(SHAPES)}." in ROWS["key-shape"][1]


def test_every_rule_says_what_it_promises() -> None:
    assert all(rule.promise and rule.__doc__ for rule in RULES)
    assert len({rule.id for rule in RULES}) == len(RULES)
