"""cmd connectivity (AOSP: ConnectivityService.ShellCmd)."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call

USAGE = """Connectivity service commands:
  help
    Print this help text.
  airplane-mode [enable|disable]
    Turn airplane mode on or off.
  airplane-mode
    Get airplane mode.
"""


async def connectivity(call: Call) -> int:
    match call.args:
        case ["airplane-mode"]:
            await call.out("enabled\n" if call.phone.radios.airplane else "disabled\n")
            return 0
        case ["airplane-mode", "enable" | "disable" as wanted]:
            call.phone.radios.fly(on=wanted == "enable")
            await call.phone.activities.surround()
            return 0
        case [] | ["help"] | ["-h"]:
            await call.out(USAGE)
            return 0
        case ["airplane-mode", *_]:
            await call.out(USAGE)
            return 255
    await call.out(f"Unknown command: {call.args[0]}\n")
    return 255
