"""monkey, as far as it starts an app: `monkey -p PACKAGE [-c CATEGORY] 1` (AOSP: development/cmds/monkey)."""

from __future__ import annotations

from testbed.virtual.android.activity import Intent
from testbed.virtual.android.commands import am
from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.packages.manifest import LAUNCHER, MAIN

USAGE = """usage: monkey [-p ALLOWED_PACKAGE [-p ALLOWED_PACKAGE] ...]
              [-c MAIN_CATEGORY [-c MAIN_CATEGORY] ...]
              [--ignore-crashes] [--ignore-timeouts]
              [-s SEED] [-v [-v] ...] [--throttle MILLISEC]
              COUNT
"""


async def monkey(call: Call) -> int:
    package, left, count = "", list(call.args), ""
    while left:
        match left.pop(0):
            case "-p" if left:
                package = left.pop(0)
            case "-c" | "-s" | "--throttle" | "--pct-syskeys" | "--pct-touch" if left:
                left.pop(0)
            case "-v" | "--ignore-crashes" | "--ignore-timeouts":
                pass
            case text if text.isdigit():
                count = text
            case other:
                await call.err(f"** Error: Unknown option: {other}\n{USAGE}")
                return 255
    if not count:
        await call.err(f"** Error: Count not specified\n{USAGE}")
        return 255
    app = call.phone.packages.find(package)
    if app is None or not app.manifest.launcher:
        await call.out("** No activities found to run, monkey aborted.\n")
        return 252
    intent = Intent(
        action=MAIN, categories=[LAUNCHER], component=f"{package}/{app.manifest.launcher}", flags=0x10200000
    )
    if isinstance(problem := await am.launch(call, intent), str):
        await call.err(f"** Error: {problem}")
        return 255
    if int(count) > 1:
        await call.err("** this virtual phone has nothing to touch: the launch is the one event that was sent\n")
    await call.out("Events injected: 1\n## Network stats: elapsed time=0ms (0ms mobile, 0ms wifi, 0ms not connected)\n")
    return 0


COMMANDS: Commands = {"monkey": monkey}
