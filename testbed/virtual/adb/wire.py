"""Packets on a TCP connection."""

from __future__ import annotations

import asyncio

from testbed.virtual.adb.line import Line
from testbed.virtual.adb.packets import (
    FIRST_VERSION,
    HEADER,
    VERSION,
    BrokenWire,
    Command,
    Packet,
    decode_header,
    encode,
    payload_sum,
)

UNVERSIONED = (Command.CNXN, Command.AUTH)
"""Packets that come before the version is known: with the sum, whatever the version then is."""


class Wire:
    """`version` is what both sides speak, known once the client has said CNXN."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
        self.version = FIRST_VERSION
        self._reader = reader
        self._writer = writer
        self._line = line
        self._turn = asyncio.Lock()

    async def receive(self) -> Packet:
        """The next packet. Raises ConnectionError at the end, BrokenWire (one of them) for what is no packet."""
        try:
            header = decode_header(await self._reader.readexactly(HEADER.size))
            payload = await self._reader.readexactly(header.length) if header.length else b""
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the client has left") from None
        if self._summed(header.command) and header.command not in UNVERSIONED and header.sum != payload_sum(payload):
            raise BrokenWire(f"{header.command.name}: the payload does not sum up to {header.sum}")
        await self._line.carry(HEADER.size + header.length)
        return Packet(header.command, header.first, header.second, payload)

    async def send(self, packet: Packet) -> None:
        """Waits for room, then sends it: one who is cancelled has sent nothing. Raises ConnectionError when the
        connection is gone."""
        async with self._turn:
            await self._line.carry(HEADER.size + len(packet.payload))
            await self.room()
            self.send_now(packet)

    async def room(self) -> None:
        """Returns when the client has taken most of what was sent. Raises ConnectionError when it is gone."""
        await self._writer.drain()

    def send_now(self, packet: Packet) -> None:
        """Send a packet without payload, past the line's faults, from where nobody can wait."""
        if not self._writer.is_closing():
            self._writer.write(encode(packet, summed=self._summed(packet.command)))

    def drop(self) -> None:
        """End it at once; what was not sent yet is not sent."""
        self._writer.transport.abort()

    def _summed(self, command: Command) -> bool:
        return self.version < VERSION or command in UNVERSIONED
