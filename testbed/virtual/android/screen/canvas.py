"""A picture of few colours, with text on it; as PNG (RFC 2083) or as screencap's raw frame."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from testbed.virtual.android.screen.font import COLUMNS, ROWS, glyph

Colour = tuple[int, int, int]


class Canvas:
    """`palette` has the colours; a pixel is the index of its own. The first is the background."""

    def __init__(self, width: int, height: int, palette: Sequence[Colour]) -> None:
        self.width = width
        self.height = height
        self._palette = palette
        self._rows = [bytearray(width) for _ in range(height)]

    def fill(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        left, right = max(0, x), min(self.width, x + width)
        if right > left:
            for row in self._rows[max(0, y) : max(0, y + height)]:
                row[left:right] = bytes([colour]) * (right - left)

    def text(self, x: int, y: int, text: str, colour: int, *, scale: int) -> None:
        """One line, cut at the edge."""
        for number, char in enumerate(text):
            left = x + number * (COLUMNS + 1) * scale
            if left + COLUMNS * scale > self.width:
                return
            for column, bits in enumerate(glyph(char)):
                for row in range(ROWS):
                    if bits >> row & 1:
                        self.fill(left + column * scale, y + row * scale, scale, scale, colour)

    def png(self) -> bytes:
        header = struct.pack(">2I5B", self.width, self.height, 8, 3, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self._rows), 1)
        palette = bytes(value for colour in self._palette for value in colour)
        chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)

    def raw(self) -> bytes:
        """Width, height, RGBA_8888 and sRGB, then the pixels (AOSP: frameworks/base/cmds/screencap)."""
        colours = [bytes((*colour, 255)) for colour in self._palette]
        return struct.pack("<4I", self.width, self.height, 1, 1) + b"".join(
            b"".join(map(colours.__getitem__, row)) for row in self._rows
        )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
