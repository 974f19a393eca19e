"""The packets of the ADB transport (AOSP, packages/modules/adb/protocol.txt): 24 bytes of header, then the payload.

Everything is little-endian. The header is command, two arguments, length and sum of the payload, and the command with
all its bits turned over.
"""

from __future__ import annotations

import struct
from enum import IntEnum

import msgspec

HEADER = struct.Struct("<6I")
MOST = 1 << 20
"""Bytes of payload that we take, and announce (MAX_PAYLOAD in adb.h)."""
LEAST = 4_096
"""What every client takes: CNXN and AUTH are never longer (MAX_PAYLOAD_V1)."""
VERSION = 0x01000001
"""From this one on nobody sums payloads up (A_VERSION_SKIP_CHECKSUM)."""
FIRST_VERSION = 0x01000000


class Command(IntEnum):
    """Four letters each, read as a number."""

    CNXN = 0x4E584E43
    AUTH = 0x48545541
    OPEN = 0x4E45504F
    OKAY = 0x59414B4F
    WRTE = 0x45545257
    CLSE = 0x45534C43


class Auth(IntEnum):
    """The first argument of AUTH."""

    TOKEN = 1
    SIGNATURE = 2
    PUBLIC_KEY = 3


class BrokenWire(ConnectionError):
    """What came is no packet: nothing that follows can be understood, so the connection ends (protocol.txt)."""


class Packet(msgspec.Struct, frozen=True):
    command: Command
    first: int
    second: int
    payload: bytes | memoryview = b""


class Header(msgspec.Struct, frozen=True):
    """A packet whose payload of `length` bytes is still to come."""

    command: Command
    first: int
    second: int
    length: int
    sum: int


def encode(packet: Packet, *, summed: bool) -> bytes:
    """The bytes of a packet; with the sum of its payload for clients that look at it."""
    command, payload = packet.command, packet.payload
    checksum = payload_sum(payload) if summed else 0
    head = HEADER.pack(command, packet.first, packet.second, len(payload), checksum, command ^ 0xFFFFFFFF)
    return b"".join((head, payload))


def decode_header(raw: bytes) -> Header:
    """Raises BrokenWire, before anybody makes room for the payload."""
    command, first, second, length, checksum, magic = HEADER.unpack(raw)
    if magic != command ^ 0xFFFFFFFF:
        raise BrokenWire(f"command {command:08x} with the magic {magic:08x}")
    if length > MOST:
        raise BrokenWire(f"a payload of {length} bytes; {MOST} was agreed on")
    try:
        return Header(Command(command), first, second, length, checksum)
    except ValueError:
        raise BrokenWire(f"unknown command {command:08x}") from None


def payload_sum(payload: bytes | memoryview) -> int:
    """protocol.txt calls it a CRC; it is the sum of the bytes (calculate_apacket_checksum in adb.cpp)."""
    return sum(payload) & 0xFFFFFFFF
