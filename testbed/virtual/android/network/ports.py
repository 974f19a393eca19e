"""What listens on the phone: no socket of this machine, a table."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from testbed.virtual.android.network.pair import pair
from testbed.virtual.duplex import Duplex

Accept = Callable[[Duplex], Awaitable[None]]

FIRST_FREE = 32_768
"""Linux' first port for whoever asks for none in particular (ip_local_port_range)."""


class Ports:
    """`background` runs the two sides of a connection, which are somebody else's."""

    def __init__(self, background: Callable[[Coroutine[Any, Any, object]], None]) -> None:
        self._background = background
        self._listening: dict[str, Accept] = {}

    @asynccontextmanager
    async def listen(self, address: str, accept: Accept) -> AsyncIterator[str]:
        """Gives the address, with the port that `tcp:0` got. Raises EADDRINUSE."""
        if address == "tcp:0":
            port = next(port for port in range(FIRST_FREE, 61_000) if f"tcp:{port}" not in self._listening)
            address = f"tcp:{port}"
        if address in self._listening:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE), address)
        self._listening[address] = accept
        try:
            yield address
        finally:
            del self._listening[address]

    def local(self, port: int) -> Accept | None:
        """Who takes connections to a port of the loopback."""
        return self._listening.get(f"tcp:{port}")

    def connect(self, address: str) -> Duplex:
        """Raises ConnectionRefusedError."""
        if (accept := self._listening.get(address)) is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED), address)
        ours, theirs = pair()
        self._background(_taken(accept, theirs))
        return ours

    @property
    def addresses(self) -> Sequence[str]:
        return sorted(self._listening)


async def _taken(accept: Accept, end: Duplex) -> None:
    try:
        await accept(end)
    except ConnectionError:
        pass
    finally:
        await end.close()
