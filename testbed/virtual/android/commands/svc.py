"""svc wifi and svc data (AOSP: frameworks/base/cmds/svc)."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands

USAGE = """Available commands:
    help     Show information about the subcommands
    power    Control the power manager
    data     Control mobile data connectivity
    wifi     Control the Wi-Fi manager
"""
_OF = {"wifi": "Control the Wi-Fi manager", "data": "Control mobile data connectivity"}


async def svc(call: Call) -> int:
    match call.args:
        case ["wifi" | "data" as radio, "enable" | "disable" as wanted]:
            call.phone.radios.switch(radio, on=wanted == "enable")
            await call.phone.activities.surround()
            return 0
        case ["power", "stayon", "true" | "false" | "usb" | "ac" | "wireless" as wanted]:
            value = {"true": "7", "false": "0", "ac": "1", "usb": "2", "wireless": "4"}[wanted]
            call.phone.settings.put("global", "stay_on_while_plugged_in", value)
            return 0
        case ["wifi" | "data" as radio, *_]:
            await call.err(f"{_OF[radio]}\n\nusage: svc {radio} [enable|disable]\n         Turn {radio} on or off.\n\n")
            return 1
    await call.err(USAGE)
    return 0 if call.args == ["help"] else 1


COMMANDS: Commands = {"svc": svc}
