"""A door: the proxy that a device's app is told of, and who takes what comes in by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from testbed.jail.packets import Attempt

HOST = "127.0.0.1"


class Inlet(Protocol):
    """Who takes the traffic of a door. Each connection is theirs until they return."""

    @property
    def awake(self) -> bool:
        """Whether strangers' code runs behind the door yet: what goes round every proxy is then nobody else's."""
        ...

    async def proxied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection to the door: its client speaks to a proxy."""
        ...

    async def direct(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        """A connection that was meant for `host`:`port` itself. Only a jail has these."""
        ...

    def attempted(self, attempt: Attempt) -> None:
        """Something that was sent and went nowhere. Only a jail has these."""
        ...


Door = Callable[[Inlet], AbstractAsyncContextManager[tuple[str, int]]]
"""Opens a door for the time of a context, which gives host and port as the app must name them."""


@asynccontextmanager
async def host_door(inlet: Inlet) -> AsyncIterator[tuple[str, int]]:
    """A door on this machine's loopback, for apps that share its network."""
    server = await asyncio.start_server(inlet.proxied, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
