"""A device as our adb server gives it: shell, streams, forwards and reverses, over the server's socket.

The protocol is AOSP's packages/modules/adb: OVERVIEW.TXT and SERVICES.TXT for requests, shell_protocol.h for the
packets of `shell,v2`. adbutils speaks it too, but blocks a thread and sleeps in every call; it does here what is rare
and large (devices/android/install.py), and this what a scenario does many times.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import msgspec

from testbed.devices.android.server import HOST
from testbed.errors import DeviceFault

WITHIN_S = 20.0
STDOUT, STDERR, EXIT = 1, 2, 3
PACKET = struct.Struct("<BI")
OKAY, FAIL = b"OKAY", b"FAIL"

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Said(msgspec.Struct, frozen=True):
    """How a command of the device ended. `code` is its exit code."""

    code: int
    out: str
    err: str = ""


class Adb:
    """The device `serial` on the server at `port`. Every method raises DeviceFault, in adb's own words, when the device
    or the server cannot be reached."""

    def __init__(self, port: int, serial: str) -> None:
        self.port = port
        self.serial = serial

    async def shell(self, command: str, *, within_s: float = WITHIN_S) -> Said:
        """Run a command line of the device's shell, and give what it said."""
        told = {STDOUT: bytearray(), STDERR: bytearray()}
        async with _bounded(command, within_s), self.stream(f"shell,v2,raw:{command}") as (reader, _):
            while True:
                kind, length = PACKET.unpack(await reader.readexactly(PACKET.size))
                payload = await reader.readexactly(length)
                if kind == EXIT:
                    out, err = (told[each].decode(errors="replace") for each in (STDOUT, STDERR))
                    return Said(payload[0], out, err)
                if kind in told:
                    told[kind] += payload

    async def run(self, command: str, *, within_s: float = WITHIN_S) -> str:
        """What a command says that must succeed."""
        said = await self.shell(command, within_s=within_s)
        if said.code:
            words = (said.err or said.out).strip() or "nothing was said"
            raise DeviceFault(f"{self.serial}: `{command}` ended with {said.code}: {words}")
        return said.out.strip()

    @asynccontextmanager
    async def stream(self, service: str) -> AsyncIterator[Stream]:
        """A service of the device (SERVICES.TXT, local services): `exec:COMMAND`, `localabstract:NAME`."""
        async with connected(self.port) as (reader, writer):
            for request in (f"host:transport:{self.serial}", service):
                await ask(reader, writer, request)
            try:
                yield reader, writer
            except asyncio.IncompleteReadError:
                raise DeviceFault(f"{self.serial} went away during {_short(service)}") from None
            except ConnectionError as error:
                raise DeviceFault(f"{self.serial} went away during {_short(service)}: {error}") from error

    async def forward(self, remote: str) -> int:
        """A port of this machine that leads to `remote` on the device."""
        return int(await self._host(f"forward:tcp:0;{remote}", acknowledged=1))

    async def unforward(self, port: int) -> None:
        await self._host(f"killforward:tcp:{port}", acknowledged=1, answers=False)

    async def reverse(self, port: int, *, on: int = 0) -> int:
        """A port of the device's own loopback, `on` or any free one, that leads to `port` of this machine."""
        async with (
            _bounded("reverse", WITHIN_S),
            self.stream(f"reverse:forward:tcp:{on};tcp:{port}") as (reader, _),
        ):
            await answered(reader, "reverse")
            return on or int(await block(reader))

    async def unreverse(self, port: int) -> None:
        async with _bounded("reverse", WITHIN_S), self.stream(f"reverse:killforward:tcp:{port}") as (reader, _):
            await answered(reader, "reverse")

    async def unreverse_all(self) -> None:
        async with _bounded("reverse", WITHIN_S), self.stream("reverse:killforward-all") as (reader, _):
            await answered(reader, "reverse")

    async def features(self) -> frozenset[str]:
        """What adbd on the device can do."""
        return frozenset((await self._host("features")).split(","))

    async def state(self) -> str:
        """`device` when all is well, else offline, unauthorized, ...; "" where the server does not know it."""
        return (await devices(self.port)).get(self.serial, "")

    async def _host(self, request: str, *, acknowledged: int = 0, answers: bool = True) -> str:
        """Ask the server something about the device: an OKAY that it was understood, `acknowledged` more that it was
        done, and the answer."""
        async with _bounded(request, WITHIN_S), connected(self.port) as (reader, writer):
            await ask(reader, writer, f"host-serial:{self.serial}:{request}")
            for _ in range(acknowledged):
                await answered(reader, request)
            return await block(reader) if answers else ""


async def devices(port: int) -> dict[str, str]:
    """What the server knows, and the state of each, by serial."""
    lines = (await host(port, "host:devices")).splitlines()
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


async def host(port: int, request: str) -> str:
    """Ask the server something that it answers itself. Raises DeviceFault with its own words where it refuses."""
    async with _bounded(request, WITHIN_S), connected(port) as (reader, writer):
        await ask(reader, writer, request)
        return await block(reader)


async def notify(port: int, request: str) -> None:
    """Tell the server something that it answers with nothing but the end of the connection."""
    async with _bounded(request, WITHIN_S), connected(port) as (reader, writer):
        writer.write(_framed(request))
        await reader.read()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Stream]:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError as error:
        raise DeviceFault(f"the fleet's adb server on port {port} is gone: {error}") from error
    with closing(writer):
        yield reader, writer


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: str) -> None:
    writer.write(_framed(request))
    await answered(reader, request)


def _framed(request: str) -> bytes:
    content = request.encode()
    return b"%04x" % len(content) + content


async def answered(reader: asyncio.StreamReader, request: str) -> None:
    try:
        match await reader.readexactly(len(OKAY)):
            case b"OKAY":
                return
            case b"FAIL":
                words = await block(reader)
            case other:
                words = f"neither OKAY nor FAIL but {other!r}"
    except (asyncio.IncompleteReadError, ConnectionError):
        words = "the connection was closed"
    raise DeviceFault(f"adb, asked for {_short(request)}: {words.strip()}")


async def block(reader: asyncio.StreamReader) -> str:
    """A text behind its length in four hexadecimal digits."""
    try:
        length = int(await reader.readexactly(4), 16)
        return (await reader.readexactly(length)).decode(errors="replace")
    except (asyncio.IncompleteReadError, ConnectionError) as error:
        raise DeviceFault("the adb server closed the connection in mid-answer") from error


@asynccontextmanager
async def _bounded(what: str, within_s: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(within_s) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise DeviceFault(f"adb gave no answer to {_short(what)} within {within_s:g} s") from None


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."
