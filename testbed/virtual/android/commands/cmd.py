"""cmd: the shell commands of system services (AOSP: frameworks/native/cmds/cmd)."""

from __future__ import annotations

from testbed.virtual.android.commands import am, connectivity, ime, input, pm, settings, wm
from testbed.virtual.android.commands.call import Call, Command, Commands

SERVICES: dict[str, Command] = {
    "activity": am.am,
    "connectivity": connectivity.connectivity,
    "input": input.input_command,
    "input_method": ime.ime,
    "package": pm.pm,
    "settings": settings.settings,
    "window": wm.wm,
}


async def cmd(call: Call) -> int:
    if not call.args:
        await call.err("cmd: No service specified; use -l to list all running services. Use -w to start and wait.\n")
        return 20
    if call.args[0] == "-l":
        await call.out("Currently running services:\n" + "".join(f"  {name}\n" for name in sorted(SERVICES)))
        return 0
    if (service := SERVICES.get(call.args[0])) is None:
        await call.err(f"cmd: Can't find service: {call.args[0]}\n")
        return 20
    return await service(Call(call.phone, call.state, call.args[0], call.args[1:], call.streams))


COMMANDS: Commands = {"cmd": cmd}
