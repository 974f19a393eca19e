"""The control API: what a fleet can be asked over its unix socket.

GET /status; POST /run (a RunRequest as one line of JSON, and after it the zip; NDJSON events as the answer, the run
ends when the client leaves); POST /down.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from testbed import events
from testbed.fleet.backlog import Backlog
from testbed.fleet.fleet import Fleet
from testbed.fleet.model import FleetInfo, FleetStatus, RunRequest

MAX_BODY = 512 * 1024 * 1024
"""More than this is refused before all of it is read: no plugin is that large."""


def control_app(fleet: Fleet, info: FleetInfo, stop: Callable[[], None]) -> Starlette:
    """The ASGI application. `stop` begins the fleet's shutdown."""

    async def status(_: Request) -> Response:
        return _json(FleetStatus(fleet=info, devices=fleet.devices, tools=fleet.tools))

    async def down(_: Request) -> Response:
        stop()
        return _json({"ok": True})

    return Starlette(
        routes=[
            Route("/status", status),
            Route("/down", down, methods=["POST"]),
            Route("/run", _Run(fleet), methods=["POST"]),
        ]
    )


class _Run:
    """POST /run as plain ASGI, since the run and the client's leaving must be awaited side by side."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            head, _, zipped = (await _body(request)).partition(b"\n")
            asked = msgspec.json.decode(head, type=RunRequest)
        except (msgspec.DecodeError, ValueError) as error:
            await Response(str(error), status_code=400)(scope, receive, send)
            return
        except ClientDisconnect:
            return
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/x-ndjson")]}
        )
        with Backlog() as lines:
            await self._stream(zipped, asked, lines, receive, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stream(self, zipped: bytes, asked: RunRequest, lines: Backlog, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self._run(zipped, asked, lines))
            leaving = group.create_task(_left(receive))
            leaving.add_done_callback(lambda _: running.cancel())
            async for line in lines:
                await send({"type": "http.response.body", "body": line, "more_body": True})
            leaving.cancel()

    async def _run(self, zipped: bytes, asked: RunRequest, lines: Backlog) -> None:
        try:
            await self._fleet.run(zipped, asked, lambda event: lines.put(events.encode(event)))
        finally:
            lines.end()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            raise ValueError(f"the request is larger than {MAX_BODY} bytes")
    return bytes(body)


def _json(value: object) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")
