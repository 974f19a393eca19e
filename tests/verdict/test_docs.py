"""docs/scenarios.md knows every check."""

import re
from pathlib import Path

from testbed.verdict.checks import BUILT_IN
from testbed.verdict.differences import STALE
from testbed.verdict.expectations.segment import OTHERS as SEGMENT_OTHERS
from testbed.verdict.expectations.steps import ID as STEP
from testbed.verdict.expectations.vendor import OTHERS as VENDOR_OTHERS

TEXT = (Path(__file__).parents[2] / "docs/scenarios.md").read_text()


def test_every_check_is_documented_and_no_other():
    section = TEXT.partition("## Built-in checks\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)
    assert documented == [STEP, VENDOR_OTHERS, SEGMENT_OTHERS, *(check.id for check in BUILT_IN), STALE]
