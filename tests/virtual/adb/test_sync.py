"""What a sync session answers, byte by byte (AOSP, packages/modules/adb/SYNC.TXT, file_sync_protocol.h)."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import AsyncIterator, Callable

import pytest

from testbed.virtual.adb.sync import Session
from tests.virtual.adb.memory import MemoryFiles, Script

MTIME = struct.pack("<I", 1_700_000_000)
LONG = struct.pack("<q", 1_700_000_000) * 3
NOTHING = bytes(68)

PROP = b"/system/build.prop"
PROP_MODE = b"\x80\x81\0\0"  # 0100600
FOLDER_MODE = b"\xf9\x41\0\0"  # 040771


def request(name: bytes, path: bytes) -> bytes:
    return name + struct.pack("<I", len(path)) + path


def data(content: bytes) -> bytes:
    return b"DATA" + struct.pack("<I", len(content)) + content


def fail(reason: str) -> bytes:
    return b"FAIL" + struct.pack("<I", len(reason)) + reason.encode()


OKAY = b"OKAY" + bytes(4)
DONE = b"DONE" + MTIME


async def said(script: Script, files: MemoryFiles, full: Callable[[], bool] = lambda: False) -> bytes:
    """All that a session answers to one who then leaves."""
    with pytest.raises(ConnectionResetError, match="has left"):
        await Session(script, files, full).run()
    return bytes(script.heard)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        # mode, size, mtime; zeros for what is not there
        (request(b"STAT", PROP), b"STAT" + PROP_MODE + b"\x19\0\0\0" + MTIME),
        (request(b"STAT", b"/nowhere"), b"STAT" + bytes(12)),
        # error, device, inode, mode, links, uid, gid, size, three times
        (
            request(b"STA2", PROP),
            b"STA2" + bytes(4) + b"\0\xfd\0\0\0\0\0\0" + b"\x09\0\0\0\0\0\0\0" + PROP_MODE + b"\x01\0\0\0" + bytes(8)
            + b"\x19\0\0\0\0\0\0\0" + LONG,
        ),
        (request(b"STA2", b"/nowhere"), b"STA2" + b"\x02\0\0\0" + bytes(64)),
        (request(b"LST2", b"/nowhere"), b"LST2" + b"\x02\0\0\0" + bytes(64)),
        # each entry, `.` and `..` before, and DONE in the shape of one
        (
            request(b"LIST", b"/system"),
            b"DENT" + FOLDER_MODE + b"\0\x10\0\0" + MTIME + b"\x01\0\0\0."
            + b"DENT" + FOLDER_MODE + b"\0\x10\0\0" + MTIME + b"\x02\0\0\0.."
            + b"DENT" + PROP_MODE + b"\x19\0\0\0" + MTIME + b"\x0a\0\0\0build.prop"
            + b"DONE" + bytes(16),
        ),
        (request(b"LIST", b"/nowhere"), b"DONE" + bytes(16)),
        (request(b"LIS2", b"/nowhere"), b"DONE" + bytes(72)),
        (request(b"LIST", PROP), b"DONE" + bytes(16)),
        # content, in pieces
        (request(b"RECV", PROP), data(b"ro.product.model=Pixel 8\n") + b"DONE" + bytes(4)),
        (request(b"RCV2", PROP) + b"RCV2" + bytes(4), data(b"ro.product.model=Pixel 8\n") + b"DONE" + bytes(4)),
        # one request after the other
        (request(b"STAT", b"/x") + request(b"STAT", b"/y"), b"STAT" + bytes(12) + b"STAT" + bytes(12)),
        (request(b"SEND", b"/data/x,33188") + data(b"con") + data(b"tent") + DONE, OKAY),
        (request(b"SND2", b"/data/x") + b"SND2" + b"\xa4\x81\0\0" + bytes(4) + data(b"content") + DONE, OKAY),
        (request(b"SEND", b"/data/empty,0644") + DONE, OKAY),
    ],
)  # fmt: skip
async def test_an_answer(asked: bytes, answered: bytes):
    assert await said(Script(asked), MemoryFiles()) == answered


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (request(b"RECV", b"/nowhere"), "open failed: No such file or directory"),
        (request(b"RECV", b"/system"), "read failed: Is a directory"),
        (request(b"SEND", b"/data/x") + data(b"content") + DONE, "missing , in ID_SEND_V1"),
        (request(b"SEND", b"/system/x,0644") + data(b"content") + DONE, "couldn't create file: Read-only file system"),
        (request(b"SEND", b"/data/x,0644") + data(b"con") + b"NOPE" + bytes(4), "invalid data message"),
        (request(b"SND2", b"/data/x") + b"SND2" + bytes(4) + b"\x04\0\0\0", "unknown flags: 4"),
        (request(b"RCV2", PROP) + b"RCV2" + b"\x01\0\0\0", "unknown flags: 1"),
        (request(b"NOPE", b"/x"), "unknown command 45504f4e"),
        (request(b"STAT", b"/" * 1_025), "path too long"),
    ],
)
async def test_what_fails_ends_the_session(asked: bytes, answered: str):
    script = Script(asked)
    await Session(script, MemoryFiles(), lambda: False).run()
    assert script.heard == fail(answered)


@pytest.mark.parametrize(
    ("mode", "permissions"),
    [("33188", 0o666), ("0755", 0o777), ("0600", 0o660 | 0o006), ("0x1a4", 0o666), ("0400", 0o444), ("nonsense", 0)],
)
async def test_a_pushed_file(mode: str, permissions: int):
    """The mode is as C writes numbers, and what the owner may everybody may."""
    files = MemoryFiles()
    await said(Script(request(b"SEND", f"/data/a,b,{mode}".encode()) + data(b"con") + data(b"tent") + DONE), files)
    found, content = files.content["/data/a,b"]
    assert (found.mode & 0o777, found.mtime, content) == (permissions, 1_700_000_000, b"content")


async def test_a_pushed_link():
    files = MemoryFiles()
    link = request(b"SEND", b"/data/link,0120777") + data(PROP + b"\0") + DONE
    stats = request(b"STA2", b"/data/link") + request(b"LST2", b"/data/link")
    heard = await said(Script(link + stats), files)
    assert heard[:8] == OKAY
    assert heard[8 + 24 : 8 + 28] == PROP_MODE
    assert heard[80 + 24 : 80 + 28] == b"\xff\xa1\0\0"  # 0120777


async def test_a_push_that_is_cut_off_leaves_nothing():
    files = MemoryFiles()
    before = set(files.content)
    assert await said(Script(request(b"SEND", b"/data/x,0644") + data(b"content")), files) == b""
    assert set(files.content) == before


async def test_a_full_disk_is_told_of_at_once_and_the_rest_thrown_away():
    files = MemoryFiles()
    pushed = request(b"SEND", b"/data/x,0644") + data(bytes(65_536)) * 3 + DONE
    script = Script(pushed)
    await Session(script, files, lambda: True).run()
    assert script.heard == fail("write failed: No space left on device")
    assert script.said == b""
    assert "/data/x" not in files.content


async def test_an_error_in_the_middle_of_a_file():
    class Broken(MemoryFiles):
        async def read(self, path: str) -> AsyncIterator[bytes]:
            yield b"con"
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    script = Script(request(b"RECV", PROP))
    await Session(script, Broken(), lambda: False).run()
    assert script.heard == data(b"con") + fail("read failed: Input/output error")
