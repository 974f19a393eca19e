"""docs/adb.md names every service and every fault, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from testbed.virtual.adb.connection import STREAMS
from testbed.virtual.adb.faults import Faults
from testbed.virtual.adb.services import SERVICES

TEXT = (Path(__file__).parents[3] / "docs/adb.md").read_text()


def column(heading: str) -> list[str]:
    """What the first cells of the table under that name in backquotes."""
    (table,) = re.findall(rf"^\| {heading} \|.*?\n\n", TEXT, re.MULTILINE | re.DOTALL)
    cells = [line.split("|")[1] for line in table.splitlines()[2:] if line]
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_service_has_its_place():
    assert sorted(column("service")) == sorted(SERVICES)


def test_every_fault_has_its_row():
    assert column("fault") == list(Faults.__struct_fields__)


def test_how_many_streams():
    assert f"up to {STREAMS} streams" in TEXT
