"""What one entry of a zip may be, by its headers: a plain file or a folder, of a size that is believed."""

from __future__ import annotations

import stat

from testbed.plugin.records import DEFLATED, STORED, Entry

MAX_FILE = 16 << 20
MAX_RATIO = 200
RATIO_FROM = 1 << 20
"""Below this size an entry may compress as well as it likes: small files of blanks do."""


def is_folder(entry: Entry) -> bool:
    return entry.name.endswith("/")


def kind_problem(entry: Entry) -> str | None:
    """Why it is not read, or None."""
    mode = entry.attributes >> 16
    kind = 0 if mode == _NO_MODE else stat.S_IFMT(mode)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR} or entry.attributes & _DOS_SPECIAL:
        return f"is a {_KINDS.get(kind, 'special file')}, not a plain file"
    if (kind == stat.S_IFDIR or entry.attributes & _DOS_FOLDER) and not is_folder(entry):
        return "is a folder named as a file, not a plain file"
    if is_folder(entry) and entry.size:
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
_NO_MODE = 0xFFFF  # what Maven's packer wrote for years where it knew none (plexus-archiver 2)
_DOS_FOLDER = 0x10
_DOS_SPECIAL = 0x8 | 0x40 | 0x400  # volume label, device, link (Windows, file attribute constants)


def size_problem(entry: Entry) -> str | None:
    """Why it is too large, or None."""
    if entry.size > MAX_FILE:
        return f"has {entry.size} bytes; at most {MAX_FILE} are read"
    if entry.size > max(RATIO_FROM, MAX_RATIO * entry.packed):
        return f"inflates to more than {MAX_RATIO} times its size"
    return None
