"""The records of a zip, read so strictly that no two readers can take it for two things.

Every byte belongs to exactly one record: entry after entry from the first byte on, then the directory, then its end.
That leaves no room for entries that share bytes (D. Fifield, "A better zip bomb", 2019), for a second archive before,
between or behind, nor for one that only another reader finds. What an entry's own header says must be what the
directory says of it. Format: PKWARE's APPNOTE.TXT, to which the section numbers refer; ZIP64 is not read, since no
zip within the limits of testbed.plugin.archive needs it.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator

import msgspec

from testbed.plugin.names import quoted

STORED, DEFLATED = 0, 8
MAX_EXTRA = 1_024
"""Bytes of an entry's extra fields. Packers write some dozens."""

_END = struct.Struct("<4s4H2IH")  # 4.3.16
_CENTRAL = struct.Struct("<4s6H3I5H2I")  # 4.3.12
_LOCAL = struct.Struct("<4s5H3I2H")  # 4.3.7
_DESCRIPTOR = struct.Struct("<3I")  # 4.3.9, behind a signature or not
_END_MARK, _CENTRAL_MARK, _LOCAL_MARK, _DESCRIPTOR_MARK = b"PK\5\6", b"PK\1\2", b"PK\3\4", b"PK\7\x08"
_ZIP64_LOCATOR = b"PK\6\7"
_LONGEST_COMMENT = 0xFFFF

_NEWEST = 63  # version 6.3 (4.4.3.2)
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # traditional, strong, masked headers (4.4.4)
_DESCRIBED = 0x8  # CRC and sizes follow the content
_UTF8 = 0x800
_READ_FLAGS = _DESCRIBED | _UTF8 | 0x6  # the last two bits tell how hard the packer tried

_ZIP64, _PKWARE_UNIX, _UNICODE_NAME, _ASI_UNIX = 0x1, 0xD, 0x7075, 0x756E  # extra fields (4.5.2, 4.6)


class Malformed(Exception):
    """A zip that is not read, and why."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, as its two headers agree: `packed` bytes at `start` hold `size` bytes. `attributes` are those that the
    system of origin gave it: a Unix mode in the upper half, DOS attributes in the lower (4.4.15)."""

    name: str
    method: int
    crc: int
    start: int
    packed: int
    size: int
    attributes: int


def read_entries(data: bytes, *, at_most: int) -> list[Entry]:
    """The entries of the zip in the order of its directory. Raises Malformed, with the entry in the message."""
    end = find_end(data)
    if end is None:
        raise Malformed("not a readable zip: it has no end record, so it is something else or was cut short")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(data, end)
    if data[end - 20 : end - 16] == _ZIP64_LOCATOR or 0xFFFF in (here, count) or 0xFFFFFFFF in (length, start):
        raise Malformed("it is a ZIP64, which no zip within the limits needs to be")
    if disk or first_disk or here != count:
        raise Malformed("it is one of several parts")
    if end + _END.size + comment != len(data):
        raise Malformed("not a readable zip: it does not end where its end record says")
    if start + length != end:
        raise Malformed("not a readable zip: its directory does not lie where its end record says")
    if count > at_most:
        raise Malformed(f"it has {count} entries; at most {at_most} are read")
    listed = [*_directory(data, start, end, count)]
    _check_every_byte(data, listed, start)
    return [record.entry for record in listed]


def find_end(data: bytes) -> int | None:
    """Where the end record begins, if there is a whole one close enough to the end of `data`."""
    at = data.rfind(_END_MARK, max(0, len(data) - _END.size - _LONGEST_COMMENT))
    return at if 0 <= at <= len(data) - _END.size else None


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with what only the tiling needs: the bytes from the first of its header to where its content ends."""

    entry: Entry
    begins: int
    ends: int
    described: bool


def _directory(data: bytes, at: int, end: int, count: int) -> Iterator[_Record]:
    for number in range(1, count + 1):
        if at + _CENTRAL.size > end or not data.startswith(_CENTRAL_MARK, at):
            raise Malformed(f"not a readable zip: entry {number} of {count} is missing in its directory")
        _, _, needed, *same, names, extras, comments, disk, _, attributes, header = _CENTRAL.unpack_from(data, at)
        raw, extra, _ = _split(data, at + _CENTRAL.size, (names, extras, comments), end)
        flags, method, _, _, crc, packed, size = same
        name = _name(raw, flags, extra)
        _check_flags(name, flags)
        if needed > _NEWEST:
            raise Malformed(f"entry {quoted(name)} needs version {needed / 10} of the format, which is not read")
        if disk or 0xFFFFFFFF in (packed, size, header):
            raise Malformed(f"entry {quoted(name)} is in another part, or a ZIP64 entry; neither is read")
        start = _local(data, header, name, raw, same)
        entry = Entry(
            name=name, method=method, crc=crc, start=start, packed=packed, size=size, attributes=attributes
        )  # fmt: skip
        yield _Record(entry=entry, begins=header, ends=start + packed, described=bool(flags & _DESCRIBED))
        at += _CENTRAL.size + names + extras + comments
    if at != end:
        raise Malformed(f"not a readable zip: its directory holds more than its {count} entries")


def _local(data: bytes, at: int, name: str, raw: bytes, same: list[int]) -> int:
    """Where the content begins, behind a local header that says the same as the directory."""
    if at + _LOCAL.size > len(data) or not data.startswith(_LOCAL_MARK, at):
        raise Malformed(f"entry {quoted(name)} has no header where the directory says")
    _, _, *own, names, extras = _LOCAL.unpack_from(data, at)
    own_raw, extra = _split(data, at + _LOCAL.size, (names, extras), len(data))
    if own_raw != raw:
        raise Malformed(
            f"entry {quoted(name)} has another name, {quoted(own_raw.decode('utf-8', 'replace'))}, in its own header"
        )
    _name(own_raw, own[0], extra)
    words = ("flags", "compression method", "", "", "CRC", "packed size", "size")
    for what, mine, listed in zip(words, own, same, strict=True):
        left_open = what in words[4:] and same[0] & _DESCRIBED and mine == 0
        if what and mine != listed and not left_open:
            raise Malformed(f"entry {quoted(name)} has {what} {mine} in its own header and {listed} in the directory")
    return at + _LOCAL.size + len(own_raw) + len(extra)


def _check_every_byte(data: bytes, records: list[_Record], directory: int) -> None:
    end, previous = 0, ""
    for record in sorted(records, key=lambda record: record.begins):
        name = record.entry.name
        if record.begins < end:
            raise Malformed(f"entries {quoted(previous)} and {quoted(name)} overlap")
        if record.begins > end:
            where = f"between {quoted(previous)} and {quoted(name)}" if previous else "before its first entry"
            raise Malformed(f"{record.begins - end} bytes {where} belong to no entry")
        end, previous = record.ends, name
        if record.described:
            end += _descriptor(data, end, record.entry)
        if end > directory:
            raise Malformed(f"entry {quoted(name)} overlaps with the directory")
    if end != directory:
        raise Malformed(f"{directory - end} bytes before its directory belong to no entry")


def _descriptor(data: bytes, at: int, entry: Entry) -> int:
    """The length of the CRC and sizes behind the content, which must be those of the directory."""
    mark = len(_DESCRIPTOR_MARK) if data.startswith(_DESCRIPTOR_MARK, at) else 0
    expected = _DESCRIPTOR.pack(entry.crc, entry.packed, entry.size)
    if not data.startswith(expected, at + mark):
        raise Malformed(
            f"entry {quoted(entry.name)} has other sizes or another CRC behind its content than in the directory"
        )
    return mark + _DESCRIPTOR.size


def _name(raw: bytes, flags: int, extra: bytes) -> str:
    """The name, where every reader would make the same of its bytes. They are UTF-8 if a flag says so (APPENDIX D); a
    field may say the same; what else they are, each system decides for itself."""
    marked = bool(flags & _UTF8)
    shown = raw.decode("utf-8", "replace")
    for kind, field in _fields(extra, shown):
        if problem := _field_problem(kind, field):
            raise Malformed(f"entry {quoted(shown)} {problem}")
        if kind == _UNICODE_NAME:
            if field[:1] != b"\1" or field[1:5] != zlib.crc32(raw).to_bytes(4, "little") or field[5:] != raw:
                raise Malformed(f"entry {quoted(shown)} has another name in its Unicode field")
            marked = True
    if not marked and not raw.isascii():
        raise Malformed(f"entry {quoted(shown)} has a name that is not ASCII and not marked as UTF-8")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"entry {quoted(shown)} has a name that is no UTF-8") from None


def _fields(extra: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    if len(extra) > MAX_EXTRA:
        raise Malformed(f"entry {quoted(name)} has {len(extra)} bytes of extra fields; at most {MAX_EXTRA} are read")
    at = 0
    while at < len(extra):
        end = at + 4 + int.from_bytes(extra[at + 2 : at + 4], "little")
        if at + 4 > len(extra) or end > len(extra):
            raise Malformed(f"entry {quoted(name)} has a broken extra field")
        yield int.from_bytes(extra[at : at + 2], "little"), extra[at + 4 : end]
        at = end


def _field_problem(kind: int, field: bytes) -> str | None:
    """Sizes, links and devices can hide in an extra field."""
    if kind == _ZIP64:
        return "is a ZIP64 entry, which is not read"
    if kind == _PKWARE_UNIX and len(field) > 12:  # times, user and group, then where a link leads, or a device (4.5.7)
        return "is a link or a device by its Unix field"
    if kind == _ASI_UNIX:  # CRC, mode, length of a link or number of a device (Info-ZIP, proginfo/extrafld.txt)
        mode, target = int.from_bytes(field[4:6], "little"), field[6:10]
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR} or any(target):
            return "is a link or a device by its Unix field"
    return None


def _check_flags(name: str, flags: int) -> None:
    if flags & _ENCRYPTED:
        raise Malformed(f"entry {quoted(name)} is encrypted")
    if unread := flags & ~_READ_FLAGS:
        raise Malformed(f"entry {quoted(name)} has the flags {unread:#x}, which are not read")


def _split(data: bytes, at: int, lengths: tuple[int, ...], end: int) -> list[bytes]:
    """The fields of these lengths from `at` on."""
    if at + sum(lengths) > end:
        raise Malformed("not a readable zip: a name or field is cut short")
    parts = []
    for length in lengths:
        parts.append(data[at : at + length])
        at += length
    return parts
