"""Reads little-endian numbers and length-prefixed bytes, never beyond what there is."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from testbed.virtual.android.packages.refusal import Malformed


class Cursor:
    """Over a view of bytes: nothing is copied until it is asked for."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = memoryview(data)
        self.at = 0

    @property
    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, length: int) -> memoryview:
        if not 0 <= length <= self.left:
            raise Malformed(f"{length} bytes are said to follow, and {self.left} do")
        self.at += length
        return self.data[self.at - length : self.at]

    def u16(self) -> int:
        return int(struct.unpack("<H", self.take(2))[0])

    def u32(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def u64(self) -> int:
        return int(struct.unpack("<Q", self.take(8))[0])

    def prefixed(self) -> Cursor:
        """What a u32 tells the length of."""
        return Cursor(self.take(self.u32()))

    def each(self) -> Iterator[Cursor]:
        """All prefixed parts up to the end."""
        while self.left:
            yield self.prefixed()

    def rest(self) -> bytes:
        return bytes(self.take(self.left))
