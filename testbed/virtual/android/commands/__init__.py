"""The commands of the phone: a file a command, or a family of them. This list is what `which` finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from testbed.errors import DeviceFault
from testbed.virtual.android.commands import (
    am,
    checksum,
    cmd,
    content,
    dumpsys,
    echo,
    file_names,
    getprop,
    grep,
    identity,
    ime,
    input,
    ip,
    kill,
    logcat,
    ls,
    machine,
    monkey,
    path_names,
    pm,
    ps,
    run_as,
    screencap,
    settings,
    starters,
    svc,
    test,
    text,
    wm,
)
from testbed.virtual.android.commands.call import Call, Command
from testbed.virtual.android.commands.options import Usage

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone
    from testbed.virtual.android.shell import State, Streams

COMMANDS: Mapping[str, Command] = {
    **am.COMMANDS,
    **checksum.COMMANDS,
    **cmd.COMMANDS,
    **content.COMMANDS,
    **dumpsys.COMMANDS,
    **echo.COMMANDS,
    **file_names.COMMANDS,
    **getprop.COMMANDS,
    **grep.COMMANDS,
    **identity.COMMANDS,
    **ime.COMMANDS,
    **input.COMMANDS,
    **ip.COMMANDS,
    **kill.COMMANDS,
    **logcat.COMMANDS,
    **ls.COMMANDS,
    **machine.COMMANDS,
    **monkey.COMMANDS,
    **path_names.COMMANDS,
    **pm.COMMANDS,
    **ps.COMMANDS,
    **run_as.COMMANDS,
    **screencap.COMMANDS,
    **settings.COMMANDS,
    **starters.COMMANDS,
    **svc.COMMANDS,
    **test.COMMANDS,
    **text.COMMANDS,
    **wm.COMMANDS,
}

_FOLDERS = ("/system/bin/", "/system/xbin/", "/bin/")


async def run(phone: Phone, state: State, argv: Sequence[str], streams: Streams) -> int | None:
    """Run a command; its exit code. None: the phone has none of that name."""
    name = argv[0]
    for folder in _FOLDERS:
        name = name.removeprefix(folder)
    if (command := COMMANDS.get(name)) is None:
        return None
    call = Call(phone, state, name, list(argv[1:]), streams)
    try:
        return await command(call)
    except Usage as usage:
        await call.err(f"{name}: {usage}\n")
        return usage.code
    except DeviceFault as fault:
        await call.err(f"Error: {fault}\n")
        return 255
    except ConnectionError:  # whoever reads the output has left
        raise
    except OSError as error:
        return await call.fail(f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror))
