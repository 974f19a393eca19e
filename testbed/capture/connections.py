"""The client connections of one listener (a jail.Inlet): taken in, served, and cut at its end."""

from __future__ import annotations

import asyncio

from testbed.capture.engine import Connection, Engine
from testbed.capture.listener import Listener
from testbed.jail import Attempt


class Connections:
    """What arrives after `cut` is cut at once."""

    def __init__(self, engine: Engine, listener: Listener) -> None:
        self._engine = engine
        self._listener = listener
        self._open: dict[asyncio.Task[None], Connection] = {}
        self._over = False

    @property
    def awake(self) -> bool:
        return self._listener.awake

    async def proxied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve(reader, writer, None)

    async def direct(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        await self._serve(reader, writer, (host, port))

    def attempted(self, attempt: Attempt) -> None:
        self._listener.attempted(attempt)

    async def cut(self) -> None:
        self._over = True
        for connection in self._open.values():
            connection.cut()
        if self._open:
            await asyncio.wait(list(self._open))

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, meant: tuple[str, int] | None
    ) -> None:
        if self._over:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = self._engine.connection(reader, writer, self._listener.handle, meant=meant)
        try:
            await self._open[task].serve()
        finally:
            del self._open[task]
