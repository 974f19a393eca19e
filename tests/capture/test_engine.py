"""The end of a connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mitmproxy.proxy.events import ConnectionClosed, Event, Start

from testbed.capture.engine import Connection, Engine


class Deaf:
    """A protocol that has nothing to say to a client that leaves, as mitmproxy's HTTP/2 at times."""

    def __init__(self) -> None:
        self.started, self.left = asyncio.Event(), asyncio.Event()

    def handle_event(self, event: Event) -> Iterator[Any]:
        {Start: self.started, ConnectionClosed: self.left}[type(event)].set()
        yield from ()


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[tuple[Connection, Deaf, socket.socket]]:
    """A connection that nobody ends but `cut`, and its client."""

    async def handle(hook: str, data: object) -> None:
        pass

    ours, theirs = socket.socketpair()
    with theirs:
        connection = Engine(folder).connection(*await asyncio.open_unix_connection(sock=ours), handle)
        connection.client.peername = connection.client.sockname = ("127.0.0.1", 1)
        deaf = connection.layer = Deaf()  # type: ignore[assignment]
        yield connection, deaf, theirs


@pytest.mark.parametrize("first", ["the client", "we"])
async def test_a_client_that_closed_its_half_is_waited_for_until_it_is_cut(tmp_path: Path, first: str):
    async with connected(tmp_path) as (connection, deaf, client), asyncio.timeout(5), asyncio.TaskGroup() as group:
        served = group.create_task(connection.serve())
        await deaf.started.wait()
        if first == "the client":
            client.shutdown(socket.SHUT_WR)
            await deaf.left.wait()
            assert not served.done()
        connection.cut()
