"""Examples as they are for the web, for tests that have no other device."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def web_alone(example: str, into: Path) -> Path:
    """A copy of the example in the folder `into`, without its android targets, which stand last in its manifest, and
    without the scenarios that are for these alone."""
    unneeded = shutil.ignore_patterns("node_modules", "android")
    shutil.copytree(EXAMPLES / example, into, ignore=unneeded, dirs_exist_ok=True)
    manifest = into / "plugin.toml"
    manifest.write_text(manifest.read_text().partition("\n[targets.android")[0])
    for scenario in into.glob("scenarios/*.yaml"):
        text = scenario.read_text()
        if "\ntargets: [android" in text:
            scenario.unlink()
        else:
            scenario.write_text(re.sub(r"(?<=\ntargets: \[web), android[^\]]*", "", text))
    return into
