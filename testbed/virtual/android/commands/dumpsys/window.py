"""dumpsys window [windows|displays|policy] (AOSP: WindowManagerService.dump)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from testbed.virtual.android.commands.dumpsys.api import short
from testbed.virtual.android.packages.manager import HOME

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


def dump(phone: Phone, _: Sequence[str]) -> str:
    front, display = phone.activities.front, phone.display
    package, _, name = (front.component if front is not None else HOME).partition("/")
    whole = f"{package}/{f'{package}{name}' if name.startswith('.') else name}"
    physical, awake = display.physical, str(display.on).lower()
    return (
        "WINDOW MANAGER WINDOWS (dumpsys window windows)\n"
        f"  Window #0 Window{{7c6b5a u0 {whole}}}:\n"
        f"    mDisplayId=0 mSession=Session{{d4c3b2 1612:u0a{phone.profile.api}}}\n"
        f"  mCurrentFocus=Window{{7c6b5a u0 {whole}}}\n"
        f"  mFocusedApp=ActivityRecord{{5f3a1c u0 {short(f'{package}/{name}')} t12}}\n"
        f"WINDOW MANAGER DISPLAY CONTENTS (dumpsys window displays)\n  Display: mDisplayId=0\n"
        f"    init={physical[0]}x{physical[1]} {display.physical_density}dpi cur={display.width}x{display.height} "
        f"app={display.width}x{display.height}\n"
        f"  mCurrentRotation=ROTATION_0\n    mDreamingLockscreen=false mShowingLockscreen=false\n"
        f"WINDOW MANAGER POLICY STATE (dumpsys window policy)\n    mAwake={awake} mScreenOnFully={awake}\n"
        f"    isStatusBarKeyguard=false\n    KeyguardServiceDelegate\n      showing=false\n"
    )
