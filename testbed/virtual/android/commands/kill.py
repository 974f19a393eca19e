"""kill, killall and pkill (toybox): a shell user may not signal what is another's."""

from __future__ import annotations

import re

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.processes import Process, processes


async def kill(call: Call) -> int:
    if "-l" in call.args:
        await call.out("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM\n")
        return 0
    wanted = [arg for arg in _unsignalled(call.args) if not arg.startswith("-")]
    if not wanted:
        return await call.fail('Needs 1 argument (see "kill --help")')
    code = 0
    for text in wanted:
        if not text.isdigit():
            code = await call.fail(f"unknown pid '{text}'")
            continue
        found = next((each for each in processes(call.phone) if each.pid == int(text)), None)
        code = max(code, await _signal(call, found, text))
    return code


async def killall(call: Call) -> int:
    wanted = _unsignalled(call.args)
    found = [each for each in processes(call.phone) if each.name in wanted]
    if not found:
        return await call.fail(f"{' '.join(wanted)}: No such process")
    return max([await _signal(call, each, each.name) for each in found])


async def pkill(call: Call) -> int:
    wanted = _unsignalled(call.args)
    try:
        found = [each for each in processes(call.phone) if wanted and re.search(wanted[-1], each.name)]
    except re.error:
        return await call.fail(f"bad regex '{wanted[-1]}'")
    if not found:
        return 1
    return max([await _signal(call, each, each.name) for each in found])


def _unsignalled(args: list[str]) -> list[str]:
    """Without the signal: all of them end a process here."""
    left = list(args)
    while left and left[0].startswith("-"):
        if left.pop(0) in {"-s", "-l"} and left:
            left.pop(0)
    return left


async def _signal(call: Call, found: Process | None, shown: str) -> int:
    if found is None:
        return await call.fail(f"bad pid '{shown}': No such process")
    user = call.state.user
    if user.uid not in {0, found.uid}:
        return await call.fail(f"bad pid '{shown}': Operation not permitted")
    if not await call.phone.activities.kill(found.pid):
        return await call.fail(f"bad pid '{shown}': Operation not permitted")
    return 0


COMMANDS: Commands = {"kill": kill, "killall": killall, "pkill": pkill}
