"""dumpsys: what system services say of themselves, in the parts that clients read. A file a service."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.dumpsys import activity, battery, display, meminfo, package, power, window
from testbed.virtual.android.commands.dumpsys.api import Service

SERVICES: dict[str, Service] = {
    "SurfaceFlinger": display.surface_flinger,
    "activity": activity.dump,
    "battery": battery.dump,
    "connectivity": battery.connectivity,
    "display": display.dump,
    "input": display.input_manager,
    "input_method": display.input_method,
    "meminfo": meminfo.dump,
    "package": package.dump,
    "power": power.dump,
    "window": window.dump,
}


async def dumpsys(call: Call) -> int:
    args = list(call.args)
    while args and args[0] in {"-t", "-T"}:
        del args[:2]
    if args and args[0] == "-l":
        await call.out("Currently running services:\n" + "".join(f"  {name}\n" for name in sorted(SERVICES)))
        return 0
    if not args:
        for name in sorted(SERVICES):
            await call.out(f"{'-' * 79}\nDUMP OF SERVICE {name}:\n{SERVICES[name](call.phone, [])}")
        return 0
    if (service := SERVICES.get(args[0])) is None:
        await call.out(f"Can't find service: {args[0]}\n")
        return 0  # as Android's
    await call.out(service(call.phone, args[1:]))
    return 0


COMMANDS: Commands = {"dumpsys": dumpsys}
