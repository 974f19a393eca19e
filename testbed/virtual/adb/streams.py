"""The streams of a connection, which take turns on its wire (AOSP, packages/modules/adb/protocol.txt).

Each side sends one WRTE and waits for its OKAY: so a stream holds at most one payload that nobody has taken, and memory
stays flat however much goes through. The OKAY goes back when somebody takes the payload.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from testbed.virtual.adb.packets import BrokenWire, Command, Packet

PIECE = 256 * 1024
"""What one WRTE of ours has at most."""


class Sender(Protocol):
    """The wire, as a stream needs it."""

    async def send(self, packet: Packet) -> None: ...

    def send_now(self, packet: Packet) -> None: ...


class Stream:
    """One stream: a Duplex. `local` is our name for it, `remote` the client's, 0 until it is known; `piece` the most
    that the client takes in one WRTE. One who opened it accepts it before anything else."""

    def __init__(self, wire: Sender, local: int, remote: int, piece: int, forget: Callable[[], None]) -> None:
        self.local = local
        self.remote = remote
        self._wire = wire
        self._piece = min(piece, PIECE)
        self._forget = forget
        self._accepted = False
        self._arrived: bytes | memoryview | None = None
        self._rest = memoryview(b"")
        self._writing = asyncio.Lock()
        self._readable, self._writable, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def accept(self) -> None:
        """Say that the service which the client asked for is there."""
        self._accepted = True
        self._writable.set()
        await self._wire.send(Packet(Command.OKAY, self.local, self.remote))

    async def answered(self) -> None:
        """The client has accepted a stream that we opened. Raises ConnectionRefusedError if it has not."""
        await self._writable.wait()
        if self._gone.is_set():
            raise ConnectionRefusedError("the client has refused the stream")

    async def read(self, limit: int = 65_536) -> bytes:
        while not self._rest:
            await self._readable.wait()
            if self._arrived is None:
                return b""
            self._rest, self._arrived = memoryview(self._arrived), None
            if not self._gone.is_set():
                self._readable.clear()
                await self._wire.send(Packet(Command.OKAY, self.local, self.remote))
        piece, self._rest = bytes(self._rest[:limit]), self._rest[limit:]
        return piece

    async def write(self, data: bytes) -> None:
        rest = memoryview(data)
        async with self._writing:
            while rest:
                await self._room()
                await self._wire.send(Packet(Command.WRTE, self.local, self.remote, rest[: self._piece]))
                if not self._gone.is_set():  # it may have ended while the wire was busy: nobody says OKAY any more
                    self._writable.clear()
                rest = rest[self._piece :]

    async def close(self) -> None:
        """What was written has arrived first: adb throws away what a CLSE overtakes."""
        try:
            async with self._writing:
                await self._room()
        except ConnectionError:
            return
        self.abort()

    def abort(self) -> None:
        """End it at once. One that was never accepted is refused: CLSE with no name of ours. One that the client has
        not answered has no name to be closed by."""
        if not self._gone.is_set() and self.remote:
            self._wire.send_now(Packet(Command.CLSE, self.local if self._accepted else 0, self.remote))
        self.ended()

    async def left(self) -> None:
        """Returns when the client has closed the stream."""
        await self._gone.wait()

    def acknowledged(self, remote: int) -> None:
        """The client said OKAY: for the first time, if we opened the stream."""
        if not self.remote:
            self.remote, self._accepted = remote, True
        self._writable.set()

    def delivered(self, payload: bytes | memoryview) -> None:
        """The client said WRTE. Raises BrokenWire if it did not wait for its turn."""
        if self._arrived is not None:
            raise BrokenWire("a WRTE before the OKAY of the one before")
        self._arrived = payload
        self._readable.set()

    def ended(self) -> None:
        """The client said CLSE, or is gone: what has arrived can still be read."""
        self._gone.set()
        self._readable.set()
        self._writable.set()
        self._forget()

    async def _room(self) -> None:
        await self._writable.wait()
        if self._gone.is_set():
            raise ConnectionResetError("the client has closed the stream")


class Streams:
    """The open streams of one connection, `most` at most."""

    def __init__(self, wire: Sender, most: int) -> None:
        self.piece = PIECE
        self._wire = wire
        self._most = most
        self._open: dict[int, Stream] = {}
        self._last = 0

    def new(self, remote: int = 0) -> Stream:
        """A stream with a name of its own. Raises ConnectionRefusedError when there are too many."""
        if len(self._open) >= self._most:
            raise ConnectionRefusedError(f"{self._most} streams are open")
        self._last = local = self._last % 0xFFFFFFFF + 1
        stream = self._open[local] = Stream(self._wire, local, remote, self.piece, lambda: self._forget(local))
        return stream

    def get(self, local: int, remote: int) -> Stream | None:
        """The stream that we call `local`, if the client calls it `remote`, has not named it yet, or leaves its name
        out (the CLSE that refuses a stream)."""
        stream = self._open.get(local)
        return stream if stream is not None and (not remote or stream.remote in (0, remote)) else None

    def end(self) -> None:
        """The client is gone."""
        for stream in list(self._open.values()):
            stream.ended()

    def _forget(self, local: int) -> None:
        self._open.pop(local, None)


Dial = Callable[[str], Awaitable[Stream]]
"""Opens a stream to an address of the client's computer (`tcp:PORT`). Raises ConnectionError."""
