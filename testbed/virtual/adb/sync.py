"""`sync:`: files to and from the device (AOSP, packages/modules/adb/SYNC.TXT, daemon/file_sync_service.cpp)."""

from __future__ import annotations

import errno
import os
import posixpath
import re
import stat
from collections.abc import Awaitable, Callable

import msgspec

from testbed.virtual.adb import sync_records as records
from testbed.virtual.adb.machine import Files
from testbed.virtual.adb.pushed import Pushed, Refused, Source
from testbed.virtual.duplex import Duplex

MODE = re.compile(r"\s*(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")


class Session:
    """One `sync:` stream: request after request, until QUIT, a failure or the client's end. `full` says whether the
    disk is, at this moment."""

    def __init__(self, stream: Duplex, files: Files, full: Callable[[], bool]) -> None:
        self._stream = stream
        self._source = Source(stream)
        self._files = files
        self._full = full
        self._requests: dict[bytes, Callable[[bytes, str], Awaitable[None]]] = {
            b"STAT": self._stat,
            b"STA2": self._stat_2,
            b"LST2": self._stat_2,
            b"LIST": self._list,
            b"LIS2": self._list,
            b"SEND": self._send,
            b"SND2": self._send_2,
            b"RECV": self._receive,
            b"RCV2": self._receive_2,
        }

    async def run(self) -> None:
        """Raises ConnectionError when the client leaves in the middle of something."""
        try:
            while await self._one():
                pass
        except Refused as refused:
            await self._stream.write(records.fail(str(refused)))
            if refused.pushed is not None:
                await refused.pushed.rest()

    async def _one(self) -> bool:
        name, length = records.HEAD.unpack(await self._source.exactly(records.HEAD.size))
        if name == b"QUIT":
            return False
        if length > records.PATH_BYTES:
            raise Refused("path too long")
        path = _text(await self._source.exactly(length))
        if (request := self._requests.get(name)) is None:
            raise Refused(f"unknown command {int.from_bytes(name, 'little'):08x}")
        await request(name, path)
        return True

    async def _stat(self, name: bytes, path: str) -> None:
        """lstat, whatever its name says; zeros for what is not there."""
        try:
            found = self._files.stat(path, follow=False)
        except OSError:
            found = records.NO_STAT
        await self._stream.write(records.stat(found))

    async def _stat_2(self, name: bytes, path: str) -> None:
        try:
            said = records.stat_2(name, self._files.stat(path, follow=name == b"STA2"))
        except OSError as error:
            said = records.stat_2(name, error)
        await self._stream.write(said)

    async def _list(self, name: bytes, path: str) -> None:
        """As readdir(3) has it, with `.` and `..`; nothing for what is no folder."""
        entry, version = (records.entry, 1) if name == b"LIST" else (records.entry_2, 2)
        try:
            dots = [(".", path), ("..", posixpath.join(path, ".."))]
            found = [msgspec.structs.replace(self._files.stat(each), name=dot) for dot, each in dots]
            found += self._files.list(path)
        except OSError:
            found = []
        gathered = bytearray()
        for each in found:
            gathered += entry(each)
            if len(gathered) > records.DATA_BYTES:
                await self._stream.write(bytes(gathered))
                gathered.clear()
        await self._stream.write(bytes(gathered) + records.entries_end(version))

    async def _send(self, name: bytes, path: str) -> None:
        """`PATH,MODE`, the mode in C's notation."""
        path, comma, mode = path.rpartition(",")
        if not comma:
            raise Refused("missing , in ID_SEND_V1")
        await self._push(path, _mode(mode))

    async def _send_2(self, name: bytes, path: str) -> None:
        _, mode, flags = records.SETUP_SEND.unpack(await self._source.exactly(records.SETUP_SEND.size))
        if flags:
            raise Refused(f"unknown flags: {flags}")
        await self._push(path, mode)

    async def _push(self, path: str, mode: int) -> None:
        pushed = Pushed(self._source, self._full)
        try:
            if stat.S_ISLNK(mode):
                await self._link(path, pushed)
            else:
                await self._files.write(path, pushed, mode=_permissions(mode), mtime=lambda: pushed.mtime)
        except ConnectionError:
            raise
        except OSError as error:
            what = "write failed" if pushed.begun else "couldn't create file"
            raise Refused(_failed("symlink failed" if stat.S_ISLNK(mode) else what, error), pushed) from None
        await self._stream.write(records.okay())

    async def _link(self, path: str, pushed: Pushed) -> None:
        to = b""
        async for piece in pushed:
            to += piece
            if len(to) > records.DATA_BYTES:
                raise Refused("oversize data message")
        self._files.link(path, _text(to))

    async def _receive(self, name: bytes, path: str) -> None:
        begun = False
        try:
            async for piece in self._files.read(path):
                begun = True
                await self._stream.write(records.data(piece))
        except ConnectionError:
            raise
        except OSError as error:
            what = "read failed" if begun or error.errno == errno.EISDIR else "open failed"
            raise Refused(_failed(what, error)) from None
        await self._stream.write(records.done())

    async def _receive_2(self, name: bytes, path: str) -> None:
        _, flags = records.SETUP_RECEIVE.unpack(await self._source.exactly(records.SETUP_RECEIVE.size))
        if flags:
            raise Refused(f"unknown flags: {flags}")
        await self._receive(name, path)


def _text(raw: bytes) -> str:
    """Up to a NUL, as C has it; a file system of Android's takes no other names than UTF-8."""
    try:
        return raw.partition(b"\0")[0].decode()
    except UnicodeDecodeError:
        raise Refused("path is no UTF-8") from None


def _mode(text: str) -> int:
    """As strtoul(3) reads it with base 0: what is no number is 0."""
    if (found := MODE.match(text)) is None:
        return 0
    digits = found[1]
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits.startswith("0") else 10
    return int(digits, base) & 0xFFFFFFFF


def _permissions(mode: int) -> int:
    """Those of the owner are everybody's (send_impl in file_sync_service.cpp)."""
    mode &= 0o777
    mode |= (mode >> 3) & 0o070
    return stat.S_IFREG | mode | (mode >> 3) & 0o007


def _failed(what: str, error: OSError) -> str:
    return f"{what}: {os.strerror(error.errno) if error.errno else error}"
