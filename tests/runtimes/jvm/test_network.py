"""Where an app's requests come out."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from testbed.jail import Attempt
from testbed.runtimes.jvm import JvmRuntime
from testbed.virtual.apps import Bundle
from testbed.virtual.duplex import Duplex
from tests.runtimes.jvm.certificates import Certificates
from tests.runtimes.jvm.running import running, surroundings

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOST = "api.acme.example"


class Proxy:
    """Takes CONNECT and answers with TLS, as capture does; on a Duplex."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.asked: list[str] = []
        self._tls = tls

    async def __call__(self, client: Duplex) -> None:
        self.asked.append((await client.read()).decode().splitlines()[0])
        await client.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._tls.wrap_bio(into, out, server_side=True)
        while True:
            try:
                request = tls.read()
                break
            except ssl.SSLWantReadError:
                await self._exchange(client, into, out)
            except ssl.SSLError as error:
                self.asked.append(error.reason or "")
                return
        self.asked.append(request.decode().splitlines()[0])
        tls.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        await client.write(out.read())
        await client.close()

    async def _exchange(self, client: Duplex, into: ssl.MemoryBIO, out: ssl.MemoryBIO) -> None:
        if out.pending:
            await client.write(out.read())
        into.write(await client.read())


class Inlet:
    awake = True

    def __init__(self) -> None:
        self.meant: list[str] = []
        self.attempts: list[str] = []

    async def proxied(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise AssertionError("this device has no door")

    async def direct(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
        self.meant.append(f"{host}:{port}")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\naround")
        await writer.drain()

    def attempted(self, attempt: Attempt) -> None:
        self.attempts.append(str(attempt))


async def test_by_the_proxy_setting_to_the_devices_own_loopback(
    runtime: JvmRuntime, bundle: Bundle, certificates: Certificates
):
    """With the CA from the APK alone."""
    proxy = Proxy(certificates.server(HOST))
    around = surroundings(proxy="127.0.0.1:8888")
    async with running(runtime, bundle, around=around, local={8888: proxy}.get) as app:
        assert await app.do("get", f"https://{HOST}/v1?x=1") == "200 hello"
    assert proxy.asked == [f"CONNECT {HOST}:443 HTTP/1.1", "GET /v1?x=1 HTTP/1.1"]


async def test_a_server_of_another_authority_is_not_trusted(runtime: JvmRuntime, bundle: Bundle):
    proxy = Proxy(Certificates.make().server(HOST))
    around = surroundings(proxy="127.0.0.1:8888")
    async with running(runtime, bundle, around=around, local={8888: proxy}.get) as app:
        assert (await app.do("get", f"https://{HOST}/")).startswith("SSLHandshakeException")


async def test_the_proxy_setting_may_change_under_it(runtime: JvmRuntime, bundle: Bundle, certificates: Certificates):
    proxy, inlet = Proxy(certificates.server(HOST)), Inlet()
    async with runtime.around(inlet), running(runtime, bundle, local={8888: proxy}.get) as app:
        assert await app.do("get", f"http://{HOST}/") == "200 around"
        await app.process.surround(surroundings(proxy="127.0.0.1:8888"))
        assert await app.do("get", f"https://{HOST}/") == "200 hello"
        await app.process.surround(surroundings())
        assert await app.do("get", f"http://{HOST}/") == "200 around"
    assert inlet.meant == [f"{HOST}:80"] * 2
    assert inlet.attempts == [f"DNS {HOST}"] * len(inlet.attempts)


async def test_nobody_listens_on_the_loopback(runtime: JvmRuntime, bundle: Bundle):
    inlet = Inlet()
    async with runtime.around(inlet), running(runtime, bundle) as app:
        assert "SocketException" in await app.do("get", "http://127.0.0.1:7/")
    assert inlet.meant == []


async def test_offline_and_online_again(runtime: JvmRuntime, bundle: Bundle, certificates: Certificates):
    """It is told, and nothing is reached, not by the proxy either."""
    proxy, inlet = Proxy(certificates.server(HOST)), Inlet()
    online = surroundings(proxy="127.0.0.1:8888")
    offline = surroundings(proxy="127.0.0.1:8888", online=False)
    local = {8888: proxy}.get
    async with runtime.around(inlet), running(runtime, bundle, around=offline, local=local) as app:
        assert await app.do("network") == "false false"
        assert "Exception" in await app.do("get", f"https://{HOST}/")
        await app.do("listen")
        await app.process.surround(online)
        await app.until("I/network: available")
        assert await app.do("network") == "true true"
        assert await app.do("get", f"https://{HOST}/") == "200 hello"
        await app.process.surround(offline)
        await app.until("I/network: lost")
        assert await app.do("network") == "false false"
        assert "Exception" in await app.do("get", f"https://{HOST}/")
    assert (len(proxy.asked), inlet.meant, inlet.attempts) == (2, [], [])
