"""docs/benchmarks.md says what is measured, and what may grow."""

from __future__ import annotations

import re
from pathlib import Path

from tests.soak.__main__ import GROWTH, RSS_GROWTH, WARM

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/benchmarks.md").read_text()
SOURCE = "".join((ROOT / "tests/bench" / name).read_text() for name in ("__main__.py", "capturing.py"))


def test_every_figure_has_a_row_and_no_other():
    (table,) = re.findall(r"^\| figure .*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[1:]
    measured = re.findall(r'(?:figure\(\s*|what=|what = f)"([^"{]+?)(?:, \{example\})?"', SOURCE)
    assert rows == measured


def test_the_variables_are_the_makefiles():
    makefile = (ROOT / "Makefile").read_text()
    said = set(re.findall(r"\b([A-Z]{4,})=", TEXT))
    assert said == {name for name in re.findall(r"\$\((?:if|or) ?\$\(([A-Z]+)\)", makefile)} | {"PROFILE"}


def test_what_may_grow():
    assert f"after {WARM} runs" in TEXT
    assert GROWTH == {"processes": 0, "descriptors": 2, "threads": 2}
    assert f"no process, 2 descriptors, 2 threads, and {RSS_GROWTH:.0%}".replace("%", " %") in TEXT
