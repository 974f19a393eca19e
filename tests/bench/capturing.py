"""Capture under load: what it takes of a connection's rate, and what it keeps of what went through."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from testbed.capture import Capture
from testbed.capture.authority import Authority
from testbed.devices.api import Proxy
from tests.bench.figure import Figure
from tests.capture.client import Client, say_ok
from tests.vitals import vitals

HOST = "api.acme.example"
BODY = b'{"event":"Order Completed","properties":{"revenue":25}}'
CONNECTIONS = 4
IN_A_RUN = 1_000
"""Flows of one listener: a fleet that is up for long has many runs, and none of them this large."""

STEP = 10_000
FRESH = 100
"""TLS connections in one sample."""

Connect = Callable[[], Awaitable[Client]]


async def capturing(flows: int, order: random.Random) -> list[Figure]:
    """Rates in flows a second, against a server without a proxy; and memory in MB at each STEP, against the first.
    `flows` is a multiple of STEP."""
    rates: dict[str, tuple[list[float], list[float]]] = {"kept": ([], []), "fresh": ([], [])}
    memory: list[float] = []
    async with Capture() as capture, _server() as direct:
        for done in range(IN_A_RUN, flows + 1, IN_A_RUN):
            async with capture.listen("bench", say_ok) as listener:
                proxied = _through(listener.proxy)
                for side in order.sample((0, 1), 2):
                    rates["kept"][side].append(await _kept(IN_A_RUN, (proxied, direct)[side]))
                assert len(listener.flows) == IN_A_RUN
            if done % STEP == 0:
                memory.append(vitals([os.getpid()]).rss / 1e6)
                async with capture.listen("bench", say_ok) as listener:
                    proxied = _through(listener.proxy)
                    for side in order.sample((0, 1), 2):
                        rates["fresh"][side].append(await _fresh(FRESH, (proxied, direct)[side]))
                print(f"  {done} flows, {memory[-1]:.0f} MB", file=sys.stderr, flush=True)  # noqa: T201
    no_proxy = "the same without a proxy"
    return [
        Figure(
            what="capture, keep-alive",
            against=no_proxy,
            unit="flows/s",
            ours=rates["kept"][0],
            theirs=rates["kept"][1],
            note=f"{CONNECTIONS} connections, {IN_A_RUN} flows a sample",
        ),
        Figure(
            what="capture, fresh TLS",
            against=no_proxy,
            unit="flows/s",
            ours=rates["fresh"][0],
            theirs=rates["fresh"][1],
            note=f"a connection each, {FRESH} flows a sample",
        ),
        Figure(
            what="capture, memory",
            against=f"at {STEP} flows",
            unit="MB",
            ours=memory,
            theirs=memory[:1] * len(memory),
            note=f"RSS at each {STEP} flows, the load's own included: {', '.join(f'{each:.0f}' for each in memory)}",
        ),
    ]


async def _kept(count: int, connect: Connect) -> float:
    """Requests a second over CONNECTIONS connections that stay open."""
    clients = [await connect() for _ in range(CONNECTIONS)]
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(_posts(client, count // CONNECTIONS))
    took = time.perf_counter() - started
    for client in clients:
        client.writer.close()
    return count / took


async def _fresh(count: int, connect: Connect) -> float:
    """Requests a second with a TLS connection for each, CONNECTIONS at once."""

    async def some() -> None:
        for _ in range(count // CONNECTIONS):
            client = await connect()
            await _posts(client, 1)
            client.writer.close()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(some())
    return count / (time.perf_counter() - started)


async def _posts(client: Client, count: int) -> None:
    for _ in range(count):
        status, _ = await client.post(HOST, "/v1/track", BODY)
        assert status == 200


def _through(proxy: Proxy) -> Connect:
    async def connect() -> Client:
        return await Client.secure(proxy, HOST)

    return connect


@asynccontextmanager
async def _server() -> AsyncIterator[Connect]:
    """A server that answers as capture does, over TLS as well, and looks at nothing."""
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, ssl=_certified())
    port = server.sockets[0].getsockname()[1]
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE  # the CA's own certificate is no server's

    async def connect() -> Client:
        return Client(*await asyncio.open_connection("127.0.0.1", port, ssl=trust))

    async with server:
        yield connect


def _certified() -> ssl.SSLContext:
    with tempfile.TemporaryDirectory() as folder:
        Authority.make().write_to(Path(folder))
        (pem,) = Path(folder).iterdir()  # key and certificate
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pem)
    return context


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
