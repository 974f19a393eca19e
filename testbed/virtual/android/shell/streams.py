"""What a command reads and writes: the client's streams, a file, or the pipe to the next command."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import msgspec

FULL = 64 << 10
"""A pipe's capacity (pipe(7))."""


class Source(Protocol):
    async def read(self, n: int = ..., /) -> bytes:
        """At most `n` bytes, b"" at the end."""
        ...


Sink = Callable[[bytes], Awaitable[None]]


class Streams(msgspec.Struct, frozen=True):
    stdin: Source
    out: Sink
    err: Sink


class Pipe:
    """Bytes from one command to the next. A writer waits while it is full, and is told by BrokenPipeError (EPIPE) once
    nobody reads."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._closed = self._unread = False
        self._changed = asyncio.Condition()

    async def read(self, n: int = FULL, /) -> bytes:
        async with self._changed:
            await self._changed.wait_for(lambda: self._held or self._closed)
            taken = bytes(self._held[:n])
            del self._held[:n]
            self._changed.notify_all()
            return taken

    async def write(self, data: bytes) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._held) < FULL or self._unread)
            if self._unread:
                raise BrokenPipeError(errno.EPIPE, "Broken pipe")
            self._held += data
            self._changed.notify_all()

    async def close(self) -> None:
        """The writer has no more to say."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()

    async def leave(self) -> None:
        """The reader has read enough."""
        async with self._changed:
            self._unread = True
            self._held.clear()
            self._changed.notify_all()


class Nothing:
    """What </dev/null reads."""

    async def read(self, _: int = 0, /) -> bytes:
        return b""


class Pieces:
    """A file as a source."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    async def read(self, n: int = FULL, /) -> bytes:
        if not self._left:
            self._left = await anext(self._pieces, b"")
        taken, self._left = self._left[:n], self._left[n:]
        return taken


async def lines(source: Source) -> AsyncIterator[bytes]:
    """Line by line, each with its end but the last of a text that lacks it."""
    held = b""
    while piece := await source.read(FULL):
        *whole, held = (held + piece).split(b"\n")
        for line in whole:
            yield line + b"\n"
    if held:
        yield held


async def line(source: Source) -> bytes:
    """The next line, and not a byte more: the rest is for the next command."""
    taken = bytearray()
    while not taken.endswith(b"\n") and (byte := await source.read(1)):
        taken += byte
    return bytes(taken)
