"""dumpsys power."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


def dump(phone: Phone, _: Sequence[str]) -> str:
    on = phone.display.on
    wakefulness = "Awake" if on else "Asleep"
    state = "ON" if on else "OFF"
    return (
        f"POWER MANAGER (dumpsys power)\n\nPower Manager State:\n  mWakefulness={wakefulness}\n  mIsPowered=true\n"
        f"  mHoldingDisplaySuspendBlocker={str(on).lower()}\n  mStayOn=false\n\nDisplay Power: state={state}\n"
    )
