"""The records of the sync service (AOSP, packages/modules/adb/SYNC.TXT, file_sync_protocol.h). All little-endian.

A request is four letters, a length and a path. Version 1 has 32 bits for sizes and no errors; version 2 has lstat(2) in
full, with the errno.
"""

from __future__ import annotations

import errno
import struct

from testbed.virtual.adb.machine import Stat

HEAD = struct.Struct("<4sI")
STAT = struct.Struct("<4sIII")
STAT_2 = struct.Struct("<4sIQQIIIIQqqq")
ENTRY = struct.Struct("<4sIIII")
ENTRY_2 = struct.Struct("<4sIQQIIIIQqqqI")
SETUP_SEND = struct.Struct("<4sII")
SETUP_RECEIVE = struct.Struct("<4sI")

PATH_BYTES = 1_024
DATA_BYTES = 64 * 1024
"""SYNC_DATA_MAX: what one DATA of ours has at most."""

DEVICE = 0xFD00
NO_STAT = Stat(mode=0, links=0)

WIRE_ERRNO = {
    errno.EPERM: 1, errno.ENOENT: 2, errno.EINTR: 4, errno.EIO: 5, errno.ENOMEM: 12, errno.EACCES: 13,
    errno.EFAULT: 14, errno.EEXIST: 17, errno.ENOTDIR: 20, errno.EISDIR: 21, errno.EINVAL: 22, errno.ENFILE: 23,
    errno.EMFILE: 24, errno.ETXTBSY: 26, errno.EFBIG: 27, errno.ENOSPC: 28, errno.EROFS: 30, errno.ENAMETOOLONG: 36,
    errno.ELOOP: 40, errno.EOVERFLOW: 75,
}  # fmt: skip
"""The numbers of Linux, whatever this machine calls them (errno_to_wire in sysdeps/errno.cpp)."""


def okay() -> bytes:
    return HEAD.pack(b"OKAY", 0)


def fail(reason: str) -> bytes:
    raw = reason.encode(errors="surrogateescape")
    return HEAD.pack(b"FAIL", len(raw)) + raw


def data(piece: bytes) -> bytes:
    return HEAD.pack(b"DATA", len(piece)) + piece


def done() -> bytes:
    return HEAD.pack(b"DONE", 0)


def stat(found: Stat) -> bytes:
    return STAT.pack(b"STAT", found.mode, found.size & 0xFFFFFFFF, found.mtime & 0xFFFFFFFF)


def stat_2(name: bytes, found: Stat | OSError) -> bytes:
    return STAT_2.pack(name, *_long(found))


def entry(found: Stat) -> bytes:
    raw = _name(found)
    return ENTRY.pack(b"DENT", found.mode, found.size & 0xFFFFFFFF, found.mtime & 0xFFFFFFFF, len(raw)) + raw


def entry_2(found: Stat) -> bytes:
    raw = _name(found)
    return ENTRY_2.pack(b"DNT2", *_long(found), len(raw)) + raw


def entries_end(version: int) -> bytes:
    """DONE in the shape of an entry, all zeros."""
    return b"DONE".ljust((ENTRY if version == 1 else ENTRY_2).size, b"\0")


def _long(found: Stat | OSError) -> tuple[int, ...]:
    """struct stat after its error, as sync_stat_v2 has it; atime and ctime are the mtime."""
    if isinstance(found, OSError):
        return (WIRE_ERRNO.get(found.errno or 0, 5), *[0] * 10)
    who = (DEVICE, found.inode, found.mode, found.links, found.uid, found.gid)
    return (0, *who, found.size, found.mtime, found.mtime, found.mtime)


def _name(found: Stat) -> bytes:
    return found.name.encode(errors="surrogateescape")
