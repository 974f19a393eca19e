"""Vendors' notions of time, as epoch seconds."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Literal

Unit = Literal["auto", "s", "ms", "us", "iso"]

PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6}


def epoch_seconds(value: Any, unit: Unit = "auto") -> float | None:
    """`value` as epoch seconds, None where it is no time. `auto` tells numbers apart by their magnitude, since one
    vendor's SDKs differ (Mixpanel: float seconds on the web, integer milliseconds on mobile)."""
    if isinstance(value, str):
        return _from_text(value, unit)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if unit in PER_SECOND:
        return value / PER_SECOND[unit]
    size = abs(value)
    return value / (1e6 if size > 1e14 else 1e3 if size > 1e11 else 1.0)


def _from_text(value: str, unit: Unit) -> float | None:
    try:
        return epoch_seconds(float(value), "auto" if unit == "iso" else unit)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(value).timestamp()
    except (ValueError, OverflowError):
        return None
