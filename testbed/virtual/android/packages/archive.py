"""The zip that an APK is (PKWARE's APPNOTE.TXT), read from a file that is not all in memory.

As strict as Android's libziparchive where two readers could differ, and bounded where a hostile archive would cost:
what it says of sizes is held to what comes out.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from testbed.virtual.android.packages.refusal import Malformed

STORED, DEFLATED = 0, 8
MAX_ENTRIES = 65_534
PIECE = 1 << 16

_END = struct.Struct("<4s4H2IH")  # 4.3.16
_CENTRAL = struct.Struct("<4s6H3I5H2I")  # 4.3.12
_LOCAL = struct.Struct("<4s5H3I2H")  # 4.3.7
_ENCRYPTED = 0x1


class Entry(msgspec.Struct, frozen=True):
    """`packed` bytes at `start` hold `size` bytes."""

    name: str
    method: int
    crc: int
    start: int
    packed: int
    size: int


class Archive:
    """`directory` is where the central directory begins, `end` where its end record does."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.end, self.directory, count = _end(data)
        self.entries: Mapping[str, Entry] = _entries(data, self.directory, self.end, count)

    @classmethod
    @contextmanager
    def opened(cls, file: Path) -> Iterator[Archive]:
        """Raises Malformed for what is no zip."""
        with file.open("rb") as opened:
            try:
                data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError:  # an empty file
                raise Malformed("it is empty") from None
            with data:
                yield cls(data)

    def read(self, name: str, *, at_most: int) -> bytes:
        """The content of an entry. Raises Malformed for one that is not there, or is larger, or damaged."""
        if (entry := self.entries.get(name)) is None:
            raise Malformed(name)
        if entry.size > at_most:
            raise Malformed(f"{name} has {entry.size} bytes; at most {at_most} are read")
        content, crc = bytearray(), 0
        for piece in self.pieces(entry):
            crc = zlib.crc32(piece, crc)
            content += piece
            if len(content) > entry.size:
                raise Malformed(f"{name} inflates beyond the size that it says it has")
        if len(content) != entry.size or crc != entry.crc:
            raise Malformed(f"{name} is damaged")
        return bytes(content)

    def pieces(self, entry: Entry) -> Iterator[bytes]:
        """The content in small pieces, unchecked."""
        packed = (
            self.data[at : min(at + PIECE, entry.start + entry.packed)]
            for at in range(entry.start, entry.start + entry.packed, PIECE)
        )
        if entry.method == STORED:
            yield from packed
            return
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for piece in packed:
                left = piece
                while left and not stream.eof:
                    yield stream.decompress(left, PIECE)
                    left = stream.unconsumed_tail
            while not stream.eof and (rest := stream.decompress(b"", PIECE)):
                yield rest
        except zlib.error as error:
            raise Malformed(f"{entry.name} is damaged: {error}") from None


def _end(data: mmap.mmap) -> tuple[int, int, int]:
    """Where the end record is, where the directory begins, and how many entries it has."""
    at = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        raise Malformed("it has no end record")
    _, disk, first, here, count, length, start, comment = _END.unpack_from(data, at)
    if disk or first or here != count or count > MAX_ENTRIES:
        raise Malformed("it is one of several parts")
    if at + _END.size + comment != len(data) or start + length != at:
        raise Malformed("its end record and what is there differ")
    return at, int(start), int(count)


def _entries(data: mmap.mmap, at: int, end: int, count: int) -> Mapping[str, Entry]:
    directory = at
    entries: dict[str, Entry] = {}
    for _ in range(count):
        if at + _CENTRAL.size > end or data[at : at + 4] != b"PK\1\2":
            raise Malformed("its directory is cut short")
        _, _, _, flags, method, _, _, crc, packed, size, names, extras, comments, *_, header = _CENTRAL.unpack_from(
            data, at
        )
        raw = data[at + _CENTRAL.size : at + _CENTRAL.size + names]
        at += _CENTRAL.size + names + extras + comments
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("the name of an entry is no UTF-8") from None
        if flags & _ENCRYPTED or method not in {STORED, DEFLATED} or (method == STORED and packed != size):
            raise Malformed(f"{name} is packed in a way that is not read")
        if not name or name in entries or name.startswith("/") or ".." in name.split("/") or "\0" in name:
            raise Malformed(f"the name {name!r} is there twice, or leads out of the archive")
        start = _content(data, header, raw, directory)
        if start + packed > directory:
            raise Malformed(f"{name} reaches into the directory")
        entries[name] = Entry(name, method, crc, start, packed, size)
    if at != end:
        raise Malformed("its directory holds more than its entries")
    _check_apart(entries, data)
    return entries


def _content(data: mmap.mmap, header: int, name: bytes, directory: int) -> int:
    """Where the content begins, behind its own header."""
    if header + _LOCAL.size > directory or data[header : header + 4] != b"PK\3\4":
        raise Malformed("an entry has no header where the directory says")
    *_, names, extras = _LOCAL.unpack_from(data, header)
    start = header + _LOCAL.size
    if data[start : start + names] != name:
        raise Malformed("an entry has another name in its own header")
    return int(start + names + extras)


def _check_apart(entries: Mapping[str, Entry], data: mmap.mmap) -> None:
    """No two entries share bytes (D. Fifield, "A better zip bomb", 2019)."""
    end = 0
    for entry in sorted(entries.values(), key=lambda entry: entry.start):
        if entry.start < end:
            raise Malformed(f"{entry.name} overlaps with another entry")
        end = entry.start + entry.packed
