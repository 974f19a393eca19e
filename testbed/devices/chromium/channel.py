"""The driver's end of the harness channel, over CDP; the other end is harnesses/web/src/channel.js."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from testbed.devices.chromium.pipe import FlatSession

BINDING = "__testbedSend"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What a destination threw for a call."""

    plugin: str
    error: str
    stack: str = ""
    messageId: str = ""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The harness's answer. `settled` False: the SDK had not offered the call to every destination in time; `buffered`:
    the SDK is not up, so that its stub took the call; `gone`: the page went away before it answered."""

    id: int
    messageId: str | None = None
    settled: bool = True
    buffered: bool = False
    gone: bool = False
    delivery: tuple[Failure, ...] = ()
    late: tuple[Failure, ...] = ()
    value: msgspec.Raw = msgspec.Raw(b"null")


class HarnessError(Exception):
    """The harness could not do what it was asked to; the text says why."""


class _Refusal(msgspec.Struct, frozen=True):
    message: str
    stack: str = ""


class Said(msgspec.Struct, frozen=True):
    """Anything the harness says: an answer has an `id` and no `event`. Of the events, `ready` is said by every new
    document that carries it, `beacon` for each request of a page that is being left, `late` with what destinations had
    thrown when a page was left, `looked` when code read a `signal` of automation, with its stack."""

    id: int = 0
    ok: bool = False
    event: str = ""
    error: _Refusal | None = None
    messageId: str | None = None
    late: tuple[Failure, ...] = ()
    signal: str = ""
    stack: str = ""


class Channel:
    """Requests and answers of one page. `on_event` is told what the harness says unasked."""

    def __init__(self, session: FlatSession, *, on_event: Callable[[Said], None]) -> None:
        self._session = session
        self._on_event = on_event
        self._last_id = 0
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._message_ids: dict[int, str] = {}
        session.events.on("Runtime.bindingCalled", self._receive)
        session.events.on("Runtime.executionContextsCleared", lambda _: self._leave())

    async def ask(self, do: str, *, within_s: float, **fields: Any) -> Reply:
        """Have the harness do something. Raises HarnessError when it refuses, TimeoutError when the page does not
        answer within `within_s`; a page that navigates away meanwhile gives a Reply with `gone`."""
        self._last_id += 1
        number = self._last_id
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(within_s):
                _accepted(await self._send({"id": number, "do": do, **fields}))
                return await answer
        finally:
            self._waiting.pop(number, None)
            self._message_ids.pop(number, None)

    def tell(self, do: str, **fields: Any) -> None:
        """Let the harness know something, without an answer."""
        self._send({"id": 0, "do": do, **fields})

    def _send(self, message: dict[str, Any]) -> Awaitable[dict[str, Any]]:
        line = msgspec.json.encode(message).decode()
        sent: Awaitable[dict[str, Any]] = self._session.send(
            "Runtime.evaluate", {"expression": f"__testbed.take({line})"}
        )
        return sent

    def _receive(self, event: dict[str, Any]) -> None:
        if event.get("name") != BINDING:
            return
        raw = event.get("payload", "").encode()
        try:
            message = msgspec.json.decode(raw, type=Said)
        except msgspec.DecodeError:
            return  # the page's own script called the binding: not the harness's voice
        match message:
            case Said(event="called", id=number, messageId=str(message_id)) if number in self._waiting:
                self._message_ids[number] = message_id
            case Said(event="", id=number) if (answer := self._waiting.get(number)) and not answer.done():
                _settle(answer, message, raw)
            case Said() if message.event:
                self._on_event(message)

    def _leave(self) -> None:
        for number, answer in self._waiting.items():
            if not answer.done():
                answer.set_result(Reply(id=number, messageId=self._message_ids.get(number), gone=True))


def _accepted(result: dict[str, Any]) -> None:
    if (details := result.get("exceptionDetails")) is not None:
        thrown = details.get("exception", {}).get("description", details.get("text", ""))
        raise HarnessError(f"the page carries no harness: {thrown.partition(chr(10))[0]}")


def _settle(answer: asyncio.Future[Reply], message: Said, raw: bytes) -> None:
    if message.error is not None:
        answer.set_exception(HarnessError(message.error.message))
        return
    try:
        answer.set_result(msgspec.json.decode(raw, type=Reply))
    except msgspec.ValidationError as error:
        answer.set_exception(HarnessError(f"the harness answered out of shape: {error}"))
