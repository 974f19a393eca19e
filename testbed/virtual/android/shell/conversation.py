"""The interactive shell: `adb shell` without a command, on a terminal or on a pipe."""

from __future__ import annotations

import msgspec

from testbed.virtual.android.shell.builtins import Exit
from testbed.virtual.android.shell.parser import SyntaxFault, parse
from testbed.virtual.android.shell.running import Shell
from testbed.virtual.android.shell.streams import Source, Streams, line

INTERRUPT, END, ERASE = 0x03, 0x04, 0x7F


async def converse(shell: Shell, stdin: Source, streams: Streams, *, pty: bool) -> int:
    """Line after line until the client has no more, or `exit`; the code of that, or of the last command. On a `pty` the
    phone shows what is typed, and a prompt."""
    terminal = _Terminal(stdin, streams) if pty else None
    if terminal is not None:
        streams = msgspec.structs.replace(streams, out=terminal.out, err=terminal.out)
    while True:
        if terminal is not None:
            await terminal.out(f"{shell.state.host.name}:{shell.state.cwd} $ ".encode())
        typed = await (terminal.line() if terminal is not None else line(stdin))
        if not typed:
            return shell.state.status
        text = typed.decode("utf-8", "replace")
        try:
            script = parse(text)
        except SyntaxFault as fault:
            await streams.err(f"{shell.state.program}: syntax error: {fault}\n".encode())
            shell.state.status = 1
            continue
        try:
            await shell.play(script, streams)
        except Exit as end:
            return end.code


class _Terminal:
    """A line discipline: echo, erase, ^C and ^D, and line ends as terminals have them (termios(3))."""

    def __init__(self, stdin: Source, streams: Streams) -> None:
        self._stdin = stdin
        self._streams = streams

    async def out(self, data: bytes) -> None:
        await self._streams.out(data.replace(b"\n", b"\r\n"))

    async def line(self) -> bytes:
        """b"" at the end."""
        typed = bytearray()
        while byte := await self._stdin.read(1):
            match byte[0]:
                case 0x0D | 0x0A:
                    await self.out(b"\n")
                    return bytes(typed) + b"\n"
                case _ if byte[0] == INTERRUPT:
                    await self.out(b"^C\n")
                    return b"\n"
                case _ if byte[0] == END:
                    if not typed:
                        return b""
                case _ if byte[0] in {ERASE, 0x08}:
                    if typed:
                        typed.pop()
                        await self.out(b"\b \b")
                case _:
                    typed += byte
                    await self.out(byte)
        return bytes(typed)
