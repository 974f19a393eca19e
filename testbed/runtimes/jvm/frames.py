"""What goes over the pipes to a worker: length of the payload (u32), kind (u8), stream (u32), all big-endian, then the
payload. harnesses/android/worker's Frame is the other end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
from enum import IntEnum

import msgspec

HEADER = struct.Struct("!IBI")
MOST = 16 << 20


class Kind(IntEnum):
    """CONTROL: JSON. DATA: bytes of a stream. END: its sender has no more. ROOM (u32): so much more may be sent."""

    CONTROL = 0
    DATA = 1
    END = 2
    ROOM = 3


class Frame(msgspec.Struct, frozen=True):
    kind: Kind
    stream: int = 0
    payload: bytes = b""

    def encode(self) -> bytes:
        return HEADER.pack(len(self.payload), self.kind, self.stream) + self.payload


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """None at the end, also where the other side died in the midst of one. Raises ValueError for what is no frame."""
    try:
        length, kind, stream = HEADER.unpack(await reader.readexactly(HEADER.size))
        if length > MOST:
            raise ValueError(f"a frame of {length} bytes")
        return Frame(Kind(kind), stream, await reader.readexactly(length))
    except asyncio.IncompleteReadError:
        return None


class Pipes:
    """Two pipes to a child that is about to start: `theirs` are the ends that it inherits, to read and to write.
    A context manager that closes whatever is still open."""

    def __init__(self) -> None:
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()
        self.theirs = (their_in, their_out)
        self._ours = (os.fdopen(our_in, "rb", 0), os.fdopen(our_out, "wb", 0))
        self._stack = contextlib.ExitStack()
        self._their_ends = self._stack.enter_context(contextlib.ExitStack())
        for fd in self.theirs:
            self._their_ends.callback(os.close, fd)
        for file in self._ours:
            self._stack.callback(file.close)

    def __enter__(self) -> Pipes:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Once the child has its ends."""
        self._their_ends.close()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        ours, out = self._ours
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), ours)
        self._stack.callback(transport.close)
        sink, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), out
        )
        self._stack.callback(lambda: None if sink.is_closing() else sink.abort())
        return reader, asyncio.StreamWriter(sink, protocol, None, loop)
