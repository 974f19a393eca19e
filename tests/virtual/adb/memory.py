"""A small device in memory, for adbd to be the daemon of."""

from __future__ import annotations

import asyncio
import errno
import os
import posixpath
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from testbed.virtual.adb.machine import Stat, Stdio
from testbed.virtual.duplex import Duplex

PIECE = 65_536
Serve = Callable[[Duplex], Awaitable[None]]


class Pipe:
    """One end of a connection inside the device; `pair` makes both."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(maxsize=4)
        self._rest = b""
        self._closed = False
        self.other = self

    @staticmethod
    def pair() -> tuple[Pipe, Pipe]:
        one, other = Pipe(), Pipe()
        one.other, other.other = other, one
        return one, other

    async def read(self, limit: int = 65_536) -> bytes:
        if not self._rest and not (self._closed and self._waiting.empty()):
            self._rest = await self._waiting.get()
        piece, self._rest = self._rest[:limit], self._rest[limit:]
        return piece

    async def write(self, data: bytes) -> None:
        if self.other._closed or self._closed:
            raise BrokenPipeError
        await self.other._waiting.put(data)

    async def close(self) -> None:
        for end in (self, self.other):
            if not end._closed:
                end._closed = True
                await end._waiting.put(b"")


class Script:
    """A stream whose client says all it has to say at once."""

    def __init__(self, said: bytes) -> None:
        self.said = said
        self.heard = bytearray()

    async def read(self, limit: int = 65_536) -> bytes:
        piece, self.said = self.said[:limit], self.said[limit:]
        return piece

    async def write(self, data: bytes) -> None:
        self.heard += data

    async def close(self) -> None: ...


class MemoryFiles:
    """Folders are there as soon as something is in them. `/system` is read-only."""

    def __init__(self) -> None:
        self.content: dict[str, tuple[Stat, bytes]] = {}
        self.put("/system/build.prop", b"ro.product.model=Pixel 8\n", 0o600)
        self.put("/data/local/tmp/.keep", b"", 0o600)

    def put(self, path: str, content: bytes, mode: int = 0o644, mtime: int = 1_700_000_000) -> None:
        name = posixpath.basename(path)
        self.content[path] = Stat(name=name, mode=stat.S_IFREG | mode, size=len(content), mtime=mtime, inode=9), content

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        path = posixpath.normpath(path)
        if path in self.content:
            found, content = self.content[path]
            return self.stat(content.decode()) if follow and stat.S_ISLNK(found.mode) else found
        if any(each.startswith(path.rstrip("/") + "/") for each in self.content):
            return Stat(name=posixpath.basename(path), mode=stat.S_IFDIR | 0o771, size=4_096, mtime=1_700_000_000)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def list(self, path: str) -> Sequence[Stat]:
        above = posixpath.normpath(path).rstrip("/") + "/"
        if not stat.S_ISDIR(self.stat(path).mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        names = {each.removeprefix(above).partition("/")[0] for each in self.content if each.startswith(above)}
        return [self.stat(above + name, follow=False) for name in sorted(names)]

    async def read(self, path: str) -> AsyncIterator[bytes]:
        if stat.S_ISDIR(self.stat(path).mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        content = memoryview(self.content[posixpath.normpath(path)][1])
        for start in range(0, len(content), PIECE):
            yield bytes(content[start : start + PIECE])

    async def write(self, path: str, pieces: AsyncIterator[bytes], *, mode: int, mtime: Callable[[], int]) -> None:
        if path.startswith("/system/"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        content = bytearray()
        async for piece in pieces:
            content += piece
        self.put(path, bytes(content), stat.S_IMODE(mode), mtime())

    def link(self, path: str, to: str) -> None:
        self.content[path] = Stat(name=posixpath.basename(path), mode=stat.S_IFLNK | 0o777, size=len(to)), to.encode()


class MemoryMachine:
    """`serving` is what listens on it, by address; `log` is what `logcat` follows."""

    def __init__(self, serial: str = "MEM0001") -> None:
        self.serial = serial
        self.files = MemoryFiles()
        self.serving: dict[str, Serve] = {}
        self.rebooted: list[str] = []
        self.pushed_to: list[str] = []
        self.commands: list[Sequence[str]] = []
        self.running = 0
        self._logged = asyncio.Condition()
        self._log: list[str] = []

    @property
    def banner(self) -> Mapping[str, str]:
        return {"ro.product.name": "shiba", "ro.product.model": "Pixel 8", "ro.product.device": "shiba"}

    async def log(self, line: str) -> None:
        async with self._logged:
            self._log.append(line)
            self._logged.notify_all()

    async def shell(self, command: str, stdio: Stdio, *, pty: bool = False) -> int:
        self.running += 1
        try:
            return await self._run(command or "sh", stdio)
        finally:
            self.running -= 1

    async def _run(self, command: str, stdio: Stdio) -> int:
        """`A; B` one after the other; the last code is the line's."""
        code = 0
        for each in command.split(";"):
            code = await self._one(each.strip().replace("$?", str(code)), stdio)
        return code

    async def _one(self, command: str, stdio: Stdio) -> int:
        word, _, rest = command.partition(" ")
        match word:
            case "echo":
                await stdio.out(rest.encode() + b"\n")
            case "complain":
                await stdio.err(rest.encode() + b"\n")
            case "exit":
                return int(rest)
            case "cat" if rest.startswith("> "):
                content = await stdio.stdin.read()
                self.files.put(rest[2:], content)
            case "cat":
                while piece := await stdio.stdin.read(PIECE):
                    await stdio.out(piece)
            case "sh":
                while line := await stdio.stdin.readline():
                    await self._run(line.decode().strip(), stdio)
            case "yes":
                await stdio.out(b"y\n" * int(rest))
            case "talk":
                address, _, said = rest.partition(" ")
                there = await self.connect(address)
                await there.write(said.encode())
                await stdio.out(await there.read())
                await there.close()
            case "logcat":
                await self._follow(stdio)
            case "hang":
                await asyncio.Event().wait()
            case "crash":
                raise ZeroDivisionError("the machine is broken")
            case _:
                await stdio.err(f"/system/bin/sh: {word}: inaccessible or not found\n".encode())
                return 127
        return 0

    async def _follow(self, stdio: Stdio) -> None:
        told = 0
        while True:
            async with self._logged:
                while len(self._log) == told:
                    await self._logged.wait()
                lines, told = self._log[told:], len(self._log)
            await stdio.out("".join(f"{line}\n" for line in lines).encode())

    async def command(self, arguments: Sequence[str], stdio: Stdio) -> int:
        """`package install -S BYTES`: the file comes on stdin."""
        self.commands.append(list(arguments))
        if "-S" in arguments:
            size = int(arguments[arguments.index("-S") + 1])
            try:
                self.files.put("/data/app/base.apk", await stdio.stdin.readexactly(size))
            except asyncio.IncompleteReadError:
                await stdio.out(b"Failure [INSTALL_FAILED_INVALID_APK]\n")
                return 1
            await stdio.out(b"Success\n")
            return 0
        await stdio.err(f"cmd: Can't find service: {arguments[0]}\n".encode())
        return 20

    async def connect(self, address: str) -> Duplex:
        if (serve := self.serving.get(address)) is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED), address)
        here, there = Pipe.pair()
        asyncio.get_running_loop().call_soon(self._spawn, serve, there)
        return here

    @asynccontextmanager
    async def listen(self, address: str, accept: Serve) -> AsyncIterator[str]:
        address = "tcp:40000" if address == "tcp:0" else address
        if address in self.serving:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        self.serving[address] = accept
        try:
            yield address
        finally:
            del self.serving[address]

    async def reboot(self, argument: str) -> None:
        self.rebooted.append(argument)

    async def __aenter__(self) -> MemoryMachine:
        self._tasks = await asyncio.TaskGroup().__aenter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self._tasks.__aexit__(None, None, None)

    def _spawn(self, serve: Serve, there: Duplex) -> None:
        self._tasks.create_task(_served(serve, there))


async def _served(serve: Serve, there: Duplex) -> None:
    try:
        await serve(there)
    finally:
        await there.close()
