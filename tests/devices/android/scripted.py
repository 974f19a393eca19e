"""A harness app that does as a test says: the other end of the channel, over whatever carries it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from testbed.virtual.duplex import Duplex

Answer = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]

READY = {"installed": True, "ready": True}
USUAL: Mapping[str, Answer] = {
    "pending": {"next_ms": None, "virtual": True},
    "health": {"health": READY},
}


class ScriptedApp:
    """Answers each question from `answers`, by its `do`: fields, or a function of the question. Others are `ok`.
    `asked` lists them. `tell` says something unasked, `end` closes the channel as a process that ends does."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = {**USUAL, **answers}
        self.asked: list[dict[str, Any]] = []
        self.dying: Callable[[], Awaitable[None]] = self.end
        """What happens once an answer says that the app dies over the question."""
        self._channel: Duplex | None = None

    def done(self) -> list[str]:
        """What was asked for, polling aside."""
        return [each["do"] for each in self.asked if each["do"] not in {"pending", "health"}]

    async def serve(self, channel: Duplex) -> None:
        """Take one connection."""
        self._channel = channel
        rest = b""
        while data := await channel.read():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                await self._answer(channel, msgspec.json.decode(line))

    async def tell(self, event: str, **fields: Any) -> None:
        assert self._channel is not None
        await self._channel.write(msgspec.json.encode({"event": event, **fields}) + b"\n")

    async def end(self) -> None:
        assert self._channel is not None
        await self._channel.close()

    async def _answer(self, channel: Duplex, asked: dict[str, Any]) -> None:
        self.asked.append(asked)
        answer = self.answers.get(asked["do"], {})
        fields = answer(asked) if callable(answer) else answer
        if fields.get("dies"):
            await self.dying()
            return
        await channel.write(msgspec.json.encode({"id": asked["id"], "ok": True, **fields}) + b"\n")


class Connection:
    """virtual.duplex.Duplex of an asyncio stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, limit: int = 65_536) -> bytes:
        return await self._reader.read(limit)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
