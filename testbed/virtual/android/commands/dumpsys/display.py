"""dumpsys display, input, input_method and SurfaceFlinger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from testbed.virtual.android.commands.ime import KEYBOARD

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone

DISPLAY_ID = 4619827259835644672


def dump(phone: Phone, _: Sequence[str]) -> str:
    screen = phone.display
    frame = f"Rect(0, 0 - {screen.width}, {screen.height})"
    viewport = (
        f"DisplayViewport{{type=INTERNAL, valid=true, isActive=true, displayId=0, uniqueId='local:{DISPLAY_ID}', "
        f"physicalPort=0, orientation=0, logicalFrame={frame}, physicalFrame={frame}, deviceWidth={screen.width}, "
        f"deviceHeight={screen.height}}}"
    )
    state = "ON" if screen.on else "OFF"
    return (
        f"DISPLAY MANAGER (dumpsys display)\n  mOnlyCode=false\n  mViewports=[{viewport}]\n"
        f"  mDefaultViewport={viewport}\n  Display States: size=1\n    Display Id=0\n    Display State={state}\n"
        f'  mBaseDisplayInfo=DisplayInfo{{"Built-in Screen", displayId 0, real {screen.width} x {screen.height}, '
        f"density {screen.density}, rotation 0, state {state}}}\n"
    )


def input_manager(phone: Phone, _: Sequence[str]) -> str:
    return (
        "INPUT MANAGER (dumpsys input)\n\nInput Reader State:\n  Device 1: touchscreen\n"
        f"    Viewport INTERNAL: displayId=0, orientation=0, logicalFrame=[0, 0, {phone.display.width}, "
        f"{phone.display.height}]\n    SurfaceOrientation: 0\n    SurfaceWidth: {phone.display.width}px\n"
        f"    SurfaceHeight: {phone.display.height}px\n"
    )


def input_method(_: Phone, __: Sequence[str]) -> str:
    state = f"mCurMethodId={KEYBOARD}\n  mInputShown=false\n  mIsInputViewShown=false"
    return f"Current Input Method Manager state:\n  {state}\n"


def surface_flinger(_: Phone, args: Sequence[str]) -> str:
    if "--display-id" in args:
        return f'Display {DISPLAY_ID} (HWC display 0): port=0 pnpId=QCM displayName=""\n'
    return "SurfaceFlinger global state:\n  (this virtual phone composes nothing)\n"
