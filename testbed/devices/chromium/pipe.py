"""CDP over the browser's debugging pipe, under pyppeteer.

`--remote-debugging-pipe` makes Chromium read commands from descriptor 3 and write answers and events to 4, each message
a JSON object that ends in a NUL byte (Chromium, content/browser/devtools/devtools_pipe_handler.cc). There is no TCP
port that a page could try, and the browser ends when the pipe closes. pyppeteer only knows WebSockets and nested
sessions; this puts its Connection on the pipe, with flat sessions (`sessionId` beside `method`).
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from pyee import EventEmitter
from pyppeteer.connection import CDPSession, Connection
from pyppeteer.errors import NetworkError

Message = dict[str, Any]
Lost = Callable[[str, Exception | None], None]

log = logging.getLogger(__name__)


class PipeConnection(Connection):  # type: ignore[misc]  # pyppeteer carries no types
    """pyppeteer's Connection on a pair of pipe transports. `lost` is called once, with the reason, when the pipe ends;
    by then every call that was under way has failed with NetworkError. Its exception is the one that our own handling
    of a message raised, if that is the reason."""

    def __init__(self, *, lost: Lost) -> None:
        EventEmitter.__init__(self)  # not Connection's, which opens a WebSocket
        self._loop = asyncio.get_running_loop()
        self._url = "pipe:"
        self._lost = lost
        self._connected = False
        self._last_id = 0
        self._calls: dict[int, tuple[asyncio.Future[Any], str, str]] = {}
        self._sessions: dict[str, FlatSession] = {}
        self._closeCallback: Callable[[], None] | None = None
        self._out: asyncio.WriteTransport | None = None

    def attach(self, out: asyncio.WriteTransport) -> None:
        self._out = out
        self._connected = True

    def send(self, method: str, params: Message | None = None) -> Awaitable[Any]:
        return self.post(method, params, "")

    def post(self, method: str, params: Message | None, session: str) -> asyncio.Future[Any]:
        """Send a command; the future gives its result, or raises NetworkError."""
        answer: asyncio.Future[Any] = self._loop.create_future()
        # pyppeteer drops some of these futures: their errors are its own business, not the event loop's.
        answer.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        if self._out is None or not self._connected:
            answer.set_exception(NetworkError(f"{method}: the browser is gone"))
            return answer
        self._last_id += 1
        message: Message = {"id": self._last_id, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        self._calls[self._last_id] = (answer, method, session)
        self._out.write(msgspec.json.encode(message) + b"\0")
        return answer

    def receive(self, raw: bytes) -> None:
        """Take one message from the browser."""
        message = parse(raw)
        if "id" in message:
            self._settle(message)
            return
        method, params = message.get("method", ""), message.get("params", {})
        if method == "Target.detachedFromTarget":
            self._drop(params.get("sessionId", ""))
        if not (session := message.get("sessionId")):
            self.emit(method, params)
        elif (receiver := self._sessions.get(session)) is not None:
            receiver.deliver(method, params)

    def lose(self, why: str, cause: Exception | None = None) -> None:
        """The pipe is gone: fail what waits, close the sessions, tell the owner."""
        if not self._connected:
            return
        self._connected = False
        for answer, method, _ in list(self._calls.values()):
            if not answer.done():
                answer.set_exception(NetworkError(f"{method}: {why}"))
        self._calls.clear()
        for session in list(self._sessions):
            self._drop(session)
        if self._closeCallback is not None:
            self._closeCallback()
        self._lost(why, cause)

    async def dispose(self) -> None:
        if self._out is not None:
            self._out.close()
        self.lose("the connection was closed")

    async def createSession(self, targetInfo: Message) -> FlatSession:
        found = await self.send("Target.attachToTarget", {"targetId": targetInfo["targetId"], "flatten": True})
        return self.session(targetInfo["type"], found["sessionId"])

    def session(self, kind: str, session: str) -> FlatSession:
        made = FlatSession(self, kind, session, self._loop)
        self._sessions[session] = made
        return made

    def _settle(self, message: Message) -> None:
        answer, method, _ = self._calls.pop(message["id"], (None, "", ""))
        if answer is None or answer.done():
            return
        if (error := message.get("error")) is not None:
            answer.set_exception(NetworkError(f"{method}: {error.get('message')} {error.get('data', '')}".rstrip()))
        else:
            answer.set_result(message.get("result"))

    def _drop(self, session: str) -> None:
        closed = self._sessions.pop(session, None)
        if closed is None:
            return
        for key, (answer, method, owner) in list(self._calls.items()):
            if owner == session:
                del self._calls[key]
                if not answer.done():
                    answer.set_exception(NetworkError(f"{method}: the target was closed"))
        closed.close()


class FlatSession(CDPSession):  # type: ignore[misc]
    """pyppeteer's CDPSession, its messages on the connection itself instead of wrapped in the parent's. `events` is for
    listeners of ours: what one of them raises is a fault of ours, and ends the connection."""

    def __init__(self, connection: PipeConnection, kind: str, session: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(connection, kind, session, loop)
        self.events = EventEmitter()

    def deliver(self, method: str, params: Message) -> None:
        self.events.emit(method, params)
        try:
            self.emit(method, params)
        except Exception:  # pyppeteer 2.0.0 trips over events newer than itself; what it loses, nobody here uses
            log.debug("pyppeteer could not take %s", method, exc_info=True)

    def send(self, method: str, params: Message | None = None) -> Awaitable[Any]:
        try:
            pipe = self.connection
        except NetworkError as error:
            raise NetworkError(f"{method}: {error}") from None
        if method == "Target.setAutoAttach":
            params = {**(params or {}), "flatten": True}
        return pipe.post(method, params, self._sessionId)

    @property
    def open(self) -> bool:
        return self._connection is not None

    @property
    def connection(self) -> PipeConnection:
        """The connection that the session is on. Raises NetworkError once the target is closed."""
        if self._connection is None:
            raise NetworkError("the target was closed")
        return self._connection

    async def detach(self) -> None:
        if self._connection is not None:
            await self._connection.send("Target.detachFromTarget", {"sessionId": self._sessionId})

    def close(self) -> None:
        self._connection: PipeConnection | None = None

    def _createSession(self, targetType: str, sessionId: str) -> FlatSession:
        pipe = self._connection
        assert pipe is not None
        return pipe.session(targetType, sessionId)


class PipeReader(asyncio.Protocol):
    """Cuts the byte stream at NULs and hands each message on."""

    def __init__(self, connection: PipeConnection) -> None:
        self._connection = connection
        self._parts: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        *complete, rest = data.split(b"\0")
        for part in complete:
            raw = b"".join([*self._parts, part])
            self._parts.clear()
            try:
                self._connection.receive(raw)
            except Exception as error:  # noqa: BLE001 a fault of ours has to end the run, not a callback of the loop
                self._connection.lose(f"testbed could not take what the browser said: {error!r}", error)
        if rest:
            self._parts.append(rest)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.lose("the browser is gone")


def parse(raw: bytes) -> Message:
    """A CDP message. A page may log half a surrogate pair, which is JSON but not text: it becomes `?`."""
    try:
        message = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        whole = json.dumps(json.loads(raw), ensure_ascii=False).encode("utf-8", "replace")
        message = msgspec.json.decode(whole)
    assert isinstance(message, dict)
    return message
