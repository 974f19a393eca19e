"""docs/plugin-format.md leaves no key out, and its example is one that the reader takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from testbed.plugin import archive, entries, library, names, records
from testbed.plugin.check import check
from testbed.plugin.manifest import read_manifest
from testbed.plugin.model import CallType, Kind, Sdk, Style
from testbed.plugin.schema import DESCRIPTIONS

PAGE = (Path(__file__).parents[2] / "docs/plugin-format.md").read_text(encoding="utf-8")
SECTIONS = {
    "Manifest": "## The plugin",
    "Egress": "## [egress]",
    "Stub": "## [[stub]]",
    "Target": "## [targets.ID]",
    "Subscription": "### [[targets.ID.subscriptions]]",
    "Differs": "## [[differs]]",
}


@pytest.mark.parametrize("kind", DESCRIPTIONS, ids=lambda kind: kind.__name__)
def test_every_key_is_in_the_table_of_its_section(kind: type[msgspec.Struct]) -> None:
    section = PAGE.split(f"\n{SECTIONS[kind.__name__]}\n")[1]
    section = re.split(r"\n##+ ", section)[0]
    first_cells = " ".join(row.split("|")[1] for row in section.splitlines() if row.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", first_cells)) >= set(DESCRIPTIONS[kind])


def test_every_value_of_a_choice_is_named() -> None:
    values = [value for choice in (Kind, CallType, Sdk, Style) for value in get_args(choice)]
    assert [value for value in values if f"`{value}`" not in PAGE] == []
    assert get_args(Style) == tuple(re.findall(r"^\| `(classic|remote|register)` \| sets", PAGE, re.MULTILINE))


def test_the_example_is_read() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    manifest, places = read_manifest(example.encode())
    names = ("web/acme.js", "web/acme-classic.js", "web/vendor-sdk.js")
    check(manifest, dict.fromkeys(names, b""), places)
    assert len(manifest.targets["web"].subscriptions) == len(manifest.lens) == 1


def test_the_limits_are_those_of_the_reader() -> None:
    text = " ".join(PAGE.split("## What is refused")[1].split())
    limits = (
        f"more than {archive.MAX_ENTRIES:,} entries, {archive.MAX_ARCHIVE >> 20} MiB of zip, "
        f"{entries.MAX_FILE >> 20} MiB a file, {archive.MAX_TOTAL >> 20} MiB in all, or {entries.MAX_RATIO} times"
    )
    assert limits in text
    inside = f"inflate to {library.MAX_INSIDE >> 20} MiB, of {library.MAX_INSIDE_ENTRIES:,} entries"
    assert inside in text
    assert f"longer than {names.MAX_NAME_BYTES} bytes or deeper than {names.MAX_DEPTH} folders" in text
    assert f"more than {records.MAX_EXTRA:,} bytes of extra fields" in text
