"""ps, pidof and pgrep (toybox). The user shell sees all, as it is in the group readproc."""

from __future__ import annotations

import re
from collections.abc import Callable

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import Usage, read_options
from testbed.virtual.android.commands.processes import Process, processes


async def ps(call: Call) -> int:
    options = read_options(call.name, call.args, "AadeflMnTwZ", "Ookptu")
    shown = processes(call.phone)
    if "p" in options:
        wanted = options.values["p"].split(",")
        shown = [each for each in shown if str(each.pid) in wanted]
    elif not {"A", "e"} & options.letters:
        shown = [
            Process(call.state.pid, 890, call.state.user.uid, "sh"),
            Process(call.state.pid + 1, call.state.pid, call.state.user.uid, "ps"),
        ]
    if "o" in options:
        return await _columns(call, shown, options.values["o"])
    await call.out("USER            PID   PPID     VSZ    RSS WCHAN            ADDR S NAME                       \n")
    for each in shown:
        await call.out(f"{each.user:<12} {each.pid:>6} {each.parent:>6} {0:>7} {0:>6} {'0':<16} {0:>4} S {each.name}\n")
    return 0


async def _columns(call: Call, shown: list[Process], text: str) -> int:
    columns = [name.partition("=") for name in text.split(",")]
    for name, _, _ in columns:
        if name.upper() not in _FIELDS:
            raise Usage(f"bad -o '{name}'")
    if not all(equals and not title for _, equals, title in columns):
        await call.out(" ".join(title or name.upper() for name, _, title in columns) + "\n")
    for each in shown:
        await call.out(" ".join(str(_FIELDS[name.upper()](each)) for name, _, _ in columns) + "\n")
    return 0


_FIELDS: dict[str, Callable[[Process], object]] = {
    "USER": lambda each: each.user, "UID": lambda each: each.uid, "PID": lambda each: each.pid,
    "PPID": lambda each: each.parent, "NAME": lambda each: each.name, "CMD": lambda each: each.name,
    "ARGS": lambda each: each.command or each.name, "CMDLINE": lambda each: each.command or each.name,
    "S": lambda _: "S", "STAT": lambda _: "S",
}  # fmt: skip


async def pidof(call: Call) -> int:
    options = read_options(call.name, call.args, "sx", "o", least=1)
    found = [str(each.pid) for each in processes(call.phone) if each.name in options.rest]
    if found:
        await call.out(" ".join(found) + "\n")
    return 0 if found else 1


async def pgrep(call: Call) -> int:
    options = read_options(call.name, call.args, "flnovx", least=1)
    try:
        wanted = re.compile(options.rest[0])
    except re.error:
        return await call.fail(f"bad regex '{options.rest[0]}'")
    found = [each for each in processes(call.phone) if wanted.search(each.name)]
    for each in found:
        await call.out(f"{each.pid} {each.name}\n" if "l" in options else f"{each.pid}\n")
    return 0 if found else 1


COMMANDS: Commands = {"pgrep": pgrep, "pidof": pidof, "ps": ps}
