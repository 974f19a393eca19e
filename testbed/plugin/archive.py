"""A zip from a stranger to a mapping of file names to bytes, in memory: nothing is ever written to disk.

What is refused, and the limits, stand at the top. Sizes are counted on the bytes that really come out of the
decompressor; what the archive says of itself is only ever used to refuse earlier. Format: PKWARE's APPNOTE.TXT.
"""

from __future__ import annotations

import stat
import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from testbed.errors import Place, PluginRefused
from testbed.plugin.names import name_problem, same_file

MAX_ARCHIVE = 32 << 20
MAX_FILE = 16 << 20
MAX_TOTAL = 48 << 20
MAX_ENTRIES = 2_000
MAX_RATIO = 200
RATIO_FROM = 1 << 20
"""Below this size an entry may compress as well as it likes: small files of blanks do."""

_CHUNK = 64 << 10
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # flag bits: traditional, strong, masked headers (APPNOTE 4.4.4)
_LOCAL_HEADER = 30
_BROKEN = (BadZipFile, EOFError, NotImplementedError, OSError, OverflowError, RuntimeError, ValueError, struct.error,
           zlib.error)  # fmt: skip


def read_archive(data: bytes, *, source: str) -> dict[str, bytes]:
    """Every file of the zip by its name. Raises PluginRefused, which names the entry and the fix, for anything that is
    unsafe, broken or beyond the limits."""
    if len(data) > MAX_ARCHIVE:
        raise _refused(source, f"the zip has {len(data)} bytes; at most {MAX_ARCHIVE} are read")
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_entries(entries, source)
            return _read_files(archive, [entry for entry in entries if not _is_folder(entry)], source)
    except _BROKEN as error:
        detail = str(error) or type(error).__name__
        raise _refused(source, f"not a readable zip: {detail}", fix="make it with `testbed pack`") from error


def _check_entries(entries: list[ZipInfo], source: str) -> None:
    if len(entries) > MAX_ENTRIES:
        raise _refused(source, f"the zip has {len(entries)} entries; at most {MAX_ENTRIES} are read")
    for entry in entries:
        if problem := _entry_problem(entry):
            raise _refused(source, f"entry {entry.orig_filename!r} {problem}", fix="make the zip with `testbed pack`")
    _check_duplicates(entries, source)
    _check_overlaps(entries, source)
    if (claimed := sum(entry.file_size for entry in entries)) > MAX_TOTAL:
        raise _refused(source, f"the files add up to {claimed} bytes; at most {MAX_TOTAL} are read")


def _entry_problem(entry: ZipInfo) -> str | None:
    # orig_filename: zipfile cuts `filename` at a NUL and turns the system's separator into /.
    name = entry.orig_filename
    if problem := name_problem(name.removesuffix("/") if _is_folder(entry) else name):
        return problem
    mode = entry.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or (kind == stat.S_IFDIR and not _is_folder(entry)):
        return f"is a {_KINDS.get(kind, 'special file')}, not a plain file"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        return f"uses compression method {entry.compress_type}; stored and deflate are read"
    if _is_folder(entry) and (entry.file_size or entry.compress_size):
        return "is a folder with content"
    if entry.file_size > MAX_FILE:
        return f"has {entry.file_size} bytes; at most {MAX_FILE} are read"
    return None


def _is_folder(entry: ZipInfo) -> bool:
    return entry.orig_filename.endswith("/")  # ZipInfo.is_dir raises for an empty name


_KINDS = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFDIR: "folder named as a file",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


def _check_duplicates(entries: list[ZipInfo], source: str) -> None:
    seen: dict[str, ZipInfo] = {}
    for entry in entries:
        key = same_file(entry.filename.removesuffix("/"))
        if (first := seen.get(key)) is not None:
            names = f"{first.filename!r} and {entry.filename!r}"
            raise _refused(source, f"{names} are one file on some systems", fix="rename one of them")
        seen[key] = entry
    for key, entry in seen.items():
        folder = key.rpartition("/")[0]
        while folder:
            if folder in seen and not _is_folder(seen[folder]):
                raise _refused(source, f"{seen[folder].filename!r} is both a file and the folder of {entry.filename!r}")
            folder = folder.rpartition("/")[0]


def _check_overlaps(entries: list[ZipInfo], source: str) -> None:
    """Entries that share bytes are how a small zip becomes terabytes (D. Fifield, "A better zip bomb", 2019)."""
    end, previous = 0, ""
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < end:
            raise _refused(source, f"entries {previous!r} and {entry.filename!r} overlap")
        end = entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size
        previous = entry.filename


def _read_files(archive: ZipFile, entries: list[ZipInfo], source: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    room = MAX_TOTAL
    for entry in entries:
        files[entry.filename] = content = _inflate(archive, entry, min(room, MAX_FILE), source)
        room -= len(content)
    return files


def _inflate(archive: ZipFile, entry: ZipInfo, room: int, source: str) -> bytes:
    content = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > room:
                raise _refused(source, f"entry {entry.filename!r} inflates beyond the {room} bytes that are left")
            if len(content) > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
                raise _refused(source, f"entry {entry.filename!r} inflates to more than {MAX_RATIO} times its size")
    return bytes(content)


def _refused(source: str, message: str, *, fix: str | None = None) -> PluginRefused:
    return PluginRefused(message, place=Place(source), fix=fix)
