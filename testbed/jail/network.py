"""The network of a jail, as it looks from our side: all that a jailed program sends comes out here.

inside.py makes the sockets. TCP arrives on one of them, wherever it was meant to go; the kernel knows where that was
(SO_ORIGINAL_DST; linux/netfilter_ipv4.h). So a door, which is what a program is told as its proxy, needs no socket of
its own: it is an address of which we know what it means. What is meant for any other address went round the proxy.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from testbed.jail.door import HOST, Inlet
from testbed.jail.names import Names
from testbed.jail.packets import SNAP, Attempt, read_packet

FIRST_DOOR = 20_001

NOWHERE = (HOST, 9)
"""An address that is refused without a word: for what a program says on its own account."""

Ancillary = list[tuple[int, int, bytes]]

Loopback = Callable[[int], Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None]
"""Who takes connections to a port of the jail's own loopback; None: nobody listens there."""

SO_ORIGINAL_DST = 80  # linux/netfilter_ipv4.h; IP6T_SO_ORIGINAL_DST is the same
SOL_PACKET, PACKET_STATISTICS = 263, 6  # linux/if_packet.h


class Network:
    """An async context manager that owns `sockets`, in the order in which inside.py hands them over.

    With a `loopback`, what is meant for 127.0.0.0/8 or ::1 and for no door is its; without one it went round the proxy
    like all else. `around` are inlets for a program that is told of no door: they take what goes round as a door's
    do. Before one is taken out, `look`."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        *self._tcp, self._questions, self._packets = sockets
        self._names = Names()
        self._doors: dict[int, Inlet] = {}
        self._last_door = FIRST_DOOR - 1
        self._online = True
        self._carried: set[asyncio.StreamWriter] = set()
        self.loopback: Loopback | None = None
        self.around: list[Inlet] = []
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Network:
        loop = asyncio.get_running_loop()
        for each in (*self._tcp, self._questions, self._packets):
            each.setblocking(False)
            self._stack.enter_context(each)
        for listening in self._tcp:
            server = await asyncio.start_server(self._accept, sock=listening)
            self._stack.callback(server.close)
        for datagrams, read in ((self._questions, self._answer), (self._packets, self._look)):
            loop.add_reader(datagrams, read)
            self._stack.callback(loop.remove_reader, datagrams)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def door(self, inlet: Inlet) -> AsyncIterator[tuple[str, int]]:
        """The address of a proxy whose traffic `inlet` takes for the time of the context. What goes round every proxy
        is taken by the only inlet that is awake; of several, nobody knows whose it is."""
        self._last_door += 1
        port = self._last_door
        self._doors[port] = inlet
        try:
            yield HOST, port
        finally:
            self.look()
            del self._doors[port]

    def look(self) -> None:
        """Take in what was sent before now: it is for those who are there now."""
        if self._packets.fileno() >= 0:  # the program may have ended before its door is closed
            self._look()

    @property
    def online(self) -> bool:
        """Set to False, it breaks off what is open and refuses what is tried."""
        return self._online

    @online.setter
    def online(self, online: bool) -> None:
        self._online = online
        if not online:
            for writer in self._carried:
                if not writer.transport.is_closing():
                    _reset(writer)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            if not self._online:
                _reset(writer)
                return
            self._carried.add(writer)
            try:
                await self._carry(reader, writer)
            finally:
                self._carried.discard(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, port = _meant(writer.get_extra_info("socket"))
        if address == HOST and FIRST_DOOR <= port <= self._last_door:
            if (inlet := self._doors.get(port)) is not None:
                await inlet.proxied(reader, writer)
            else:  # closed meanwhile: a browser's spare connection to a proxy that its context had
                writer.transport.abort()
            return
        if self.loopback is not None and ipaddress.ip_address(address).is_loopback:
            if (taken := self.loopback(port)) is not None:
                await taken(reader, writer)
            else:
                _reset(writer)
            return
        host = self._names.name_of(address)
        if len(awake := self._awake) == 1:
            await awake[0].direct(reader, writer, host, port)
        else:
            writer.transport.abort()
            self._tell("TCP", host, port)

    @property
    def _awake(self) -> list[Inlet]:
        return [inlet for inlet in (*self._doors.values(), *self.around) if inlet.awake]

    def _tell(self, protocol: str, host: str, port: int = 0) -> None:
        awake = self._awake
        attempt = Attempt(protocol=protocol, host=host, port=port, among=max(1, len(awake)))
        for inlet in awake:
            inlet.attempted(attempt)

    def _answer(self) -> None:
        """Answer the DNS queries that are there, each from the address that it was sent to."""
        for query, ancillary, sender in _messages(self._questions, 4096):
            if (answered := self._names.answer(query, reachable=self._online)) is None:
                continue
            name, response = answered
            if self._online:
                self._tell("DNS", name)
            with contextlib.suppress(OSError):  # whoever asked has left
                self._questions.sendmsg([response], _from_there(ancillary), 0, sender)

    def _look(self) -> None:
        """Take in the packets that are there."""
        for packet, _, _ in _messages(self._packets, SNAP):
            if (seen := read_packet(packet)) is not None:
                self._tell(seen.protocol, self._names.name_of(seen.host), seen.port)
        _, lost = struct.unpack("II", self._packets.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        if lost:
            self._tell("more packets than could be looked at", "?")


def _messages(datagrams: socket.socket, size: int) -> Iterator[tuple[bytes, Ancillary, Any]]:
    while True:
        try:
            content, ancillary, _, sender = datagrams.recvmsg(size, 128)
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionRefusedError:  # the kernel tells of an earlier answer that nobody was there to take
            continue
        yield content, ancillary, sender


def _reset(writer: asyncio.StreamWriter) -> None:
    """As near to "connection refused" as there is once it is accepted: RST (SO_LINGER in socket(7))."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _meant(accepted: socket.socket) -> tuple[str, int]:
    """Address and port that the client connected to, before the redirection."""
    if accepted.family == socket.AF_INET:  # struct sockaddr_in
        port, address = struct.unpack("!2xH4s8x", accepted.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16))
    else:  # struct sockaddr_in6
        port, address = struct.unpack("!2xH4x16s4x", accepted.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28))
    return str(ipaddress.ip_address(address)), port


def _from_there(ancillary: Ancillary) -> Ancillary:
    """The IP_PKTINFO of a query turned into that of its answer (ip(7)): struct in_pktinfo has the interface, the
    local address, the header's destination."""
    for level, kind, content in ancillary:
        if level == socket.IPPROTO_IP:
            _, _, destination = struct.unpack("=I4s4s", content[:12])
            return [(level, kind, struct.pack("=I4s4s", 0, destination, b"\0\0\0\0"))]
    return []
