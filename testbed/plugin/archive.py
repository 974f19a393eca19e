"""A zip from a stranger to a mapping of file names to bytes, in memory: nothing is ever written to disk.

What is refused, and the limits, stand at the top. What a zip says of itself is only ever used to refuse earlier: it is
held to the bytes that really come out of the decompressor.
"""

from __future__ import annotations

import stat
from collections.abc import Mapping

from testbed.errors import Place, PluginRefused
from testbed.plugin.inflating import inflated
from testbed.plugin.names import name_problem, quoted, same_file
from testbed.plugin.nested import archive_kind
from testbed.plugin.records import DEFLATED, STORED, Entry, Malformed, read_entries

MAX_ARCHIVE = 32 << 20
MAX_FILE = 16 << 20
MAX_TOTAL = 48 << 20
MAX_ENTRIES = 2_000
MAX_RATIO = 200
RATIO_FROM = 1 << 20
"""Below this size an entry may compress as well as it likes: small files of blanks do."""

_SMALLER = "leave out what the plugin does not need on the device"
_PACK = "make the zip with `testbed pack`"


def read_archive(data: bytes, *, source: str) -> dict[str, bytes]:
    """Every file of the zip by its name. Raises PluginRefused, which names the entry and the fix, for anything that is
    unsafe, broken or beyond the limits."""
    if len(data) > MAX_ARCHIVE:
        raise _refused(source, f"the zip has {len(data)} bytes; at most {MAX_ARCHIVE} are read", fix=_SMALLER)
    try:
        entries = read_entries(data, at_most=MAX_ENTRIES)
        _check_entries(entries, source)
        for entry in entries:
            # All of it, before any of it is kept: a zip that is refused for its last byte takes no memory for the rest.
            for _ in inflated(data, entry):
                pass
        contents = {entry.name: b"".join(inflated(data, entry)) for entry in entries if not _is_folder(entry)}
    except Malformed as error:
        raise _refused(source, str(error), fix=_PACK) from error
    _check_nested(contents, source)
    return contents


def _check_entries(entries: list[Entry], source: str) -> None:
    for entry in entries:
        if problem := name_problem(entry.name.removesuffix("/") if _is_folder(entry) else entry.name):
            raise _refused(source, f"entry {quoted(entry.name)} {problem}", fix="rename it")
        if problem := _kind_problem(entry):
            raise _refused(source, f"entry {quoted(entry.name)} {problem}", fix=_PACK)
        if problem := _size_problem(entry):
            raise _refused(source, f"entry {quoted(entry.name)} {problem}", fix=_SMALLER)
    _check_duplicates(entries, source)
    if (total := sum(entry.size for entry in entries)) > MAX_TOTAL:
        raise _refused(source, f"the files add up to {total} bytes; at most {MAX_TOTAL} are read", fix=_SMALLER)


def _kind_problem(entry: Entry) -> str | None:
    kind = stat.S_IFMT(entry.attributes >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or entry.attributes & _DOS_SPECIAL:
        return f"is a {_KINDS.get(kind, 'special file')}, not a plain file"
    if (kind == stat.S_IFDIR or entry.attributes & _DOS_FOLDER) and not _is_folder(entry):
        return "is a folder named as a file, not a plain file"
    if _is_folder(entry) and entry.size:
        return "is a folder with content"
    if entry.method not in {STORED, DEFLATED}:
        return f"uses compression method {entry.method}; stored and deflate are read"
    if entry.method == STORED and entry.packed != entry.size:
        return f"is stored, and has {entry.packed} bytes for a file of {entry.size}"
    return None


_KINDS = {
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}
_DOS_FOLDER = 0x10
_DOS_SPECIAL = 0x8 | 0x40 | 0x400  # volume label, device, link (Windows, file attribute constants)


def _size_problem(entry: Entry) -> str | None:
    if entry.size > MAX_FILE:
        return f"has {entry.size} bytes; at most {MAX_FILE} are read"
    if entry.size > max(RATIO_FROM, MAX_RATIO * entry.packed):
        return f"inflates to more than {MAX_RATIO} times its size"
    return None


def _is_folder(entry: Entry) -> bool:
    return entry.name.endswith("/")


def _check_duplicates(entries: list[Entry], source: str) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        key = same_file(entry.name.removesuffix("/"))
        if (first := seen.get(key)) is not None:
            names = f"{quoted(first.name)} and {quoted(entry.name)}"
            raise _refused(source, f"entries {names} are one file on some systems", fix="rename one of them")
        seen[key] = entry
    for key, entry in seen.items():
        folder = key.rpartition("/")[0]
        while folder:
            if folder in seen and not _is_folder(seen[folder]):
                both = f"entry {quoted(seen[folder].name)} is both a file and the folder of {quoted(entry.name)}"
                raise _refused(source, both, fix="rename one of them")
            folder = folder.rpartition("/")[0]


def _check_nested(files: Mapping[str, bytes], source: str) -> None:
    for name, content in files.items():
        if kind := archive_kind(content):
            message = f"entry {quoted(name)} is an archive itself ({kind}), whose content nothing here would check"
            raise _refused(source, message, fix="put what is in it into the folder")


def _refused(source: str, message: str, *, fix: str) -> PluginRefused:
    return PluginRefused(message, place=Place(source), fix=fix)
