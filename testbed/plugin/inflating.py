"""The content of one entry of a zip, held to what its headers say."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from testbed.plugin.names import quoted
from testbed.plugin.records import DEFLATED, Entry, Malformed

_PIECE = 64 << 10


def inflated(data: bytes, entry: Entry) -> Iterator[bytes]:
    """The file in pieces of at most 64 KiB. Raises Malformed as soon as it is not what the entry says it is."""
    size, crc = 0, 0
    for piece in _inflate(data, entry) if entry.method == DEFLATED and entry.packed else _pieces(data, entry):
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        if size > entry.size:
            raise Malformed(f"entry {quoted(entry.name)} inflates beyond the {entry.size} bytes that it says it has")
        yield piece
    if size != entry.size:
        raise Malformed(f"entry {quoted(entry.name)} has {size} bytes, and says it has {entry.size}")
    if crc != entry.crc:
        raise Malformed(f"entry {quoted(entry.name)} is damaged: its CRC is another")


def _inflate(data: bytes, entry: Entry) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in _pieces(data, entry):
            packed = piece
            while packed and not stream.eof:
                yield stream.decompress(packed, _PIECE)
                packed = stream.unconsumed_tail
            if packed or stream.unused_data:
                raise Malformed(f"entry {quoted(entry.name)} holds something behind its content")
        while not stream.eof and (rest := stream.decompress(b"", _PIECE)):  # what no longer fitted into the last piece
            yield rest
    except zlib.error as error:
        raise Malformed(f"entry {quoted(entry.name)} is damaged: {error}") from error
    if not stream.eof:
        raise Malformed(f"entry {quoted(entry.name)} is cut short")


def _pieces(data: bytes, entry: Entry) -> Iterator[bytes]:
    end = entry.start + entry.packed
    for at in range(entry.start, end, _PIECE):
        yield data[at : min(at + _PIECE, end)]
