"""A zip byte by byte: what no packer writes. The structures are those of PKWARE's APPNOTE.TXT."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

STORED, DEFLATED = 0, 8
UTF8, DESCRIBED = 0x800, 0x8
REGULAR = 0o100644 << 16


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """An entry. `size`, `crc` and the like are what it claims; None: the truth. `own` overrides what its own header
    says (name, flags, method, crc, packed, size, extra), `offset` where the directory says that is."""

    name: bytes
    content: bytes = b"x"
    method: int = DEFLATED
    packed_content: bytes | None = None
    flags: int = 0
    crc: int | None = None
    packed: int | None = None
    size: int | None = None
    extra: bytes = b""
    attributes: int = REGULAR
    disk: int = 0
    needs: int = 20
    own: dict[str, Any] = {}
    offset: int | None = None
    descriptor: bytes = b""
    gap: bytes = b""
    """Bytes that belong to nothing, behind the entry."""
    hidden: bool = False
    """Not in the directory."""


def deflate(content: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(content) + stream.flush()


def field(kind: int, content: bytes) -> bytes:
    """An extra field."""
    return struct.pack("<2H", kind, len(content)) + content


def descriptor(content: bytes, *, mark: bytes = b"PK\7\x08", packed: int | None = None) -> bytes:
    """The CRC and sizes behind a deflated content."""
    packed = len(deflate(content)) if packed is None else packed
    return mark + struct.pack("<3I", zlib.crc32(content), packed, len(content))


def build(
    entries: Sequence[Raw], *, before: bytes = b"", middle: bytes = b"", comment: bytes = b"", after: bytes = b"",
    shift: int = 0, **end: int
) -> bytes:  # fmt: skip
    """The zip. `middle` stands before the directory; `shift` is added to its offset; `end` overrides fields of the end
    record: disk, first_disk, here, count, length, start, comment_length."""
    body, directory = bytearray(before), bytearray()
    for entry in entries:
        content = _packed(entry)
        listed = {
            "name": entry.name,
            "flags": entry.flags,
            "method": entry.method,
            "crc": zlib.crc32(entry.content) if entry.crc is None else entry.crc,
            "packed": len(content) if entry.packed is None else entry.packed,
            "size": len(entry.content) if entry.size is None else entry.size,
            "extra": entry.extra,
        }
        offset = len(body) if entry.offset is None else entry.offset
        body += _local({**listed, **entry.own}) + content + entry.descriptor + entry.gap
        if not entry.hidden:
            directory += _central(entry, listed, offset)
    body += middle
    fields = {
        "disk": 0,
        "first_disk": 0,
        "here": sum(not entry.hidden for entry in entries),
        "count": sum(not entry.hidden for entry in entries),
        "length": len(directory),
        "start": len(body) + shift,
        "comment_length": len(comment),
    }
    record = struct.pack("<4s4H2IH", b"PK\5\6", *{**fields, **end}.values())
    return bytes(body + directory + record + comment + after)


def _packed(entry: Raw) -> bytes:
    if entry.packed_content is not None:
        return entry.packed_content
    return deflate(entry.content) if entry.method == DEFLATED else entry.content


def _local(say: dict[str, Any]) -> bytes:
    numbers = (20, say["flags"], say["method"], 0, 33, say["crc"], say["packed"], say["size"])
    lengths = (len(say["name"]), len(say["extra"]))
    return struct.pack("<4s5H3I2H", b"PK\3\4", *numbers, *lengths) + bytes(say["name"] + say["extra"])


def _central(entry: Raw, say: dict[str, Any], offset: int) -> bytes:
    numbers = (0x0314, entry.needs, say["flags"], say["method"], 0, 33, say["crc"], say["packed"], say["size"])
    lengths = (len(say["name"]), len(say["extra"]), 0)
    record = struct.pack("<4s6H3I5H2I", b"PK\1\2", *numbers, *lengths, entry.disk, 0, entry.attributes, offset)
    return record + bytes(say["name"] + say["extra"])
