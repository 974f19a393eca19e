"""What `testbed setup android` fetches: Segment's SDKs, and what makes an APK of them and runs it without a device."""

from __future__ import annotations

from collections.abc import Sequence

from testbed.artifacts import ANDROID, Pin, read_pins
from testbed.runtimes.jvm import gathering


def pins() -> Sequence[Pin]:
    """All of it, each once."""
    of_apks = (pin for table in read_pins(ANDROID).values() for pin in table.pins)
    return list(dict.fromkeys((*of_apks, *gathering.pins())))
