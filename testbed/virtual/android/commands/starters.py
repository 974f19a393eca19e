"""Commands that start commands: sh, toybox, env, xargs, timeout, nohup, time; and app_process, which cannot."""

from __future__ import annotations

import asyncio

import msgspec

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import read_options
from testbed.virtual.android.shell import converse
from testbed.virtual.android.shell.streams import Nothing


async def sh(call: Call) -> int:
    """`sh -c TEXT [NAME ARG...]`, `sh FILE ARG...`, or what stdin says."""
    args = list(call.args)
    while args and args[0] in {"-x", "-e", "-l", "-i"}:
        args.pop(0)
    shell = call.shell()
    if args[:1] == ["-c"]:
        if len(args) < 2:
            await call.err("/system/bin/sh: -c requires an argument\n")
            return 1
        shell.state.program, shell.state.arguments = (args[2] if len(args) > 2 else "/system/bin/sh"), args[3:]
        return await shell.run(args[1], call.streams)
    if args:
        content = await call.content(args[0])
        return await shell.script_of(content, args[0], args[1:], call.streams)
    return await converse(shell, call.stdin, call.streams, prompt=False)


async def toybox(call: Call) -> int:
    if not call.args:
        from testbed.virtual.android.commands import COMMANDS as ALL

        await call.out(" ".join(sorted(ALL)) + "\n")
        return 0
    from testbed.virtual.android.commands import COMMANDS as ALL

    if call.args[0] not in ALL:
        await call.err(f"toybox: Unknown command {call.args[0]}\n")
        return 127
    return await call.start(list(call.args))


async def env(call: Call) -> int:
    shell, args = call.shell(), list(call.args)
    while args and "=" in args[0]:
        name, _, value = args.pop(0).partition("=")
        shell.state.variables[name] = value
        shell.state.exported.add(name)
    if args:
        return await shell.start(args, call.streams)
    for name in sorted(shell.state.exported & set(shell.state.variables)):
        await call.out(f"{name}={shell.state.variables[name]}\n")
    return 0


async def xargs(call: Call) -> int:
    options = read_options(call.name, call.args, "0prt", "nsEI", stop=True)
    words = (await call.content("-")).decode("utf-8", "replace")
    items = [item for item in words.split("\0") if item] if "0" in options else words.split()
    command = list(options.rest) or ["echo"]
    streams = msgspec.structs.replace(call.streams, stdin=Nothing())
    if not items and "r" in options:
        return 0
    if "I" in options:
        mark, code = options.values["I"], 0
        for item in items:
            code = max(code, await call.start([each.replace(mark, item) for each in command], streams=streams))
        return code
    count = max(1, options.number("n", max(1, len(items))))
    code = 0
    for at in range(0, max(1, len(items)), count):
        code = max(code, await call.start([*command, *items[at : at + count]], streams=streams))
    return code


async def timeout(call: Call) -> int:
    options = read_options(call.name, call.args, "fv", "ks", least=2, stop=True)
    limit, *command = options.rest
    digits = limit.rstrip("smhd")
    if not digits.replace(".", "", 1).isdigit():
        return await call.fail(f"bad number '{limit}'")
    try:
        async with asyncio.timeout(float(digits) * {"m": 60, "h": 3600, "d": 86_400}.get(limit[-1], 1)):
            return await call.start(command)
    except TimeoutError:
        return 124


async def nohup(call: Call) -> int:
    options = read_options(call.name, call.args, "", least=1, stop=True)
    return await call.start(list(options.rest))


async def app_process(call: Call) -> int:
    """Runs dex code as a program, for which there is no machine here (uiautomator2 and scrcpy start servers so)."""
    await call.err(
        "Error: this virtual phone runs no dex code: app_process, and servers that are started by it, need a real "
        "phone or an emulator\n"
    )
    return 1


async def uiautomator(call: Call) -> int:
    await call.err("ERROR: could not get idle state: this virtual phone has no view hierarchy\n")
    return 1


COMMANDS: Commands = {
    "app_process": app_process, "app_process64": app_process, "env": env, "nohup": nohup, "sh": sh, "time": nohup,
    "timeout": timeout, "toybox": toybox, "uiautomator": uiautomator, "xargs": xargs,
}  # fmt: skip
