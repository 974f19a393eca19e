"""run-as (AOSP: system/core/run-as): a command as the user of a debuggable app, in its folder."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.storage import app_user


async def run_as(call: Call) -> int:
    args = list(call.args)
    if len(args) < 1:
        await call.err("run-as: usage: run-as <package-name> [--user <uid>] <command> [<args>]\n")
        return 1
    package = args.pop(0)
    if args[:1] == ["--user"]:
        del args[:2]
    if (app := call.phone.packages.find(package)) is None:
        return await call.fail(f"unknown package: {package}")
    if not app.manifest.debuggable:
        return await call.fail(f"package not debuggable: {package}")
    shell = call.shell(user=app_user(app.uid), cwd=app.data)
    if not args:
        return await shell.start(["sh"], call.streams)
    return await shell.start(args, call.streams)


COMMANDS: Commands = {"run-as": run_as}
