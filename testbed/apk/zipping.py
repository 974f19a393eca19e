"""Zips of our own making: the same bytes for the same content."""

from __future__ import annotations

import stat
import struct
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the format knows no earlier time

_STORED = (".arsc", ".jar", ".png", ".webp", ".jpg", ".gif", ".mp3", ".mp4", ".ogg")
"""What is packed already; and resources.arsc, which Android 11 maps into memory as it lies in the file."""


_ALIGNMENT = 4
"""At which it must lie for that, and what is stored is best off; apksigner keeps to it."""
_HEADER = 30
"""The length of an entry's header in the file, before its name."""
_ALIGNED = struct.Struct("<HHH")
"""The extra field that says so: its id, its length, the alignment (AOSP, apksig's ApkSigner)."""


def zipped(files: Mapping[str, bytes]) -> bytes:
    """In the order of `files`."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name, _EARLIEST)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = ZIP_STORED if name.endswith(_STORED) else ZIP_DEFLATED
            if entry.compress_type == ZIP_STORED:
                entry.extra = _padding(buffer.tell() + _HEADER + len(name.encode()))
            archive.writestr(entry, content, compresslevel=1)
    return buffer.getvalue()


def _padding(at: int) -> bytes:
    """The extra field of an entry whose content would begin `at` without it."""
    padding = -(at + _ALIGNED.size) % _ALIGNMENT
    return _ALIGNED.pack(0xD935, _ALIGNED.size - 4 + padding, _ALIGNMENT) + bytes(padding)
