"""getprop and setprop (AOSP: system/core/toolbox)."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import read_options


async def getprop(call: Call) -> int:
    options = read_options(call.name, call.args, "TZ", most=2)
    properties = call.phone.properties
    if options.rest:
        default = options.rest[1] if len(options.rest) > 1 else ""
        await call.out(f"{properties.get(options.rest[0], '') or default}\n")
    else:
        await call.out("".join(f"[{name}]: [{value}]\n" for name, value in properties.items()))
    return 0


async def setprop(call: Call) -> int:
    options = read_options(call.name, call.args, "", least=2, most=2)
    name, value = options.rest
    if not call.phone.properties.set(name, value):
        await call.err(f"Failed to set property '{name}' to '{value}'.\nSee dmesg for error reason.\n")
        return 1
    await call.phone.activities.surround()
    return 0


COMMANDS: Commands = {"getprop": getprop, "setprop": setprop}
