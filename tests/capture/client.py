"""A plain client that goes through a proxy, and the simplest answerer."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress

import msgspec

from testbed.capture import Answer, Disposition
from testbed.devices.api import Proxy
from testbed.http import Request, Response


async def say_ok(_: Request) -> Answer:
    return Answer(disposition=Disposition.STUB, response=Response.text("ok"))


class Client(msgspec.Struct):
    """One connection through a proxy, by hand: what goes over the wire is what the test says."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def plain(cls, proxy: Proxy) -> Client:
        return cls(*await asyncio.open_connection(proxy.host, proxy.port))

    @classmethod
    async def tunnel(cls, proxy: Proxy, host: str, port: int = 443) -> Client:
        """A CONNECT to host:port, without TLS in it."""
        client = await cls.plain(proxy)
        status, _ = await client.send(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        assert status == 200
        return client

    @classmethod
    async def secure(cls, proxy: Proxy, host: str) -> Client:
        """A tunnel with TLS in it, checked against the run's CA."""
        client = await cls.tunnel(proxy, host)
        trust = ssl.create_default_context(cadata=proxy.ca_pem.decode())
        await client.writer.start_tls(trust, server_hostname=host)
        return client

    async def distrust(self, host: str, *, says_why: bool) -> None:
        """A handshake that ends because the CA is unknown: with the alert of RFC 8446, or without a word."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=host)
        with suppress(ssl.SSLCertVerificationError):
            while True:
                try:
                    tls.do_handshake()
                    raise AssertionError("the client trusts the run's CA")
                except ssl.SSLWantReadError:
                    self.writer.write(outgoing.read())
                    incoming.write(await self.reader.read(65536))
        if says_why:
            self.writer.write(outgoing.read())
        self.writer.close()

    async def post(self, host: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n\r\n"
        return await self.send(head.encode() + body)

    async def send(self, data: bytes) -> tuple[int, bytes]:
        """Write, then read one response: its status and body. Status 0: the connection was cut."""
        self.writer.write(data)
        try:
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return 0, b""
        length = next(
            (int(line.partition(":")[2]) for line in head.split("\r\n") if line.startswith("content-length")), 0
        )
        return int(head.split()[1]), await self.reader.readexactly(length)
