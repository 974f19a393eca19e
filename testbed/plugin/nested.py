"""Archives within the archive: told by their first bytes; a zip by its end, since anything may stand before it."""

from __future__ import annotations

from testbed.plugin.records import find_end

_MARKS: tuple[tuple[str, int, bytes], ...] = (
    ("zip", 0, b"PK\3\4"),
    ("zip", 0, b"PK\5\6"),
    ("zip", 0, b"PK\7\x08"),
    ("gzip", 0, b"\x1f\x8b\x08"),
    ("bzip2", 4, b"1AY&SY"),
    ("xz", 0, b"\xfd7zXZ\0"),
    ("lzip", 0, b"LZIP\1"),
    ("zstd", 0, b"\x28\xb5\x2f\xfd"),
    ("lz4", 0, b"\x04\x22\x4d\x18"),
    ("compress", 0, b"\x1f\x9d"),
    ("7z", 0, b"7z\xbc\xaf\x27\x1c"),
    ("rar", 0, b"Rar!\x1a\x07"),
    ("cab", 0, b"MSCF\0\0\0\0"),
    ("ar", 0, b"!<arch>\n"),
    ("tar", 257, b"ustar"),
)
"""Kind, offset, and what stands there."""


def archive_kind(content: bytes) -> str | None:
    """What kind of archive or packed file `content` is; None for anything else."""
    end = find_end(content)
    if end is not None and end + 22 + int.from_bytes(content[end + 20 : end + 22], "little") == len(content):
        return "zip"
    return next((kind for kind, at, mark in _MARKS if content.startswith(mark, at)), None)
