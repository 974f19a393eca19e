"""The terminal that an interactive command runs on: what the kernel's line discipline does between it and adb (tty(4)).

The client's own terminal is raw: it sends each key as it comes, and shows what comes back as it is.
"""

from __future__ import annotations

import asyncio
import contextlib

from testbed.virtual.adb.shell_protocol import RawStdio
from testbed.virtual.adb.stdin import Stdin

INTERRUPT, END, NEWLINE, ERASE = 0x03, 0x04, (0x0A, 0x0D), (0x08, 0x7F)
LINE_BYTES = 4_095
"""Of one line, as in Linux (MAX_CANON)."""


class Terminal:
    """A command's stdio on `raw`: stderr is stdout, keys are echoed, and lines can be edited until they end.
    `interrupted` is set by Ctrl-C."""

    def __init__(self, raw: RawStdio) -> None:
        self._stdin = Stdin()
        self.stdin: asyncio.StreamReader = self._stdin
        self.interrupted = asyncio.Event()
        self._raw = raw
        self._line = bytearray()
        self._complete = bytearray()
        self._ended = False

    async def out(self, data: bytes) -> None:
        await self._raw.out(data.replace(b"\n", b"\r\n"))

    async def err(self, data: bytes) -> None:
        await self.out(data)

    async def exited(self, code: int) -> None:
        await self._raw.exited(code)

    async def feed(self) -> None:
        """Bring the client's keys, and return when there are no more."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._raw.feed())
            with contextlib.suppress(ConnectionError):  # the client does not see the echo: it has left
                while keys := await self._raw.stdin.read(LINE_BYTES):
                    await self._typed(keys)
            self._stdin.end()

    async def _typed(self, keys: bytes) -> None:
        """What is typed ahead shows before anything that it brings about."""
        if shown := b"".join(map(self._pressed, keys)):
            await self.out(shown)
        if INTERRUPT in keys:
            self.interrupted.set()
        lines = bytes(self._complete)
        self._complete.clear()
        await self._stdin.push(lines)
        if self._ended:
            self._stdin.end()

    def _pressed(self, key: int) -> bytes:
        """Take a key. Gives what shows of it."""
        if key == INTERRUPT:
            self._line.clear()
            return b"^C\n"
        if key == END:
            self._ended = self._ended or not self._line
            return self._deliver(b"")
        if key in NEWLINE:
            return self._deliver(b"\n")
        if key in ERASE:
            return b"\b \b" if self._erase() else b""
        if len(self._line) < LINE_BYTES:
            self._line.append(key)
        return bytes([key])

    def _deliver(self, end: bytes) -> bytes:
        """The line is the command's, with what ends it; that shows."""
        if not self._ended:
            self._complete += self._line + end
        self._line.clear()
        return end

    def _erase(self) -> bool:
        """The last character, of however many bytes of UTF-8."""
        there = bool(self._line)
        while self._line and self._line.pop() & 0xC0 == 0x80:
            pass
        return there
