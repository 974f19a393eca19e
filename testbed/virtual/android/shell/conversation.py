"""The interactive shell: `adb shell` without a command, on a terminal or on a pipe."""

from __future__ import annotations

from testbed.virtual.android.shell.builtins import Exit
from testbed.virtual.android.shell.parser import SyntaxFault, parse
from testbed.virtual.android.shell.running import Shell
from testbed.virtual.android.shell.streams import Source, Streams, line


async def converse(shell: Shell, stdin: Source, streams: Streams, *, prompt: bool) -> int:
    """Line after line until the client has no more, or `exit`; the code of that, or of the last command."""
    while True:
        if prompt:
            await streams.err(f"{shell.state.host.name}:{shell.state.cwd} $ ".encode())
        if not (typed := await line(stdin)):
            return shell.state.status
        try:
            await shell.play(parse(typed.decode("utf-8", "replace")), streams)
        except SyntaxFault as fault:
            await streams.err(f"{shell.state.program}: syntax error: {fault}\n".encode())
            shell.state.status = 1
        except Exit as end:
            return end.code
