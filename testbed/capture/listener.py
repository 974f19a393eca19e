"""A listener: the proxy of one run. What comes in here is the run's, whatever it says of itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
from mitmproxy import http as mitm

from testbed.capture.activity import Activity
from testbed.capture.convert import to_mitmproxy, to_request, to_response
from testbed.capture.egress import deny_reason, resolve_public
from testbed.capture.engine import client_id, meant_by
from testbed.capture.flow import Answer, Disposition, Flow, Note
from testbed.capture.spool import Spool
from testbed.devices.api import Proxy
from testbed.http import Request, Response, header
from testbed.jail import Attempt

Answerer = Callable[[Request], Awaitable[Answer]]
Alarm = Callable[[str, BaseException | None], None]

MOST_ATTEMPTS = 1_000
"""So many different attempts of one run are told of."""


class Listener:
    """Flows in order of arrival, and the state of the wire (it is a devices.api.Traffic).

    `handle` is what the engine calls; whatever goes wrong inside it goes to `alarm`, and the exchange is cut. `proxy`
    is there once its door is open. It is `awake` once a run is behind it, and not while an app is only made ready."""

    proxy: Proxy

    def __init__(self, run: str, answer: Answerer, alarm: Alarm) -> None:
        self.awake = True
        self.notes: list[Note] = []
        self._run = run
        self._answer = answer
        self._alarm = alarm
        self._activity = Activity()
        self._open: dict[str, _Exchange] = {}
        self._done = Spool()
        self._arrived = 0
        self._live: set[tuple[str, str]] = set()
        self._tunnels: dict[str, tuple[str, int]] = {}
        self._direct: set[str] = set()
        self._attempts: set[Attempt] = set()
        self._silent: dict[str, tuple[str, int]] = {}

    @property
    def flows(self) -> list[Flow]:
        """All finished exchanges, in order of arrival."""
        return sorted(map(self._of_the_run, self._done.flows()), key=lambda flow: flow.sequence)

    @property
    def in_flight(self) -> int:
        return self._activity.in_flight

    @property
    def count(self) -> int:
        return self._activity.count

    async def quiet(self, *, still_ms: float, within_s: float) -> bool:
        return await self._activity.quiet(still_ms=still_ms, within_s=within_s)

    async def wait_for(self, matches: Callable[[Flow], bool]) -> Flow:
        """The first flow that matches, now or when it comes. Unbounded: bound it with asyncio.timeout."""
        looked_at = 0
        while True:
            for flow in self._done.flows(looked_at):
                looked_at += 1
                if matches(flow):
                    return self._of_the_run(flow)
            await self._activity.change()

    def hand_over(self, run: str) -> None:
        """All that came in is `run`'s from now on. What still waits for its answer waited for the run: it counts as
        begun with it."""
        self.awake = True
        self._run = run
        for exchange in self._open.values():
            exchange.started, exchange.clock = time.time(), time.monotonic()

    def _of_the_run(self, flow: Flow) -> Flow:
        return msgspec.structs.replace(flow, id=f"{self._run}.{flow.sequence}", run=self._run)

    def cut(self) -> None:
        """End what is still under way: nobody waits for it any more. What was asked by then was asked: it is a flow
        with the answer that it would have had. A request that has not come in full is a note."""
        for exchange in list(self._open.values()):
            answered = exchange.answer.response if exchange.answer else None
            self._finish(exchange, answered, error="the run ended before the answer")
        for host, port in self._silent.values():
            self.notes.append(Note(kind="connected", host=host, detail=f"{host}:{port}"))
        self._silent.clear()

    def attempted(self, attempt: Attempt) -> None:
        """Something that a jail let nowhere: a note, once for each kind and place."""
        if attempt in self._attempts or len(self._attempts) > MOST_ATTEMPTS:
            return
        self._attempts.add(attempt)
        kind: Literal["looked-up", "refused"] = "looked-up" if attempt.protocol == "DNS" else "refused"
        detail = str(attempt) if len(self._attempts) <= MOST_ATTEMPTS else "and more than can be told"
        self.notes.append(Note(kind=kind, host=attempt.host, detail=detail))

    async def handle(self, hook: str, data: Any) -> None:
        """One of the engine's hooks. Those that are not ours to act on are passed over."""
        act = getattr(self, f"_on_{hook}", None)
        if act is None:
            return
        try:
            await act(data)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the evidence now has a hole: the run must end
            self._alarm(f"while handling {hook}", error)
            if isinstance(data, mitm.HTTPFlow) and data.killable:
                data.kill()  # type: ignore[no-untyped-call]

    # A client connection, its tunnel and its TLS.

    async def _on_client_connected(self, client: Any) -> None:
        if (meant := meant_by(client)) is not None:
            self._direct.add(client.id)
            self._tunnels[client.id] = self._silent[client.id] = meant
            self._activity.touch()

    async def _on_tls_clienthello(self, data: Any) -> None:
        self._activity.begin(f"tls {client_id(data)}", request=False)

    async def _on_http_connect(self, flow: mitm.HTTPFlow) -> None:
        self._tunnels[flow.client_conn.id] = (flow.request.host, flow.request.port)
        self._activity.begin(f"tls {flow.client_conn.id}", request=False)

    async def _on_tls_established_client(self, data: Any) -> None:
        self._activity.end(f"tls {client_id(data)}")
        if (tunnel := self._tunnels.get(client_id(data))) is not None:
            self._silent[client_id(data)] = tunnel

    async def _on_tls_failed_client(self, data: Any) -> None:
        self._activity.end(f"tls {client_id(data)}")
        host, port = self._tunnels.get(client_id(data), ("?", 0))
        # Some that do not like the certificate say so in an alert (RFC 8446, 6), others just leave (Python's ssl).
        left = data.conn.error is None or data.conn.error.startswith(("The client disconnected", "connection closed"))
        detail = f"{host}:{port}" if left else f"{host}:{port}: {data.conn.error}"
        self.notes.append(Note(kind="tls-abandoned" if left else "tls-refused", host=host, detail=detail))

    async def _on_client_disconnected(self, client: Any) -> None:
        self._activity.end(f"tls {client.id}")
        self._tunnels.pop(client.id, None)
        self._live = {(connection, host) for connection, host in self._live if connection != client.id}
        for exchange in [e for e in self._open.values() if e.connection == client.id]:
            answered = exchange.answer.response if exchange.answer else None
            self._finish(exchange, answered, error="the client left before the answer")
        self._direct.discard(client.id)

    # One HTTP exchange.

    async def _on_requestheaders(self, flow: mitm.HTTPFlow) -> None:
        self._activity.end(f"tls {flow.client_conn.id}")
        self._silent.pop(flow.client_conn.id, None)
        self._arrived += 1
        self._open[flow.id] = _Exchange(
            id=flow.id,
            connection=flow.client_conn.id,
            sequence=self._arrived,
            host=flow.request.host,
            title=f"{flow.request.method} {flow.request.url}",
        )
        self._activity.begin(flow.id)

    async def _on_request(self, flow: mitm.HTTPFlow) -> None:
        exchange = self._open.get(flow.id)
        if exchange is None:  # the run was over before all of it had come
            flow.kill()  # type: ignore[no-untyped-call]
            return
        exchange.request = to_request(flow.request)
        exchange.answer = answer = await self._decide(exchange.request)
        if answer.delay_ms:
            await asyncio.sleep(answer.delay_ms / 1000)
        if answer.response is not None:
            flow.response = to_mitmproxy(answer.response, flow.request)
        elif answer.disposition is Disposition.LIVE:
            self._live.add((flow.client_conn.id, flow.request.host))
        else:
            flow.kill()  # type: ignore[no-untyped-call]

    async def _on_response(self, flow: mitm.HTTPFlow) -> None:
        assert flow.response is not None
        if (exchange := self._open.get(flow.id)) is not None:
            self._finish(exchange, to_response(flow.response))

    async def _on_error(self, flow: mitm.HTTPFlow) -> None:
        exchange = self._open.get(flow.id)
        if exchange is None:
            return
        answer = exchange.answer
        cut = answer is not None and answer.response is None and answer.disposition is not Disposition.LIVE
        message = flow.error.msg if flow.error else "aborted"
        self._finish(exchange, answer.response if answer else None, error="" if cut else message)

    async def _decide(self, request: Request) -> Answer:
        """The answer, except that LIVE lets through neither a forbidden address nor a WebSocket, whose messages nothing
        here could judge."""
        answer = await self._answer(request)
        if answer.disposition is not Disposition.LIVE:
            return answer
        reason = deny_reason(request.host, request.port)
        if reason is None and (header(request.headers, "upgrade") or "").lower() == "websocket":
            reason = "a WebSocket, whose messages cannot be judged"
        return (
            answer
            if reason is None
            else Answer(disposition=Disposition.DENIED, response=Response(status=403), reason=reason)
        )

    # What would leave this machine.

    async def _on_server_connect(self, data: Any) -> None:
        """Nothing goes upstream unless a LIVE answer let it, and then only to an address that was checked."""
        host, port = data.server.address
        if (data.client.id, host) not in self._live:
            data.server.error = f"{host}:{port} was never let through"
            return
        try:
            address = await resolve_public(host, port)
        except OSError as error:
            data.server.error = str(error)
            return
        if data.server.sni is None:
            data.server.sni = host
        data.server.address = (address, port)

    async def _on_tcp_start(self, flow: Any) -> None:
        """Not HTTP: nothing here can read it and nothing may answer it. Recorded as the CONNECT that it came by."""
        host, port = self._tunnels.get(flow.client_conn.id, flow.server_conn.address or ("?", 0))
        reason = deny_reason(host, port)
        self._arrived += 1
        self._silent.pop(flow.client_conn.id, None)
        exchange = _Exchange(
            id=flow.id, connection=flow.client_conn.id, sequence=self._arrived, host=host, title=f"{host}:{port}"
        )
        exchange.request = Request(method="CONNECT", scheme="tcp", host=host, port=port, path="")
        disposition = Disposition.UNDECLARED if reason is None else Disposition.DENIED
        exchange.answer = Answer(disposition=disposition, reason=reason or "raw TCP, which cannot be judged")
        self._activity.begin(exchange.id)
        self._finish(exchange, None)
        flow.kill()

    def _finish(self, exchange: _Exchange, response: Response | None, *, error: str = "") -> None:
        self._open.pop(exchange.id, None)
        if exchange.request is None:
            self.notes.append(Note(kind="aborted", host=exchange.host, detail=exchange.title))
        else:
            self._record(exchange, exchange.request, response, error)
        self._activity.end(exchange.id)

    def _record(self, exchange: _Exchange, request: Request, response: Response | None, error: str) -> None:
        answer = exchange.answer
        self._done.add(
            Flow(
                id=f"{self._run}.{exchange.sequence}",
                run=self._run,
                sequence=exchange.sequence,
                connection=exchange.connection,
                started=exchange.started,
                duration_ms=round((time.monotonic() - exchange.clock) * 1000, 3),
                request=request,
                response=response,
                around=exchange.connection in self._direct,
                disposition=answer.disposition if answer else Disposition.BROKEN,
                reason=answer.reason if answer else "the client left before it was answered",
                error=error,
            )
        )


class _Exchange(msgspec.Struct, kw_only=True):
    """An exchange under way. `request` is there once all of it has come."""

    id: str
    connection: str
    sequence: int
    host: str
    title: str
    started: float = msgspec.field(default_factory=time.time)
    clock: float = msgspec.field(default_factory=time.monotonic)
    request: Request | None = None
    answer: Answer | None = None
