"""A stream between a wire and a service: turns, ends, and who is told of what."""

from __future__ import annotations

import asyncio

import pytest

from testbed.virtual.adb.packets import Packet
from testbed.virtual.adb.streams import Stream, Streams


class Recorded:
    """A wire that keeps what is sent, and that can be `busy`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def send(self, packet: Packet) -> None:
        await self.free.wait()
        self.send_now(packet)

    def send_now(self, packet: Packet) -> None:
        self.sent.append((packet.command.name, bytes(packet.payload)))


@pytest.fixture
def wire() -> Recorded:
    return Recorded()


async def test_one_piece_at_a_time(wire: Recorded):
    streams = Streams(wire, 10)
    streams.piece = 3
    stream = streams.new(remote=7)
    await stream.accept()
    async with asyncio.TaskGroup() as group:
        group.create_task(stream.write(b"content"))
        for expected in ([b"", b"con"], [b"", b"con", b"ten"], [b"", b"con", b"ten", b"t"]):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert [payload for _, payload in wire.sent] == expected
            stream.acknowledged(7)


async def test_two_who_write_do_not_get_between_each_other(wire: Recorded):
    streams = Streams(wire, 10)
    streams.piece = 2
    stream = streams.new(remote=7)
    await stream.accept()
    async with asyncio.TaskGroup() as group:
        writing = [group.create_task(stream.write(text)) for text in (b"aaaa", b"bbbb")]
        while not all(task.done() for task in writing):
            await asyncio.sleep(0)
            stream.acknowledged(7)
    assert b"".join(payload for _, payload in wire.sent) == b"aaaabbbb"


async def test_a_write_that_is_cancelled_before_its_turn_leaves_the_stream_usable(wire: Recorded):
    stream = Streams(wire, 10).new(remote=7)
    await stream.accept()
    wire.free.clear()
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(stream.write(b"lost"))
        await asyncio.sleep(0)
        writing.cancel()
    wire.free.set()
    await stream.write(b"kept")
    stream.acknowledged(7)
    await stream.close()
    assert wire.sent == [("OKAY", b""), ("WRTE", b"kept"), ("CLSE", b"")]


async def test_a_stream_that_ends_while_the_wire_is_busy_holds_nobody_up(wire: Recorded):
    streams = Streams(wire, 10)
    streams.piece = 2
    stream = streams.new(remote=7)
    await stream.accept()
    wire.free.clear()
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        writing = group.create_task(refused(stream))
        await asyncio.sleep(0)
        stream.ended()
        wire.free.set()
    assert writing.result()
    await stream.close()


async def refused(stream: Stream) -> bool:
    try:
        await stream.write(b"content")
    except ConnectionError:
        return True
    return False


async def test_what_has_arrived_can_be_read_after_the_end(wire: Recorded):
    stream = Streams(wire, 10).new(remote=7)
    await stream.accept()
    stream.delivered(b"content")
    stream.ended()
    assert await stream.read(3) == b"con"
    assert await stream.read() == b"tent"
    assert await stream.read() == b""
    with pytest.raises(ConnectionError):
        await stream.write(b"too late")
    assert wire.sent == [("OKAY", b"")]


async def test_a_payload_is_acknowledged_when_it_is_taken(wire: Recorded):
    stream = Streams(wire, 10).new(remote=7)
    await stream.accept()
    stream.delivered(b"content")
    assert wire.sent == [("OKAY", b"")]
    assert await stream.read(3) == b"con"
    assert wire.sent == [("OKAY", b""), ("OKAY", b"")]


async def test_one_that_we_opened_and_gave_up_is_forgotten(wire: Recorded):
    """Without a word: the client has not named it yet."""
    streams = Streams(wire, 10)
    stream = streams.new()
    stream.abort()
    assert (wire.sent, streams.get(stream.local, 0)) == ([], None)


async def test_one_that_the_client_refuses(wire: Recorded):
    stream = Streams(wire, 10).new()
    stream.ended()
    with pytest.raises(ConnectionRefusedError):
        await stream.answered()


async def test_names_are_not_given_twice(wire: Recorded):
    streams = Streams(wire, 2)
    first = streams.new(remote=7)
    second = streams.new(remote=8)
    with pytest.raises(ConnectionRefusedError, match="2 streams are open"):
        streams.new(remote=9)
    first.abort()
    third = streams.new(remote=9)
    assert len({first.local, second.local, third.local}) == 3
    assert streams.get(second.local, 7) is None  # somebody else's name
