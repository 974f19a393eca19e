"""Real clients through the real proxy: what is recorded, what is refused, and what ends the run."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from testbed.capture import Answer, Capture, Disposition, Listener, Note
from testbed.errors import CaptureFault
from testbed.http import Request, Response
from testbed.jail import Attempt, Inlet
from tests.capture.client import Client, say_ok


async def test_a_request_over_tls_is_answered_and_recorded(capture: Capture):
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.secure(listener.proxy, "api.acme.example")
        assert await client.post("api.acme.example", "/v1/track?x=1", b'{"event":"A"}') == (200, b"ok")
        (flow,) = listener.flows
    assert flow.request.url == "https://api.acme.example/v1/track?x=1"
    assert (flow.run, flow.sequence, flow.request.body) == ("r1", 1, b'{"event":"A"}')
    assert (flow.disposition, flow.error) == (Disposition.STUB, "")
    assert flow.response is not None
    assert flow.response.body == b"ok"


async def test_what_is_under_way_at_the_end_is_a_flow_too(capture: Capture):
    asked, never = asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Answer:
        asked.set()
        return Answer(disposition=Disposition.STUB, response=Response.text("late"), delay_ms=60_000)

    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST http://a.example/half HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\nsome")
        await never.wait()

    async with capture.listen("r1", slow) as listener, asyncio.TaskGroup() as group:
        client = await Client.plain(listener.proxy)
        posting = group.create_task(client.post("a.example", "http://a.example/slow", b"said"))
        await asyncio.wait_for(asked.wait(), 5)
        other = await Client.plain(listener.proxy)
        sending = group.create_task(half(other.writer))
        async with asyncio.timeout(5):
            while listener.count < 2:
                await listener.quiet(still_ms=1, within_s=0.05)
        listener.cut()
        posting.cancel()
        sending.cancel()
    (flow,) = listener.flows
    assert (flow.request.body, flow.error) == (b"said", "the run ended before the answer")
    assert flow.response is not None
    assert [(note.kind, note.detail) for note in listener.notes] == [("aborted", "POST http://a.example/half")]
    assert capture.fault is None


async def test_a_connection_that_asks_for_nothing_is_a_note(capture: Capture):
    async with capture.listen("r1", say_ok) as listener:
        silent = await Client.secure(listener.proxy, "a.example")
        asking = await Client.secure(listener.proxy, "b.example")
        assert await asking.post("b.example", "/") == (200, b"ok")
        silent.writer.close()
        listener.cut()
    assert [(note.kind, note.detail) for note in listener.notes] == [("connected", "a.example:443")]


async def test_plain_http_is_recorded_as_such(capture: Capture):
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.plain(listener.proxy)
        assert await client.post("a.example", "http://a.example/x") == (200, b"ok")
    assert [f.request.url for f in listener.flows] == ["http://a.example/x"]


async def test_1000_numbered_requests_on_10_listeners_arrive_once_each_and_in_order(capture: Capture):
    async def ten_times_ten(run: str) -> list[str]:
        async with capture.listen(run, say_ok) as listener:

            async def one(connection: int) -> None:
                client = await Client.secure(listener.proxy, f"c{connection}.example")
                for n in range(10):
                    assert await client.post(f"c{connection}.example", f"/{run}/{n}") == (200, b"ok")
                client.writer.close()

            async with asyncio.TaskGroup() as group:
                for connection in range(10):
                    group.create_task(one(connection))
        return [f"{f.connection} {f.request.host}{f.request.path}" for f in listener.flows]

    seen = await asyncio.gather(*(ten_times_ten(f"r{n}") for n in range(10)))
    for run, lines in enumerate(seen):
        assert sorted(line.split()[1] for line in lines) == sorted(
            f"c{c}.example/r{run}/{n}" for c in range(10) for n in range(10)
        )
        for connection in {line.split()[0] for line in lines}:
            of_one = [line.split()[1] for line in lines if line.startswith(connection)]
            assert of_one == sorted(of_one)
    assert capture.fault is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(disposition=Disposition.BROKEN, reason="blocked"),
        Answer(disposition=Disposition.LIVE),
    ],
)
async def test_an_answer_without_a_response_reaches_nobody(capture: Capture, answer: Answer):
    """Cut; or LIVE to a host that must not be reached, which is denied."""

    async def decide(_: Request) -> Answer:
        return answer

    async with capture.listen("r1", decide) as listener:
        client = await Client.plain(listener.proxy)
        status, _ = await client.post("127.0.0.1", "http://127.0.0.1:9/x")
        await listener.quiet(still_ms=1, within_s=5)
        (flow,) = listener.flows
    if answer.disposition is Disposition.BROKEN:
        assert (status, flow.disposition, flow.reason) == (0, Disposition.BROKEN, "blocked")
    else:
        assert (status, flow.disposition, flow.reason) == (403, Disposition.DENIED, "this machine")


async def test_raw_tcp_in_a_tunnel_reaches_nothing_and_is_recorded(capture: Capture):
    """The shape of an attack on adb, Docker or a debugger: CONNECT to a loopback port, then its own protocol."""
    reached = asyncio.Event()

    async def victim(*_: object) -> None:
        reached.set()

    server = await asyncio.start_server(victim, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.tunnel(listener.proxy, "127.0.0.1", port)
        client.writer.write(b"000Chost:version" * 4)
        assert await client.reader.read() == b""
        (flow,) = listener.flows
    server.close()
    assert not reached.is_set()
    assert (flow.request.method, flow.request.url) == ("CONNECT", f"tcp://127.0.0.1:{port}")
    assert (flow.disposition, flow.reason) == (Disposition.DENIED, "this machine")


@pytest.mark.parametrize(("says_why", "kind"), [(True, "tls-refused"), (False, "tls-abandoned")])
async def test_a_client_that_does_not_trust_us_is_noted(capture: Capture, says_why: bool, kind: str):
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.tunnel(listener.proxy, "pinned.example")
        await client.distrust("pinned.example", says_why=says_why)
        await listener.quiet(still_ms=50, within_s=5)
    assert [(note.kind, note.host) for note in listener.notes] == [(kind, "pinned.example")]


async def test_a_tunnel_that_is_never_used_is_nothing(capture: Capture):
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.tunnel(listener.proxy, "a.example")
        client.writer.close()
        await listener.quiet(still_ms=50, within_s=5)
    assert (listener.notes, listener.flows) == ([], [])


async def test_a_request_that_ends_before_its_body_is_noted_and_is_no_flow(capture: Capture):
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.secure(listener.proxy, "a.example")
        client.writer.write(b"POST /half HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\nonly this")
        await client.writer.drain()
        while not listener.in_flight:
            await asyncio.wait_for(listener._activity.change(), 5)
        client.writer.close()
        assert await listener.quiet(still_ms=50, within_s=5)
    assert listener.flows == []
    assert [(note.kind, note.detail) for note in listener.notes] == [("aborted", "POST https://a.example/half")]


async def test_live_lets_no_websocket_through(capture: Capture):
    async def live(_: Request) -> Answer:
        return Answer(disposition=Disposition.LIVE)

    async with capture.listen("r1", live) as listener:
        client = await Client.secure(listener.proxy, "a.example")
        upgrade = b"GET /socket HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        status, _ = await client.send(upgrade)
        (flow,) = listener.flows
    assert (status, flow.disposition) == (403, Disposition.DENIED)
    assert "WebSocket" in flow.reason


async def test_an_exception_of_ours_is_a_fault_and_the_client_gets_no_answer(capture: Capture):
    async def broken(_: Request) -> Answer:
        raise ZeroDivisionError("planted")

    async with capture.listen("r1", broken) as listener:
        client = await Client.secure(listener.proxy, "a.example")
        status, _ = await client.post("a.example", "/")
        fault = await capture.wait_fault()
    assert status == 0
    assert isinstance(fault, CaptureFault)
    assert "planted" in fault.message
    assert capture.fault is fault
    capture.forget_fault()
    assert capture.fault is None


async def test_an_error_that_mitmproxy_only_logs_is_a_fault_too(capture: Capture, monkeypatch: pytest.MonkeyPatch):
    from mitmproxy.addons.tlsconfig import TlsConfig

    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted in an addon")

    monkeypatch.setattr(TlsConfig, "get_cert", broken)
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.tunnel(listener.proxy, "a.example")
        with pytest.raises(ConnectionResetError):
            await client.writer.start_tls(ssl.create_default_context(), server_hostname="a.example")
        fault = await capture.wait_fault()
    assert "planted in an addon" in fault.message


async def test_quiet_waits_for_what_is_under_way(capture: Capture):
    release = asyncio.Event()

    async def slow(_: Request) -> Answer:
        await release.wait()
        return Answer(disposition=Disposition.STUB, response=Response.text("late"))

    async with capture.listen("r1", slow) as listener:
        client = await Client.secure(listener.proxy, "a.example")
        async with asyncio.TaskGroup() as group:
            posting = group.create_task(client.post("a.example", "/"))
            async with asyncio.timeout(5):
                while not listener.count:  # a handshake is in flight too, and then not any more
                    await listener._activity.change()
            assert not await listener.quiet(still_ms=1, within_s=0.05)
            release.set()
            assert await listener.quiet(still_ms=1, within_s=5)
            assert (await posting) == (200, b"late")
        assert (listener.count, listener.in_flight) == (1, 0)
        assert (await listener.wait_for(lambda flow: flow.request.path == "/")).sequence == 1


async def test_what_a_client_said_counts_though_it_leaves_before_the_answer(capture: Capture):
    begun = asyncio.Event()

    async def slow(_: Request) -> Answer:
        begun.set()
        return Answer(disposition=Disposition.STUB, response=Response.text("x"), delay_ms=60_000)

    async with capture.listen("r1", slow) as listener:
        client = await Client.secure(listener.proxy, "a.example")
        client.writer.write(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        await begun.wait()
        client.writer.transport.abort()
        assert await listener.quiet(still_ms=20, within_s=5)
    (flow,) = listener.flows
    assert flow.response is not None
    assert (flow.disposition, flow.response.status, flow.error) == (
        Disposition.STUB, 200, "the client left before the answer"
    )  # fmt: skip


async def test_a_client_that_leaves_in_mid_answer_is_recorded(capture: Capture):
    begun, left = asyncio.Event(), asyncio.Event()

    async def late(_: Request) -> Answer:
        begun.set()
        await left.wait()
        return Answer(disposition=Disposition.STUB, response=Response.text("x"))

    async with capture.listen("r1", late) as listener:
        client = await Client.secure(listener.proxy, "a.example")
        client.writer.write(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
        await begun.wait()
        client.writer.transport.abort()
        left.set()
        assert await listener.quiet(still_ms=20, within_s=5)
    assert [flow.request.path for flow in listener.flows] == ["/"]
    assert capture.fault is None


def folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("capture-*"))


async def test_nothing_is_left_behind():
    before = folders()
    async with Capture() as capture:
        assert folders() - before
        async with capture.listen("r1", say_ok) as listener:
            port = listener.proxy.port
            client = await Client.secure(listener.proxy, "a.example")
        with pytest.raises(ConnectionResetError):
            await client.reader.read()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    assert folders() == before


# What does not heed the proxy: a jail hands it over with the host that it meant.


@asynccontextmanager
async def direct(capture: Capture, host: str, port: int) -> AsyncIterator[tuple[Listener, int]]:
    """A listener, and a port of this machine that stands for `host`:`port` in a jail."""

    @asynccontextmanager
    async def door(inlet: Inlet) -> AsyncIterator[tuple[str, int]]:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await inlet.direct(reader, writer, host, port)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[:2]
        server.close()

    async with capture.listen("r1", say_ok, door=door) as listener:
        yield listener, listener.proxy.port


async def test_https_without_a_proxy_is_captured_and_marked(capture: Capture):
    async with direct(capture, "api.acme.example", 443) as (listener, port):
        trust = ssl.create_default_context(cadata=capture.ca_pem.decode())
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trust, server_hostname="api.acme.example")
        writer.write(b"POST /v1 HTTP/1.1\r\nHost: api.acme.example\r\nContent-Length: 2\r\n\r\nhi")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        flow = await asyncio.wait_for(listener.wait_for(lambda _: True), 5)
        writer.close()
    assert (flow.request.url, flow.request.body, flow.around) == ("https://api.acme.example/v1", b"hi", True)


async def test_http_without_a_proxy_is_judged_by_where_it_was_meant_to_go(capture: Capture):
    """Not by its Host header, which it may forge."""
    async with direct(capture, "169.254.169.254", 80) as (listener, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /latest HTTP/1.1\r\nHost: api.acme.example\r\n\r\n")
        await reader.readline()
        flow = await asyncio.wait_for(listener.wait_for(lambda _: True), 5)
        writer.close()
    assert (flow.request.host, flow.request.port, flow.around) == ("169.254.169.254", 80, True)


async def test_what_is_no_http_and_heeds_no_proxy_is_recorded(capture: Capture):
    async with direct(capture, "8.8.8.8", 5222) as (listener, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x00\x01\x02\x03" * 4)
        assert await reader.read() == b""
        (flow,) = listener.flows
        writer.close()
    assert (flow.request.url, flow.disposition, flow.around) == ("tcp://8.8.8.8:5222", Disposition.UNDECLARED, True)


async def test_a_direct_connection_that_says_nothing_is_a_note(capture: Capture):
    async with direct(capture, "8.8.8.8", 25) as (listener, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(5):
            while not listener._silent:
                await listener._activity.change()
        listener.cut()
        writer.close()
    assert listener.notes == [Note(kind="connected", host="8.8.8.8", detail="8.8.8.8:25")]


async def test_attempts_are_noted_once_each_and_not_without_end(capture: Capture, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("testbed.capture.listener.MOST_ATTEMPTS", 3)
    async with capture.listen("r1", say_ok) as listener:
        for port in (1, 1, 2, 3, 4, 5, 6):
            listener.attempted(Attempt(protocol="UDP", host="8.8.8.8", port=port))
        listener.attempted(Attempt(protocol="DNS", host="acme.example"))
    assert [(note.kind, note.detail) for note in listener.notes] == [
        ("refused", "UDP 8.8.8.8:1"),
        ("refused", "UDP 8.8.8.8:2"),
        ("refused", "UDP 8.8.8.8:3"),
        ("refused", "and more than can be told"),
    ]
