"""The three streams of a command, on one stream of adb's (AOSP, packages/modules/adb/shell_protocol.h).

Version 1 is the bare bytes, stdout and stderr as one. Version 2 puts five bytes before each piece: what it is, and its
length, little-endian; so there are a stderr, an end of stdin, and an exit code.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import struct
from enum import IntEnum
from typing import NamedTuple

from testbed.virtual.adb.stdin import Stdin
from testbed.virtual.duplex import Duplex

HEADER = struct.Struct("<BI")
WINDOW = re.compile(rb"(\d{1,5})x(\d{1,5}),(\d{1,5})x(\d{1,5})")
WINDOW_BYTES = 64
PIECE = 64 * 1024


class Kind(IntEnum):
    STDIN = 0
    STDOUT = 1
    STDERR = 2
    EXIT = 3
    CLOSE_STDIN = 4
    WINDOW = 5


class Window(NamedTuple):
    """The size of the client's terminal."""

    rows: int
    columns: int


class RawStdio:
    """Version 1."""

    def __init__(self, stream: Duplex) -> None:
        self._stdin = Stdin()
        self.stdin: asyncio.StreamReader = self._stdin
        self._stream = stream

    async def out(self, data: bytes) -> None:
        await self._stream.write(data)

    async def err(self, data: bytes) -> None:
        await self._stream.write(data)

    async def exited(self, code: int) -> None:
        """Version 1 has no place for the code."""

    async def feed(self) -> None:
        """Bring stdin from the client, and return when there is no more."""
        with contextlib.suppress(ConnectionError):  # no more is no more
            await self._feed()
        self._stdin.end()

    async def _feed(self) -> None:
        while piece := await self._stream.read():
            await self._stdin.push(piece)


class FramedStdio(RawStdio):
    """Version 2. `window` is None until the client has told of its terminal."""

    window: Window | None = None

    async def out(self, data: bytes) -> None:
        await self._frames(Kind.STDOUT, data)

    async def err(self, data: bytes) -> None:
        await self._frames(Kind.STDERR, data)

    async def exited(self, code: int) -> None:
        await self._stream.write(frame(Kind.EXIT, bytes([code & 0xFF])))

    async def _frames(self, kind: Kind, data: bytes) -> None:
        """In frames that fit into a packet each: a command that is ended in between leaves none in half."""
        for start in range(0, len(data), PIECE):
            await self._stream.write(frame(kind, data[start : start + PIECE]))

    async def _feed(self) -> None:
        """A length is the client's word: pieces are passed on as they come, and nothing makes room for all of it."""
        while head := await self._exactly(HEADER.size):
            kind, left = HEADER.unpack(head)
            kept = b""
            while left and (piece := await self._stream.read(min(left, PIECE))):
                left -= len(piece)
                if kind == Kind.STDIN:
                    await self._stdin.push(piece)
                elif kind == Kind.WINDOW:
                    kept = (kept + piece)[:WINDOW_BYTES]
            if kind == Kind.WINDOW and (said := WINDOW.match(kept)):
                self.window = Window(int(said[1]), int(said[2]))
            if kind == Kind.CLOSE_STDIN:
                self._stdin.end()

    async def _exactly(self, count: int) -> bytes:
        """b"" when the client has no more to say, or stopped in the middle."""
        got = b""
        while len(got) < count:
            if not (piece := await self._stream.read(count - len(got))):
                return b""
            got += piece
        return got


def frame(kind: Kind, data: bytes) -> bytes:
    return HEADER.pack(kind, len(data)) + data
