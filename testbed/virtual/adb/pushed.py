"""What a client sends in a sync session, and the file that it pushes."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Callable

from testbed.virtual.adb import sync_records as records
from testbed.virtual.duplex import Duplex


class Refused(Exception):
    """What FAIL says; the session ends with it, once `pushed` is read to its end: adb may listen no sooner."""

    def __init__(self, reason: str, pushed: Pushed | None = None) -> None:
        super().__init__(reason)
        self.pushed = pushed


class Source:
    """What the client sends, by the byte."""

    def __init__(self, stream: Duplex) -> None:
        self._stream = stream

    async def exactly(self, count: int) -> bytes:
        """Raises ConnectionResetError if the client leaves before."""
        got = bytearray()
        while len(got) < count:
            got += await self.some(count - len(got))
        return bytes(got)

    async def some(self, most: int) -> bytes:
        piece = await self._stream.read(most)
        if not piece:
            raise ConnectionResetError("the client has left")
        return piece


class Pushed:
    """The content of a pushed file, in DATA after DATA, up to a DONE that has its `mtime`. A length is the client's
    word: pieces are passed on as they come. Raises OSError (ENOSPC) where the disk is full."""

    def __init__(self, source: Source, full: Callable[[], bool]) -> None:
        self.mtime = 0
        self.begun = False
        self._source = source
        self._full = full
        self._left = 0
        self._done = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self.begun = True
        piece = await self._next()
        if self._full():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return piece

    async def rest(self) -> None:
        """Read on to the end and throw it away: adb hears of a failure once it has sent everything."""
        try:
            while True:
                await self._next()
        except (StopAsyncIteration, Refused):
            return

    async def _next(self) -> bytes:
        while not self._left and not self._done:
            name, number = records.HEAD.unpack(await self._source.exactly(records.HEAD.size))
            if name == b"DONE":
                self.mtime, self._done = number, True
            elif name == b"DATA":
                self._left = number
            else:
                self._done = True
                raise Refused("invalid data message")
        if self._done:
            raise StopAsyncIteration
        piece = await self._source.some(min(self._left, records.DATA_BYTES))
        self._left -= len(piece)
        return piece
