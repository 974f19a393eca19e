"""A connection to a socket of an app, carried in frames; and one over a socket of ours. Both are a Duplex."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections import deque
from collections.abc import Awaitable, Callable

from testbed.runtimes.jvm.frames import Frame, Kind

WINDOW = 1 << 18
"""Bytes that may be on their way without having been read. RemoteConduit.WINDOW is the same."""

PIECE = 1 << 16

Send = Callable[[Frame], Awaitable[None]]


class Stream:
    """Each way goes within a window, so that neither side holds more than that of what the other does not read.
    `gone` is called once, when both ends are closed."""

    def __init__(self, number: int, send: Send, closed: Callable[[], Awaitable[None]]) -> None:
        self.number = number
        self._send = send
        self._tell_closed = closed
        self._arrived: deque[bytes] = deque()
        self._changed = asyncio.Condition()
        self._unacknowledged = 0
        self._room = WINDOW
        self._over = False
        self._closed = False

    async def take(self, frame: Frame) -> None:
        """A frame of this stream has come."""
        async with self._changed:
            match frame.kind:
                case Kind.DATA if not self._closed:
                    self._arrived.append(frame.payload)
                case Kind.ROOM:
                    self._room += struct.unpack("!I", frame.payload)[0]
                case Kind.END:
                    self._over = True
                case _:
                    pass
            self._changed.notify_all()

    async def lost(self) -> None:
        """The worker is gone."""
        async with self._changed:
            self._over = self._closed = True
            self._changed.notify_all()

    async def read(self, limit: int = PIECE) -> bytes:
        async with self._changed:
            await self._changed.wait_for(lambda: self._arrived or self._over or self._closed)
            if not self._arrived:
                return b""
            first = self._arrived.popleft()
            if len(first) > limit:
                self._arrived.appendleft(first[limit:])
                first = first[:limit]
            self._unacknowledged += len(first)
            due, self._unacknowledged = (
                (self._unacknowledged, 0) if self._unacknowledged >= WINDOW // 2 else (0, self._unacknowledged)
            )
        if due:
            await self._send(Frame(Kind.ROOM, self.number, struct.pack("!I", due)))
        return first

    async def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            async with self._changed:
                await self._changed.wait_for(lambda: self._room or self._over or self._closed)
                if self._over or self._closed:
                    raise ConnectionResetError("the app has closed the connection")
                count = min(self._room, PIECE, len(rest))
                self._room -= count
            await self._send(Frame(Kind.DATA, self.number, bytes(rest[:count])))
            rest = rest[count:]

    async def close(self) -> None:
        async with self._changed:
            if self._closed:
                return
            self._closed = True
            self._arrived.clear()
            self._changed.notify_all()
        await self._tell_closed()


class Socket:
    """A connection that was accepted, as a Duplex."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, limit: int = PIECE) -> bytes:
        try:
            return await self._reader.read(limit)
        except ConnectionError:
            return b""

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()
