"""The bytes themselves, as AOSP's packages/modules/adb has them: protocol.txt, adb.cpp, shell_protocol.h, SYNC.TXT.

A conversation is a list of lines: `>` what the client sends, `<` what must come back. Words in quotes are text, the
others are hex.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.adb.packets import BrokenWire, Command, Header, Packet, decode_header, encode
from testbed.virtual.duplex import Duplex
from tests.virtual.adb.memory import MemoryMachine

WITHIN_S = 20

BANNER = (
    "'device::ro.product.name=shiba;ro.product.model=Pixel~8;ro.product.device=shiba;"
    "features=shell_v2,cmd,stat_v2,ls_v2,fixed_push_mkdir,apex,abb,fixed_push_symlink_timestamp,abb_exec,remount_shell,"
    "sendrecv_v2'"
)

HELLO = f"""
> 'CNXN' 01000001 00001000 07000000 32020000 bcb1a7b1 'host::' 00
< 'CNXN' 01000001 00001000 cc000000 SUM bcb1a7b1 {BANNER}
"""

CONVERSATIONS = {
    "protocol.txt: OPEN is answered with OKAY, WRTE with OKAY, and CLSE comes when all has arrived": """
> 'OPEN' 07000000 00000000 0e000000 00000000 b0afbab1 'shell:echo~hi' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 03000000 00000000 a8adabba 'hi' 0a
> 'OKAY' 07000000 01000000 00000000 00000000 b0b4bea6
< 'CLSE' 01000000 07000000 00000000 00000000 bcb3acba
""",
    "protocol.txt: a failed OPEN is a CLSE with no name of ours": """
> 'OPEN' 07000000 00000000 09000000 00000000 b0afbab1 'nonsense' 00
< 'CLSE' 00000000 07000000 00000000 00000000 bcb3acba
> 'OPEN' 08000000 00000000 06000000 00000000 b0afbab1 'tcp:9' 00
< 'CLSE' 00000000 08000000 00000000 00000000 bcb3acba
> 'OPEN' 09000000 00000000 0d000000 00000000 b0afbab1 'framebuffer:' 00
< 'CLSE' 00000000 09000000 00000000 00000000 bcb3acba
> 'OPEN' 0a000000 00000000 11000000 00000000 b0afbab1 'tcp:10.0.0.1:443' 00
< 'CLSE' 00000000 0a000000 00000000 00000000 bcb3acba
""",
    "adb.cpp, handle_packet: a CLSE is answered with a CLSE": """
> 'OPEN' 07000000 00000000 0a000000 00000000 b0afbab1 'shell:cat' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
> 'CLSE' 07000000 01000000 00000000 00000000 bcb3acba
< 'CLSE' 01000000 07000000 00000000 00000000 bcb3acba
""",
    "adb.cpp, handle_packet: an OKAY for no stream is answered with a CLSE": """
> 'OKAY' 07000000 63000000 00000000 00000000 b0b4bea6
< 'CLSE' 63000000 07000000 00000000 00000000 bcb3acba
""",
    "adb.cpp: what else names no stream is ignored, and an OPEN without a name": """
> 'WRTE' 07000000 63000000 02000000 00000000 a8adabba 'hi'
> 'CLSE' 07000000 63000000 00000000 00000000 bcb3acba
> 'OPEN' 00000000 00000000 0a000000 00000000 b0afbab1 'shell:cat' 00
> 'OPEN' 07000000 00000000 06000000 00000000 b0afbab1 'root:' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 2d000000 00000000 a8adabba 'adbd~cannot~run~as~root~in~production~builds' 0a
""",
    "shell_protocol.h: pieces with what they are and how long, and the exit code at the end": """
> 'OPEN' 07000000 00000000 2a000000 00000000 b0afbab1 'shell,v2,raw:echo~hi;~complain~oh;~exit~7' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 08000000 00000000 a8adabba 01 03000000 'hi' 0a
> 'OKAY' 07000000 01000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 08000000 00000000 a8adabba 02 03000000 'oh' 0a
> 'OKAY' 07000000 01000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 06000000 00000000 a8adabba 03 01000000 07
> 'OKAY' 07000000 01000000 00000000 00000000 b0b4bea6
< 'CLSE' 01000000 07000000 00000000 00000000 bcb3acba
""",
    "shell_protocol.h: stdin, which the client closes": """
> 'OPEN' 07000000 00000000 11000000 00000000 b0afbab1 'shell,v2,raw:cat' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
> 'WRTE' 07000000 01000000 07000000 00000000 a8adabba 00 02000000 'hi'
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 07000000 00000000 a8adabba 01 02000000 'hi'
> 'OKAY' 07000000 01000000 00000000 00000000 b0b4bea6
> 'WRTE' 07000000 01000000 05000000 00000000 a8adabba 04 00000000
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 06000000 00000000 a8adabba 03 01000000 00
""",
    "SYNC.TXT: STAT of what is not there is all zeros, and QUIT ends it": """
> 'OPEN' 07000000 00000000 06000000 00000000 b0afbab1 'sync:' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
> 'WRTE' 07000000 01000000 0a000000 00000000 a8adabba 'STAT' 02000000 '/x'
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 10000000 00000000 a8adabba 'STAT' 00000000 00000000 00000000
> 'OKAY' 07000000 01000000 00000000 00000000 b0b4bea6
> 'WRTE' 07000000 01000000 08000000 00000000 a8adabba 'QUIT' 00000000
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'CLSE' 01000000 07000000 00000000 00000000 bcb3acba
""",
    "adb.cpp, handle_forward_request: OKAY, and the port that tcp:0 got": """
> 'OPEN' 07000000 00000000 1f000000 00000000 b0afbab1 'reverse:forward:tcp:0;tcp:1234' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 0d000000 00000000 a8adabba 'OKAY000540000'
> 'OKAY' 07000000 01000000 00000000 00000000 b0b4bea6
< 'CLSE' 01000000 07000000 00000000 00000000 bcb3acba
> 'OPEN' 08000000 00000000 15000000 00000000 b0afbab1 'reverse:list-forward' 00
< 'OKAY' 02000000 08000000 00000000 00000000 b0b4bea6
< 'WRTE' 02000000 08000000 1e000000 00000000 a8adabba '001ahost-1~tcp:40000~tcp:1234' 0a
""",
    "adb.cpp, handle_forward_request: FAIL and why": """
> 'OPEN' 07000000 00000000 1a000000 00000000 b0afbab1 'reverse:killforward:tcp:9' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 22000000 00000000 a8adabba "FAIL001alistener~'tcp:9'~not~found"
> 'OPEN' 08000000 00000000 11000000 00000000 b0afbab1 'reverse:nonsense' 00
< 'OKAY' 02000000 08000000 00000000 00000000 b0b4bea6
< 'WRTE' 02000000 08000000 28000000 00000000 a8adabba 'FAIL0020not~a~reverse~forwarding~command'
""",
}


def raw(line: str) -> bytes:
    """The bytes of a line; `~` is a blank, and SUM is the payload's."""
    words = line.split()
    cooked = [_word(word) for word in words if word != "SUM"]
    if "SUM" in words:
        cooked.insert(words.index("SUM"), sum(b"".join(cooked[5:])).to_bytes(4, "little"))
    return b"".join(cooked)


def _word(word: str) -> bytes:
    return word[1:-1].replace("~", " ").encode() if word[0] in "'\"" else bytes.fromhex(word)


class Client:
    """Talks bytes with the daemon."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def talk(self, conversation: str) -> None:
        for line in conversation.strip().splitlines():
            if line[0] == ">":
                self.writer.write(raw(line[2:]))
                continue
            awaited = raw(line[2:])
            async with asyncio.timeout(WITHIN_S):
                assert await self.reader.readexactly(len(awaited)) == awaited, line

    async def closed(self) -> bool:
        """Whether the daemon has ended the connection, and said nothing before."""
        async with asyncio.timeout(WITHIN_S):
            try:
                return await self.reader.read(1) == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def dialled(daemon: Daemon) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(*daemon.address, limit=2**22)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("conversation", CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
async def test_a_conversation(daemon: Daemon, conversation: str):
    async with dialled(daemon) as client:
        await client.talk(HELLO + conversation.strip())


async def test_who_has_to_sign_in_gets_a_token(machine: MemoryMachine):
    async def nobody(key: object) -> bool:
        return False

    async with Daemon(machine, ("127.0.0.1", 0), accept=nobody) as daemon, dialled(daemon) as client:
        await client.talk(HELLO.strip().splitlines()[0])
        await client.talk("< 'AUTH' 01000000 00000000 14000000")
        total, magic, token = [await client.reader.readexactly(count) for count in (4, 4, 20)]
        assert (int.from_bytes(total, "little"), magic) == (sum(token), bytes.fromhex("beaaabb7"))
        await client.talk("> 'AUTH' 02000000 00000000 02000000 d1000000 beaaabb7 'hi'\n< 'AUTH' 01000000 00000000")
        assert await client.reader.readexactly(12)
        assert await client.reader.readexactly(20) != token


async def test_an_old_client_gets_and_gives_sums(daemon: Daemon):
    """protocol.txt calls them CRCs; from version 0x01000001 on they are 0."""
    hello = HELLO.replace("01000001 00001000 07000000", "00000001 00001000 07000000")
    async with dialled(daemon) as client:
        await client.talk(hello)
        await client.talk("""
> 'OPEN' 07000000 00000000 0e000000 e2040000 b0afbab1 'shell:echo~hi' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 03000000 db000000 a8adabba 'hi' 0a
> 'OPEN' 08000000 00000000 0e000000 e3040000 b0afbab1 'shell:echo~hi' 00
""")
        assert await client.closed()


BROKEN = {
    "the magic is not the command turned over": "'OPEN' 07000000 00000000 00000000 00000000 b0afbab2",
    "no such command": "'NOPE' 07000000 00000000 00000000 00000000 b1b0afba",
    "TLS, which nobody offered": "'STLS' 00000001 00000000 00000000 00000000 acabb3ac",
    "4 GB are announced": "'WRTE' 07000000 01000000 ffffffff 00000000 a8adabba",
    "one byte more than was agreed on": "'WRTE' 07000000 01000000 01001000 00000000 a8adabba",
    "a client that takes too little": "'CNXN' 01000001 ff0f0000 00000000 00000000 bcb1a7b1",
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("greeted", [True, False])
async def test_what_is_no_packet_ends_the_connection(daemon: Daemon, line: str, greeted: bool):
    async with dialled(daemon) as client:
        await client.talk(HELLO if greeted else "")
        client.writer.write(raw(line))
        assert await client.closed()
    async with dialled(daemon) as another:
        await another.talk(HELLO)


async def test_a_client_that_does_not_wait_for_its_turn_is_cut_off(daemon: Daemon):
    """protocol.txt: «Recipients of a WRITE message in violation of this requirement will CLOSE the connection»."""
    async with dialled(daemon) as client:
        await client.talk(HELLO)
        await client.talk("""
> 'OPEN' 07000000 00000000 0b000000 00000000 b0afbab1 'shell:hang' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
""")
        for _ in range(5):
            client.writer.write(raw("'WRTE' 07000000 01000000 00001000 00000000 a8adabba") + bytes(2**20))
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await client.reader.readexactly(2**20)


async def test_before_it_has_greeted_nothing_is_answered(daemon: Daemon):
    async with dialled(daemon) as client:
        client.writer.write(raw("'OPEN' 07000000 00000000 06000000 SUM b0afbab1 'root:' 00"))
        await client.talk(HELLO)


async def test_a_client_that_greets_again_has_forgotten_its_streams(daemon: Daemon, machine: MemoryMachine):
    async with dialled(daemon) as client:
        await client.talk(HELLO)
        await client.talk("""
> 'OPEN' 07000000 00000000 0b000000 00000000 b0afbab1 'shell:hang' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
""")
        await client.talk(HELLO)
        assert machine.running == 0


async def test_so_many_streams_and_no_more(daemon: Daemon):
    async with dialled(daemon) as client:
        await client.talk(HELLO)
        for number in range(1, 513):
            client.writer.write(encode(Packet(Command.OPEN, number, 0, b"shell:hang\0"), summed=False))
        client.writer.write(encode(Packet(Command.OPEN, 513, 0, b"shell:hang\0"), summed=False))
        said = [decode_header(await client.reader.readexactly(24)) for _ in range(513)]
    assert sorted((each.first, each.second) for each in said if each.command is Command.OKAY)[-1] == (512, 512)
    assert [each.second for each in said if each.command is Command.CLSE] == [513]


async def test_one_that_opens_and_never_reads_holds_one_piece(daemon: Daemon, machine: MemoryMachine):
    """One WRTE is under way until its OKAY: 50 MB wait on the device, not on the way."""
    machine.files.put("/data/big", bytes(50_000_000))
    async with dialled(daemon) as client:
        await client.talk(HELLO)
        await client.talk("""
> 'OPEN' 07000000 00000000 06000000 00000000 b0afbab1 'sync:' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
> 'WRTE' 07000000 01000000 11000000 00000000 a8adabba 'RECV' 09000000 '/data/big'
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 08000100 00000000 a8adabba 'DATA' 00000100
""")
        assert await client.reader.readexactly(65_536) == bytes(65_536)
        await client.talk("""
> 'OPEN' 08000000 00000000 06000000 00000000 b0afbab1 'root:' 00
< 'OKAY' 02000000 08000000 00000000 00000000 b0b4bea6
""")


async def test_several_computers_at_once(daemon: Daemon, machine: MemoryMachine):
    """Each with streams of its own; they see one list of what is reversed, and a listener goes with its computer."""

    async def echo(there: Duplex) -> None:
        while piece := await there.read():
            await there.write(piece)

    forward = """
> 'OPEN' 07000000 00000000 21000000 00000000 b0afbab1 'reverse:forward:tcp:8080;tcp:1234' 00
< 'OKAY' 01000000 07000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 07000000 0c000000 00000000 a8adabba 'OKAY00048080'
"""
    listed = """
> 'OPEN' 08000000 00000000 15000000 00000000 b0afbab1 'reverse:list-forward' 00
< 'OKAY' 01000000 08000000 00000000 00000000 b0b4bea6
< 'WRTE' 01000000 08000000 1d000000 00000000 a8adabba '0019host-1~tcp:8080~tcp:1234' 0a
"""
    async with dialled(daemon) as one, dialled(daemon) as other:
        await one.talk(HELLO)
        await other.talk(HELLO)
        await one.talk(forward)
        await other.talk(listed)
        one.writer.close()
        await gone(machine, "tcp:8080")
        await other.talk("> 'OPEN' 09000000 00000000 06000000 00000000 b0afbab1 'root:' 00")
        await other.talk("< 'OKAY' 02000000 09000000 00000000 00000000 b0b4bea6")


async def gone(machine: MemoryMachine, address: str) -> None:
    async with asyncio.timeout(WITHIN_S):
        while address in machine.serving:  # noqa: ASYNC110 the daemon is at work on this very loop
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("packet", "summed", "line"),
    [
        (Packet(Command.OKAY, 1, 2), False, "'OKAY' 01000000 02000000 00000000 00000000 b0b4bea6"),
        (Packet(Command.WRTE, 1, 2, b"hi"), True, "'WRTE' 01000000 02000000 02000000 d1000000 a8adabba 'hi'"),
        (Packet(Command.WRTE, 1, 2, b"hi"), False, "'WRTE' 01000000 02000000 02000000 00000000 a8adabba 'hi'"),
    ],
)
def test_a_packet(packet: Packet, summed: bool, line: str):
    assert encode(packet, summed=summed) == raw(line)
    header = decode_header(raw(line)[:24])
    assert (header.command, header.first, header.second) == (packet.command, packet.first, packet.second)
    assert header.length == len(packet.payload)


def test_a_header_is_refused_before_anybody_makes_room():
    with pytest.raises(BrokenWire, match="4294967295 bytes"):
        decode_header(raw("'WRTE' 01000000 02000000 ffffffff 00000000 a8adabba"))
    assert decode_header(raw("'WRTE' 01000000 02000000 00001000 00000000 a8adabba")) == Header(
        Command.WRTE, 1, 2, 2**20, 0
    )
