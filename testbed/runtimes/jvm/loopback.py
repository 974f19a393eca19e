"""The device's own loopback, as its app sees it: what listens there is the driver's (`adb reverse`).

In a jail each connection says which port it meant. Without one the app shares this machine's loopback, where that port
may be anybody's: for the one that the proxy setting names there is a listener of ours, and the app is told of that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from testbed.jail.door import HOST
from testbed.runtimes.jvm.stream import Socket
from testbed.virtual.apps import Local

Taker = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Loopback:
    """`local` says who listens."""

    def __init__(self) -> None:
        self.local: Local = lambda port: None
        self._listeners: dict[int, asyncio.Server] = {}

    def taker(self, port: int) -> Taker | None:
        accept = self.local(port)
        if accept is None:
            return None

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await accept(Socket(reader, writer))

        return take

    async def as_seen(self, proxy: str) -> str:
        """The proxy setting, for an app without a jail."""
        host, _, port = proxy.rpartition(":")
        if host not in (HOST, "localhost"):
            return proxy
        meant = int(port)
        if meant not in self._listeners:
            self._listeners[meant] = await asyncio.start_server(lambda *ends: self._take(meant, *ends), HOST, 0)
        return f"{HOST}:{self._listeners[meant].sockets[0].getsockname()[1]}"

    def close(self) -> None:
        for each in self._listeners.values():
            each.close()

    async def _take(self, meant: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (take := self.taker(meant)) is not None:
            await take(reader, writer)
        else:
            writer.transport.abort()
