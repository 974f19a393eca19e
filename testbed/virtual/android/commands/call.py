"""One run of a command: its arguments, its streams, and the phone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from testbed.virtual.android.shell import Shell, Source, State, Streams
from testbed.virtual.android.storage import User, UserFiles

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


class Call:
    def __init__(self, phone: Phone, state: State, name: str, args: list[str], streams: Streams) -> None:
        self.phone = phone
        self.state = state
        self.name = name
        self.args = args
        self.streams = streams

    async def out(self, text: str | bytes) -> None:
        await self.streams.out(text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape"))

    async def err(self, text: str) -> None:
        await self.streams.err(text.encode("utf-8", "surrogateescape"))

    async def fail(self, text: str, code: int = 1) -> int:
        """Say what is wrong, as toybox does; gives the exit code."""
        await self.err(f"{self.name}: {text}\n")
        return code

    @property
    def files(self) -> UserFiles:
        return self.state.files

    @property
    def stdin(self) -> Source:
        return self.streams.stdin

    def path(self, name: str) -> str:
        return self.state.normal(name)

    def real(self, name: str) -> str:
        """Absolute, with what `..` and links mean left to the disk."""
        return self.state.absolute(name)

    async def pieces(self, name: str) -> AsyncIterator[bytes]:
        """The content of a file, or of stdin where the name is "-"."""
        if name == "-":
            while piece := await self.stdin.read(65_536):
                yield piece
            return
        try:
            async for piece in self.files.read(self.real(name)):
                yield piece
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from None

    async def content(self, name: str, at_most: int = 64 << 20) -> bytes:
        content = bytearray()
        async for piece in self.pieces(name):
            content += piece
            if len(content) > at_most:
                raise OSError(27, os.strerror(27), name)  # EFBIG
        return bytes(content)

    async def start(
        self, argv: list[str], *, user: User | None = None, cwd: str = "", streams: Streams | None = None
    ) -> int:
        """Run another command, in a shell of its own."""
        return await self.shell(user=user, cwd=cwd).start(argv, streams or self.streams)

    def shell(self, *, user: User | None = None, cwd: str = "") -> Shell:
        state = self.state.fork()
        state.depth += 1
        state.user = user or state.user
        state.cwd = cwd or state.cwd
        return Shell(state.host, state.user, state=state)


Command = Callable[[Call], Awaitable[int]]
Commands = Mapping[str, Command]
