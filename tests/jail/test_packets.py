"""What packets say of where they were meant to go."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testbed.jail.packets import Attempt, read_packet

TCP, UDP, ICMP, ICMP6, SCTP = 6, 17, 1, 58, 132


def ipv4(kind: int, to: str, content: bytes, options: bytes = b"") -> bytes:
    first = 0x45 + len(options) // 4
    return struct.pack("!BxHxxxxBBxx4s4s", first, 0, 64, kind, b"\xc6\x13\0\2", _packed(to)) + options + content


def ipv6(kind: int, to: str, content: bytes) -> bytes:
    return struct.pack("!IHBB16s16s", 6 << 28, len(content), kind, 64, b"\xfd" + bytes(15), _packed(to)) + content


def ports(to: int, source: int = 40_000) -> bytes:
    return struct.pack("!HHHH", source, to, 8, 0)


def _packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


@pytest.mark.parametrize(
    ("packet", "said"),
    [
        (ipv4(UDP, "8.8.8.8", ports(3478)), "UDP 8.8.8.8:3478"),
        (ipv4(UDP, "8.8.8.8", ports(443), options=bytes(8)), "UDP 8.8.8.8:443"),
        (ipv6(UDP, "2001:db8::1", ports(443)), "UDP [2001:db8::1]:443"),
        (ipv6(UDP, "2001:db8::1", ports(53)), "UDP [2001:db8::1]:53"),
        (ipv6(60, "2001:db8::1", bytes([UDP, 0, *bytes(6)]) + ports(443)), "UDP [2001:db8::1]:443"),
        (ipv4(ICMP, "10.0.0.1", b"\x08\0"), "ICMP 10.0.0.1"),
        (ipv6(ICMP6, "fe80::1", b"\x80\0"), "ICMP [fe80::1]"),
        (ipv4(SCTP, "10.0.0.1", ports(99)), "SCTP 10.0.0.1:99"),
        (ipv4(200, "10.0.0.1", b""), "IP protocol 200 10.0.0.1"),
    ],
)
def test_an_attempt_is_named(packet: bytes, said: str):
    assert str(read_packet(packet)) == said


@pytest.mark.parametrize(
    "packet",
    [
        ipv4(TCP, "8.8.8.8", ports(443)),  # has a socket of ours at its end
        ipv4(UDP, "8.8.8.8", ports(53)),  # is answered
        ipv4(UDP, "198.19.0.2", ports(40_000, source=53)),  # is the answer
        ipv4(ICMP, "10.0.0.1", b"\x03\x03"),  # the kernel's "port unreachable"
        ipv6(ICMP6, "ff02::1", b"\x87\0"),  # the kernel's neighbour solicitation
        ipv4(2, "224.0.0.22", b""),  # the kernel joins a multicast group
        b"",
        b"\x45",
        b"\x60" + bytes(39),
        b"\x15" + bytes(60),  # no IP
    ],
)
def test_what_nobody_tried_is_none(packet: bytes):
    assert read_packet(packet) is None


def test_attempts_of_one_kind_at_one_place_are_equal():
    assert read_packet(ipv4(UDP, "8.8.8.8", ports(443))) == Attempt(protocol="UDP", host="8.8.8.8", port=443)


@given(st.binary(max_size=96))
def test_no_packet_breaks_it(packet: bytes):
    read_packet(packet)
