"""wm (AOSP: WindowManagerShellCommand)."""

from __future__ import annotations

import re

from testbed.virtual.android.commands.call import Call, Commands

USAGE = """Window manager (window) commands:
  help
      Print this help text.
  size [reset|WxH|WdpxHdp] [-d DISPLAY_ID]
      Return or override display size.
  density [reset|DENSITY] [-d DISPLAY_ID]
      Return or override display density.
  dismiss-keyguard
      Dismiss the keyguard.
"""
MIN_DENSITY = 72


async def wm(call: Call) -> int:
    display = call.phone.display
    match [arg for arg in call.args if arg not in {"-d", "0"}]:
        case ["size"]:
            await call.out("Physical size: {}x{}\n".format(*display.physical))
            if display.override is not None:
                await call.out("Override size: {}x{}\n".format(*display.override))
            return 0
        case ["size", "reset"]:
            display.override = None
        case ["size", wanted] if match := re.fullmatch(r"([1-9]\d{1,3})x([1-9]\d{1,3})", wanted):
            display.override = (int(match[1]), int(match[2]))
        case ["size", wanted]:
            await call.err(f"Error: bad size {wanted}\n")
            return 255
        case ["density"]:
            await call.out(f"Physical density: {display.physical_density}\n")
            if display.override_density is not None:
                await call.out(f"Override density: {display.override_density}\n")
            return 0
        case ["density", "reset"]:
            display.override_density = None
        case ["density", wanted] if wanted.isdigit() and len(wanted) < 5:
            if int(wanted) < MIN_DENSITY:
                await call.err(f"Error: density must be >= {MIN_DENSITY}\n")
                return 255
            display.override_density = int(wanted)
        case ["density", wanted]:
            await call.err(f"Error: bad number {wanted}\n")
            return 255
        case ["dismiss-keyguard"]:
            return 0
        case [] | ["help"] | ["-h"]:
            await call.out(USAGE)
            return 0
        case [other, *_]:
            await call.out(f"Unknown command: {other}\n")
            return 255
    await call.phone.activities.surround()
    return 0


COMMANDS: Commands = {"wm": wm}
