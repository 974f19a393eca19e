"""Zips of our own making: the same bytes for the same content."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the format knows no earlier time

_STORED = (".arsc", ".jar", ".png", ".webp", ".jpg", ".gif", ".mp3", ".mp4", ".ogg")
"""What is packed already; and resources.arsc, which Android 11 maps into memory as it lies in the file."""


def zipped(files: Mapping[str, bytes]) -> bytes:
    """In the order of `files`."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name, _EARLIEST)
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.compress_type = ZIP_STORED if name.endswith(_STORED) else ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=1)
    return buffer.getvalue()
