"""The seam between adbd and the device that it is the daemon of.

The daemon speaks the wire (packets, streams, sync, shell v2 framing); the machine is what answers. Errors of the file
system are OSErrors with their errno, as the kernel's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from testbed.virtual.duplex import Duplex


class Stat(msgspec.Struct, frozen=True, kw_only=True):
    """lstat(2) of a file of the device. `mode` has the type bits (stat.S_IFREG); `mtime` in seconds."""

    name: str = ""
    mode: int
    size: int = 0
    mtime: int = 0
    uid: int = 0
    gid: int = 0
    inode: int = 0
    links: int = 1


class Files(Protocol):
    """The device's file system, as the sync service and the shell see it. Paths are absolute and POSIX."""

    def stat(self, path: str, *, follow: bool = True) -> Stat: ...

    def list(self, path: str) -> Sequence[Stat]:
        """The entries of a folder, without `.` and `..`, by name."""
        ...

    def read(self, path: str) -> AsyncIterator[bytes]:
        """The content, in pieces of at most 64 KiB."""
        ...

    async def write(self, path: str, pieces: AsyncIterator[bytes], *, mode: int, mtime: Callable[[], int]) -> None:
        """Take a pushed file: its folders are made, and it is there whole or not at all. `mtime` is known once the
        pieces are out: adb says it last. ENOSPC on a full disk; what `pieces` raises is passed on."""
        ...

    def link(self, path: str, to: str) -> None:
        """Make a symbolic link."""
        ...


class Stdio(Protocol):
    """The three streams of a command of the device."""

    stdin: asyncio.StreamReader

    async def out(self, data: bytes) -> None: ...

    async def err(self, data: bytes) -> None: ...


class Machine(Protocol):
    """A device. `serial` as `getprop ro.serialno` has it; `banner` what adbd announces of it: ro.product.name,
    ro.product.model, ro.product.device."""

    serial: str

    @property
    def banner(self) -> Mapping[str, str]: ...

    @property
    def files(self) -> Files: ...

    async def shell(self, command: str, stdio: Stdio, *, pty: bool = False) -> int:
        """Run a command line as Android's sh does, and give its exit code; an empty one is an interactive shell on
        `stdio.stdin`. On a `pty`, adbd is the terminal: keys are echoed, and come as lines. Cancelled when the client
        leaves."""
        ...

    async def command(self, arguments: Sequence[str], stdio: Stdio) -> int:
        """Run one command with its arguments, no shell between (services `abb:` and `abb_exec:`: `package`,
        `install`, ...)."""
        ...

    async def connect(self, address: str) -> Duplex:
        """Connect to what listens on the device: `tcp:PORT`, `localabstract:NAME`, `localfilesystem:PATH`, `jdwp:PID`.
        Raises ConnectionRefusedError."""
        ...

    def listen(self, address: str, accept: Callable[[Duplex], Awaitable[None]]) -> AbstractAsyncContextManager[str]:
        """Listen on the device (`adb reverse`). Gives the address, with the port that `tcp:0` got. Raises OSError
        (EADDRINUSE)."""
        ...

    async def reboot(self, argument: str) -> None: ...
