"""The frames of the pipes, and streams within their window."""

from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testbed.runtimes.jvm.frames import MOST, Frame, Kind, read_frame
from testbed.runtimes.jvm.stream import PIECE, WINDOW, Stream


def reading(*pieces: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return reader


def test_a_frame_byte_by_byte():
    """As Frame.java writes it."""
    assert Frame(Kind.DATA, 7, b"hi").encode() == b"\0\0\0\x02\x01\0\0\0\x07hi"


@given(st.lists(st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=100))))
def test_what_is_written_is_read(frames: list[Frame]):
    async def read() -> list[Frame]:
        reader = reading(*(frame.encode() for frame in frames))
        return [frame async for frame in _all(reader)]

    assert asyncio.run(read()) == frames


async def _all(reader: asyncio.StreamReader):
    while (frame := await read_frame(reader)) is not None:
        yield frame


@pytest.mark.parametrize("cut", range(11))
async def test_the_end_in_the_midst_of_one_is_the_end(cut: int):
    assert await read_frame(reading(Frame(Kind.DATA, 7, b"hi").encode()[:cut])) is None


@pytest.mark.parametrize(
    "raw", [struct.pack("!IBI", MOST + 1, 0, 0), struct.pack("!IBI", 0, 9, 0)], ids=["too long", "of no kind"]
)
async def test_what_is_no_frame(raw: bytes):
    with pytest.raises(ValueError, match=r"frame|Kind"):
        await read_frame(reading(raw))


class Sent:
    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.full = asyncio.Event()
        self.closed = 0
        self.stream = Stream(1, self.send, self.close)

    async def send(self, frame: Frame) -> None:
        self.frames.append(frame)
        if self.bytes >= WINDOW:
            self.full.set()

    async def close(self) -> None:
        self.closed += 1

    @property
    def bytes(self) -> int:
        return sum(len(frame.payload) for frame in self.frames)


async def test_no_more_is_sent_than_there_is_room_for():
    sent = Sent()
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(sent.stream.write(bytes(WINDOW + 10)))
        await sent.full.wait()
        await asyncio.sleep(0)
        assert (sent.bytes, writing.done()) == (WINDOW, False)
        await sent.stream.take(Frame(Kind.ROOM, 1, struct.pack("!I", 4)))
        await sent.stream.take(Frame(Kind.ROOM, 1, struct.pack("!I", 100)))
    assert sent.bytes == WINDOW + 10


async def test_room_is_made_once_half_of_it_was_read():
    sent = Sent()
    for _ in range(WINDOW // PIECE):
        await sent.stream.take(Frame(Kind.DATA, 1, bytes(PIECE)))
    assert await sent.stream.read(10) == bytes(10)
    assert sent.frames == []
    assert len(await sent.stream.read()) == PIECE - 10
    assert len(await sent.stream.read()) == PIECE
    assert sent.frames == [Frame(Kind.ROOM, 1, struct.pack("!I", 2 * PIECE))]


async def test_what_has_arrived_is_read_before_the_end():
    sent = Sent()
    await sent.stream.take(Frame(Kind.DATA, 1, b"last"))
    await sent.stream.take(Frame(Kind.END, 1))
    assert [await sent.stream.read(), await sent.stream.read()] == [b"last", b""]


@pytest.mark.parametrize("end", ["take", "lost", "close"])
async def test_nobody_writes_to_what_is_closed(end: str):
    sent = Sent()
    match end:
        case "take":
            await sent.stream.take(Frame(Kind.END, 1))
        case "lost":
            await sent.stream.lost()
        case _:
            await sent.stream.close()
            await sent.stream.close()
    with pytest.raises(ConnectionResetError):
        await sent.stream.write(b"x")
    assert sent.closed == (end == "close")
