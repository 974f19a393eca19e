"""10,000 clients that mean no good: none crashes the daemon, none makes it hold what it only announces."""

from __future__ import annotations

import asyncio
import gc
import random
import struct
import tracemalloc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.virtual.adb.connection import Connection
from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.adb.faults import NONE
from testbed.virtual.adb.keys import read_public_key
from testbed.virtual.adb.line import Line
from testbed.virtual.adb.packets import MOST, BrokenWire, Command, Header, decode_header
from testbed.virtual.adb.shell_protocol import FramedStdio, Kind, frame
from testbed.virtual.adb.sync import Session
from testbed.virtual.adb.wire import Wire
from tests.virtual.adb.memory import MemoryMachine, Script

WITHIN_S = 20
HELD = 8 * 2**20
"""Bytes that we may hold at any moment while clients come one after the other."""

Case = TypeVar("Case")


async def tried(cases: st.SearchStrategy[Case], count: int, talk: Callable[[Case], Coroutine[Any, Any, None]]) -> None:
    """Talk with so many clients, one after the other, on this very loop: hypothesis blocks, in a thread."""
    loop = asyncio.get_running_loop()

    @given(cases)
    @settings(max_examples=count, deadline=None, database=None)
    def one(case: Case) -> None:
        asyncio.run_coroutine_threadsafe(talk(case), loop).result(WITHIN_S)

    await asyncio.to_thread(one)


class Sink:
    """The writing half of a connection that leads nowhere; a StreamWriter, for the wire."""

    def __init__(self) -> None:
        self.transport = self
        self.written = 0

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.written += len(data)

    async def drain(self) -> None:
        """While a packet is on its way, the services are at work."""
        await asyncio.sleep(0)

    def abort(self) -> None: ...


def packet(command: int, first: int, second: int, payload: bytes, length: int | None, broken: int) -> bytes:
    """One that may lie about its length, and whose magic may be broken."""
    total = sum(payload)
    announced = len(payload) if length is None else length
    return struct.pack("<6I", command, first, second, announced, total, command ^ 0xFFFFFFFF ^ broken) + payload


GREETING = packet(Command.CNXN, 0x01000001, 2**20, b"host::\0", None, 0)
WORDS = st.integers(0, 2**32 - 1)
FOUR_GB = 2**32 - 1
LENGTHS = [None, None, None, 0, 1, MOST, MOST + 1, 2**31, FOUR_GB]
SERVICES = (
    "shell:cat", "shell,v2,raw:cat", "shell:", "shell,v2,pty:", "shell", "exec:hang", "abb:package\0install\0-S\x0010",
    "abb_exec:", "sync:", "reverse:forward:tcp:0;tcp:1", "reverse:forward:tcp:-1;;", "reverse:killforward-all",
    "reverse:", "tcp:99999999999", "tcp:", "localabstract:", "tcpip:x", "tcpip:99", "usb:", "root:", "reconnect",
    "reboot:", ":", ",", "\0", "jdwp:1", "framebuffer:", "shell:\udcff",
)  # fmt: skip


def some_packet(chance: random.Random) -> bytes:
    """Any, but often one that means something: a service that is there, the name of a stream that may be open."""
    name, other = (chance.choice([chance.randrange(5), chance.getrandbits(32)]) for _ in range(2))
    if chance.random() < 0.3:
        service = chance.choice(SERVICES).encode(errors="surrogateescape")
        return packet(Command.OPEN, name, 0, service, None, 0)
    command = chance.choice([*Command, *Command, Command.WRTE, 0x534C5453, chance.getrandbits(32)])
    content = chance.randbytes(chance.randrange(40))
    payload = chance.choice([content, frame(Kind(chance.randrange(6)), content), some_request(chance)])
    return packet(command, name, other, payload, chance.choice(LENGTHS), int(chance.random() < 0.05))


def some_request(chance: random.Random) -> bytes:
    """Of a sync session."""
    name = chance.choice([*NAMES_OF_SYNC, chance.randbytes(4)])
    if chance.random() < 0.3:
        return struct.pack("<4sII", name, chance.getrandbits(32), chance.choice([0, 0, 0, 1, 2**31]))
    path = chance.choice([*PATHS, chance.randbytes(chance.randrange(40))])
    length = chance.choice(LENGTHS)
    return name + struct.pack("<I", len(path) if length is None else length) + path


NAMES_OF_SYNC = (
    b"STAT", b"STA2", b"LST2", b"LIST", b"LIS2", b"SEND", b"SND2", b"RECV", b"RCV2", b"DATA", b"DATA", b"DONE", b"QUIT",
)  # fmt: skip
PATHS = (b"/", b"/system/build.prop", b"/data/x,33188", b"/data/x", b"/data/x,0120777", b"/system/x,0644", b"\xff\0,")


def made(some: Callable[[random.Random], bytes]) -> st.SearchStrategy[bytes]:
    """One of many that were made beforehand, by the same chance each time: hypothesis itself is slow at the details."""
    chance = random.Random(7)
    return st.sampled_from([some(chance) for _ in range(5_000)])


PACKETS, REQUESTS = made(some_packet), made(some_request)
CLIENTS = (
    st.lists(PACKETS | PACKETS | st.binary(max_size=60), max_size=12)
    .map(b"".join)
    .flatmap(lambda said: st.sampled_from([said, GREETING + said, GREETING + said]))
)
SESSIONS = st.lists(REQUESTS | REQUESTS | st.binary(max_size=20), max_size=8).map(b"".join)


def opened(service: bytes, payload: bytes) -> bytes:
    """A stream that is opened, and its first payload."""
    return packet(Command.OPEN, 7, 0, service, None, 0) + packet(Command.WRTE, 7, 1, payload, None, 0)


LIARS = [
    packet(Command.WRTE, 7, 1, bytes(1_000), FOUR_GB, 0),
    packet(Command.OPEN, 7, 0, b"shell:cat", MOST, 0),
    opened(b"shell,v2,raw:cat", struct.pack("<BI", Kind.STDIN, FOUR_GB) + bytes(1_000)),
    opened(b"shell,v2,raw:cat", struct.pack("<BI", Kind.WINDOW, FOUR_GB) + bytes(1_000)),
    opened(b"sync:", struct.pack("<4sI", b"STAT", FOUR_GB) + bytes(1_000)),
    opened(b"sync:", struct.pack("<4sI", b"SEND", 7) + b"/x,0644" + struct.pack("<4sI", b"DATA", FOUR_GB)),
    opened(b"sync:", struct.pack("<4sI", b"SEND", 10) + b"/x,0120777" + struct.pack("<4sI", b"DATA", FOUR_GB)),
]
"""What each announces, it never sends."""


@given(st.binary(min_size=24, max_size=24))
@settings(max_examples=2_000, deadline=None)
def test_a_header_is_one_or_is_refused(raw: bytes):
    try:
        header = decode_header(raw)
    except BrokenWire:
        return
    assert header.length <= MOST


@given(st.sampled_from(list(Command)), WORDS, WORDS, st.integers(0, MOST), WORDS)
@settings(max_examples=500, deadline=None)
def test_a_header_says_what_was_put_into_it(command: Command, first: int, second: int, length: int, total: int):
    raw = struct.pack("<6I", command, first, second, length, total, command ^ 0xFFFFFFFF)
    assert decode_header(raw) == Header(command, first, second, length, total)


async def talk_with(daemon: Daemon, said: bytes) -> None:
    """A connection on which a client says that, and leaves."""
    reader, sink = asyncio.StreamReader(), Sink()
    reader.feed_data(said)
    reader.feed_eof()
    await Connection(daemon, Wire(reader, cast(asyncio.StreamWriter, sink), Line(NONE, lambda: None))).run()


class Deaf(Sink):
    """One whose other end reads nothing: asyncio waits from 64 KiB on."""

    def __init__(self) -> None:
        super().__init__()
        self.full = asyncio.Event()

    async def drain(self) -> None:
        if self.written > 2**16:
            self.full.set()
            await asyncio.Event().wait()


async def test_a_client_that_does_not_listen_is_not_listened_to(daemon: Daemon):
    """What it would be told does not pile up here: its requests stay with it."""
    reader, sink = asyncio.StreamReader(), Deaf()
    reader.feed_data(GREETING + packet(Command.OPEN, 1, 0, b"nonsense", None, 0) * 100_000)
    wire = Wire(reader, cast(asyncio.StreamWriter, sink), Line(NONE, lambda: None))
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        running = group.create_task(Connection(daemon, wire).run())
        await sink.full.wait()
        for _ in range(1_000):
            await asyncio.sleep(0)
        running.cancel()
    assert 2**16 < sink.written < 2**17


async def test_a_connection_ends_with_its_client(daemon: Daemon, machine: MemoryMachine):
    """And all its commands with it: nothing is raised, and the daemon is there for the next."""

    async def talk(said: bytes) -> None:
        await talk_with(daemon, said)
        assert (machine.running, machine.serving) == (0, {})

    await tried(CLIENTS, 3_000, talk)


async def test_nothing_is_left_of_clients_and_nothing_held_that_they_announce(daemon: Daemon):
    said: list[bytes] = []
    await tried(CLIENTS, 300, lambda each: collected(said, each))
    said += [GREETING + each for each in LIARS]

    async def all_of_them() -> int:
        for each in said:
            await talk_with(daemon, each)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        first = await all_of_them()
        second = await all_of_them()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert second - first < 100_000
    assert most < HELD


async def collected(said: list[bytes], each: bytes) -> None:
    said.append(each)


async def test_a_sync_session_ends_in_good_order():
    """What it answers is made of whole records."""

    async def talk(case: tuple[bytes, bool]) -> None:
        said, full = case
        script = Script(said)
        try:
            await Session(script, MemoryMachine().files, lambda: full).run()
        except ConnectionError:
            assert not script.said
        assert_records(bytes(script.heard))

    await tried(st.tuples(SESSIONS, st.booleans()), 3_000, talk)


SIZES = {b"STAT": 16, b"STA2": 72, b"LST2": 72, b"OKAY": 8}
NAMED = {b"DENT": 20, b"DNT2": 76, b"FAIL": 8, b"DATA": 8}
ENDS = (8, 20, 76)


def assert_records(heard: bytes) -> None:
    while heard:
        name = heard[:4]
        if name in SIZES:
            size = SIZES[name]
        elif name in NAMED:
            size = NAMED[name] + int.from_bytes(heard[NAMED[name] - 4 : NAMED[name]], "little")
        else:
            assert name == b"DONE"
            size = next(each for each in reversed(ENDS) if heard[4:each] == bytes(each - 4))
        assert len(heard) >= size
        heard = heard[size:]


FRAMES = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=30)), max_size=8)
CUT = st.binary(max_size=4) | st.just(struct.pack("<BI", Kind.STDIN, FOUR_GB))


async def test_stdin_is_what_its_frames_say():
    """Up to the frame that closes it, whatever else comes between, and whatever is cut short at the end."""

    async def talk(case: tuple[list[tuple[int, bytes]], bytes]) -> None:
        frames, cut = case
        stdio = FramedStdio(Script(b"".join(struct.pack("<BI", kind, len(data)) + data for kind, data in frames) + cut))
        await stdio.feed()
        kinds = [kind for kind, _ in frames]
        there = frames[: kinds.index(Kind.CLOSE_STDIN)] if Kind.CLOSE_STDIN in kinds else frames
        assert await stdio.stdin.read() == b"".join(data for kind, data in there if kind == Kind.STDIN)

    await tried(st.tuples(FRAMES, CUT), 1_000, talk)


@given(st.binary(max_size=800))
@settings(max_examples=500, deadline=None)
def test_a_key_is_one_or_is_refused(payload: bytes):
    try:
        key = read_public_key(payload)
    except ValueError:
        return
    assert not key.signed(bytes(20), bytes(256))
