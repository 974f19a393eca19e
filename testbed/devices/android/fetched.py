"""What `testbed setup android` fetches: Segment's SDKs, and what makes an APK of them and runs it without a device."""

from __future__ import annotations

from collections.abc import Sequence

from testbed.artifacts import ANDROID, Pin, read_pins
from testbed.runtimes.jvm import WORKER


def pins() -> Sequence[Pin]:
    """All of it, each once."""
    tables = [table for file in (ANDROID, WORKER) for table in read_pins(file).values()]
    return list(dict.fromkeys(pin for table in tables for pin in table.pins))
