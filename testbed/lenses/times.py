"""Vendors' notions of time, as epoch seconds."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from testbed.plugin.lens import TimeUnit

PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6}


def epoch_seconds(value: Any, unit: TimeUnit = "auto") -> float | None:
    """`value` as epoch seconds, None where it is no time. `auto` tells numbers apart by their magnitude, since one
    vendor's SDKs differ (Mixpanel: float seconds on the web, integer milliseconds on mobile)."""
    if isinstance(value, str):
        return _from_text(value, unit)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        return None
    if unit in PER_SECOND:
        return value / PER_SECOND[unit]
    size = abs(value)
    return value / (1e6 if size > 1e14 else 1e3 if size > 1e11 else 1.0)


def _from_text(value: str, unit: TimeUnit) -> float | None:
    try:
        return epoch_seconds(float(value), "auto" if unit == "iso" else unit)
    except ValueError:
        pass
    try:
        # Adjust writes the zone twice: 2026-01-02T03:04:05.678Z+0100 (adjust/android_sdk, Util.java, DATE_FORMAT).
        moment = datetime.fromisoformat(value.replace("Z+", "+").replace("Z-", "-"))
        # A time without a zone is Segment's and everybody's UTC, not that of the machine the tests run on.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _finite(value: float) -> bool:
    """JSON's whole numbers can be too large for a float."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
