"""What a packet says of where it was meant to go. IPv4: RFC 791; IPv6: RFC 8200; UDP: RFC 768."""

from __future__ import annotations

import ipaddress
import struct

import msgspec

SNAP = 96
"""So many bytes of a packet hold all that is looked at."""

DNS_PORT = 53

_ICMP, _IGMP, _TCP, _UDP, _ICMP6 = 1, 2, 6, 17, 58
_PROTOCOLS = {_ICMP: "ICMP", _ICMP6: "ICMP", _UDP: "UDP", 33: "DCCP", 47: "GRE", 132: "SCTP", 136: "UDP-Lite"}
_WITH_PORTS = {_UDP, 33, 132, 136}
_NOT_SENT = {_TCP, _IGMP}
"""TCP has sockets of ours at its end. IGMP is the kernel's way of joining a multicast group."""
_ECHO = {_ICMP: 8, _ICMP6: 128}
"""The one kind of ICMP message that a program sends; all others are the kernel's own."""
_EXTENSIONS = {0, 43, 60}  # hop-by-hop options, routing, destination options


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a jailed program tried to send and that went nowhere. `protocol` is `UDP`, `ICMP`, ... or, for a
    name that was looked up, `DNS`; `host` a name where there is one, else an address; `port` 0 where there is none.
    `among` is the number of doors that were open: of several, nobody knows whose it was."""

    protocol: str
    host: str
    port: int = 0
    among: int = 1

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{self.protocol} {host}{port}" + (f", from one of {self.among} runs" if self.among > 1 else "")


def read_packet(packet: bytes) -> Attempt | None:
    """Of a packet from its network header on. None for TCP, for DNS over IPv4, which network.py answers, for what the
    kernel sends by itself, and for what is cut too short to tell."""
    try:
        version = packet[0] >> 4
        if version == 4 and len(packet) >= 20:
            return _attempt(packet[9], packet[16:20], packet[(packet[0] & 0xF) * 4 :])
        if version == 6 and len(packet) >= 40:
            kind, rest = packet[6], packet[40:]
            while kind in _EXTENSIONS:
                kind, rest = rest[0], rest[8 * (rest[1] + 1) :]
            return _attempt(kind, packet[24:40], rest)
    except IndexError:
        pass
    return None


def _attempt(kind: int, destination: bytes, content: bytes) -> Attempt | None:
    if kind in _NOT_SENT or (kind in _ECHO and content[0] != _ECHO[kind]):
        return None
    ports = struct.unpack("!HH", content[:4].ljust(4, b"\0")) if kind in _WITH_PORTS else (0, 0)
    if kind == _UDP and len(destination) == 4 and DNS_PORT in ports:
        return None
    port = ports[1]
    return Attempt(
        protocol=_PROTOCOLS.get(kind, f"IP protocol {kind}"), host=str(ipaddress.ip_address(destination)), port=port
    )
