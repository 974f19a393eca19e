"""The channel to the harness app: newline-delimited JSON over a forwarded port, one question at a time.

`{"id": 2, "do": "track", ...}` is answered with `{"id": 2, "ok": true, ...}`, with `na` and a reason, or with `error`;
what has no id is an event that the app tells unasked. harnesses/android documents both.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Literal

import msgspec

from testbed.devices.api import Health, Unobserved
from testbed.errors import DeviceFault

HOST = "127.0.0.1"
LINE_LIMIT = 16 * 1024 * 1024

AGAIN_AFTER_S = 0.05
"""Between two attempts to reach an app that does not listen yet: adb tells by closing the connection."""


class Lost(Exception):
    """The app is gone: its end of the channel was closed."""


class Failure(msgspec.Struct, frozen=True, kw_only=True, rename={"by_plugin": "byPlugin"}):
    """What was thrown while a call was made."""

    message: str
    type: str = ""
    stack: str = ""
    by_plugin: bool = False


class Reply(msgspec.Struct, frozen=True, kw_only=True, rename={"message_id": "messageId"}):
    """An answer. Which fields are there depends on what was asked: see harnesses/android."""

    id: int
    ok: bool = False
    na: str = ""
    reason: str = ""
    error: Failure | None = None
    message_id: str | None = None
    health: Health | None = None
    found: bool = False
    value: Any = None
    problem: str = ""
    next_ms: float | None = None
    busy: tuple[str, ...] = ()
    unobserved: tuple[Unobserved, ...] = ()
    virtual: bool = False


class Told(msgspec.Struct, frozen=True, kw_only=True, rename={"by_plugin": "byPlugin"}):
    """What the app tells unasked: an uncaught exception, a main thread that was blocked for `ms` by `what` (a hang, or
    input and output), or a line of its log."""

    event: Literal["exception", "blocked", "log"]
    message: str = ""
    type: str = ""
    stack: str = ""
    thread: str = ""
    by_plugin: bool = False
    ms: float = 0.0
    what: str = ""
    level: Literal["debug", "info", "warning", "error"] = "info"
    text: str = ""


class _Known(msgspec.Struct):
    id: int | None = None


class Channel(asyncio.Protocol):
    """Made by `opened`. `ask` raises Lost once the app is gone, TimeoutError when it does not answer in time."""

    def __init__(self, on_event: Callable[[Told], None]) -> None:
        self.lost = asyncio.Event()
        self._on_event = on_event
        self._transport: asyncio.WriteTransport | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._rest = bytearray()

    async def ask(self, do: str, *, within_s: float, **fields: Any) -> Reply:
        if self.lost.is_set() or self._transport is None:
            raise Lost
        number = next(self._numbers)
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            self._transport.write(msgspec.json.encode({"id": number, "do": do, **fields}) + b"\n")
            async with asyncio.timeout(within_s):
                return await waiting
        finally:
            del self._waiting[number]

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._take(bytes(line))
        if len(self._rest) > LINE_LIMIT:
            self._fail(DeviceFault(f"the harness app said a line of more than {LINE_LIMIT >> 20} MiB"))
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        self._fail(Lost())

    def _take(self, line: bytes) -> None:
        try:
            number = msgspec.json.decode(line, type=_Known).id
            if number is None:
                self._on_event(msgspec.json.decode(line, type=Told))
            elif (waiting := self._waiting.get(number)) is not None and not waiting.done():
                waiting.set_result(msgspec.json.decode(line, type=Reply))
        except msgspec.DecodeError as error:
            self._fail(DeviceFault(f"the harness app said what nobody understands: {error}: {line[:200]!r}"))

    def _fail(self, error: Exception) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(error)


@asynccontextmanager
async def opened(
    port: int, on_event: Callable[[Told], None], *, within_s: float, gone: Callable[[], bool] = lambda: False
) -> AsyncIterator[Channel]:
    """The channel to the app behind a forwarded `port`, once it answers. Raises Lost where it does not in time, or is
    known to be gone."""
    channel = await _answering(port, on_event, within_s, gone)
    try:
        yield channel
    finally:
        channel.close()


async def _answering(port: int, on_event: Callable[[Told], None], within_s: float, gone: Callable[[], bool]) -> Channel:
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while (left_s := until - loop.time()) > 0 and not gone():
        _, channel = await loop.create_connection(partial(Channel, on_event), HOST, port)
        try:
            await channel.ask("pending", within_s=left_s)
            return channel
        except (Lost, TimeoutError):
            channel.close()
            await asyncio.sleep(AGAIN_AFTER_S)
        except BaseException:
            channel.close()
            raise
    raise Lost
