"""The header of a dex file, checked as ART does (AOSP: art/libdexfile/dex/dex_file_verifier.cc)."""

from __future__ import annotations

import re
import struct
import zlib

from testbed.virtual.android.packages.archive import Archive, Entry
from testbed.virtual.android.packages.refusal import Malformed

HEADER = 0x70
_NAME = re.compile(r"classes([2-9]|[1-9]\d+)?\.dex")
_MAGIC = re.compile(rb"dex\n0(35|37|38|39|40|41)\0")


def dexes(archive: Archive) -> list[Entry]:
    """The dex files that a class loader would read."""
    return [entry for name, entry in archive.entries.items() if _NAME.fullmatch(name)]


def check_dex(archive: Archive, entry: Entry) -> None:
    """Raises Malformed with ART's words."""
    size, checksum, head = 0, 1, b""
    for piece in archive.pieces(entry):
        if size < 12:
            missing = 12 - len(head)
            head += piece[:missing]
            checksum = zlib.adler32(piece[missing:], checksum)
        else:
            checksum = zlib.adler32(piece, checksum)
        size += len(piece)
        if size > entry.size:
            raise Malformed("Bad file size")
    if size < HEADER:
        raise Malformed(f"Empty or truncated file ({size} bytes)")
    if not _MAGIC.match(head):
        raise Malformed(f"Unrecognized magic number in {entry.name}")
    (said,) = struct.unpack("<I", head[8:12])
    if said != checksum:
        raise Malformed(f"Bad checksum ({checksum:08x}, expected {said:08x})")
