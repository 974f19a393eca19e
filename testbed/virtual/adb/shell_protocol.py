"""The three streams of a command, on one stream of adb's (AOSP, packages/modules/adb/shell_protocol.h).

Version 1 is the bare bytes, stdout and stderr as one. Version 2 puts five bytes before each piece: what it is, and its
length, little-endian; so there are a stderr, an end of stdin, and an exit code.
"""

from __future__ import annotations

import asyncio
import re
import struct
from enum import IntEnum
from typing import NamedTuple

from testbed.virtual.duplex import Duplex

HEADER = struct.Struct("<BI")
STDIN_BYTES = 64 * 1024
"""Twice as much waits for a command that does not read; the rest waits at the client."""
WINDOW = re.compile(rb"(\d{1,5})x(\d{1,5}),(\d{1,5})x(\d{1,5})")
WINDOW_BYTES = 64


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


class _Gate(asyncio.ReadTransport):
    """What a StreamReader that is full stops, in place of a socket."""

    def __init__(self) -> None:
        super().__init__()
        self._open = asyncio.Event()
        self._open.set()

    def pause_reading(self) -> None:
        self._open.clear()

    def resume_reading(self) -> None:
        self._open.set()

    async def passable(self) -> None:
        await self._open.wait()


class RawStdio:
    """Version 1. `feed` brings stdin from the client, and returns when there is no more."""

    def __init__(self, stream: Duplex) -> None:
        self._stream = stream
        self._gate = _Gate()
        self.stdin = asyncio.StreamReader(limit=STDIN_BYTES)
        self.stdin.set_transport(self._gate)

    async def out(self, data: bytes) -> None:
        await self._stream.write(data)

    async def err(self, data: bytes) -> None:
        await self._stream.write(data)

    async def exited(self, code: int) -> None:
        """Version 1 has no place for the code."""

    async def feed(self) -> None:
        while piece := await self._stream.read():
            await self._push(piece)
        self.stdin.feed_eof()

    async def _push(self, piece: bytes) -> None:
        self.stdin.feed_data(piece)
        await self._gate.passable()


class FramedStdio(RawStdio):
    """Version 2. `window` is None until the client has told of its terminal."""

    window: Window | None = None

    async def out(self, data: bytes) -> None:
        await self._stream.write(frame(Kind.STDOUT, data))

    async def err(self, data: bytes) -> None:
        await self._stream.write(frame(Kind.STDERR, data))

    async def exited(self, code: int) -> None:
        await self._stream.write(frame(Kind.EXIT, bytes([code & 0xFF])))

    async def feed(self) -> None:
        """A length is the client's word: pieces are passed on as they come, and nothing makes room for all of it."""
        while head := await self._exactly(HEADER.size):
            kind, left = HEADER.unpack(head)
            kept = b""
            while left and (piece := await self._stream.read(min(left, STDIN_BYTES))):
                left -= len(piece)
                if kind == Kind.STDIN and not self._at_end:
                    await self._push(piece)
                elif kind == Kind.WINDOW:
                    kept = (kept + piece)[:WINDOW_BYTES]
            if kind == Kind.WINDOW and (said := WINDOW.match(kept)):
                self.window = Window(int(said[1]), int(said[2]))
            if kind == Kind.CLOSE_STDIN:
                self._end()
        self._end()

    _at_end = False

    def _end(self) -> None:
        self._at_end = True
        self.stdin.feed_eof()

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
