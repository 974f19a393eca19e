"""The README's transcript is what a run prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import readme

pytestmark = pytest.mark.browser


def test_the_failing_run_is_as_shown(tmp_path: Path):
    screen = readme.failing_run(tmp_path)
    shown = (readme.ROOT / "README.md").read_text().partition("$ testbed run acme -k order\n")[2].partition("\n```")[0]
    assert readme.transcript(screen) == re.sub(r"\d+\.\d+ s\b", "0.3 s", shown)
