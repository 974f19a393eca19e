"""The channel to the harness app, with an app that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from testbed.devices.android import channel
from testbed.devices.android.channel import Channel, Failure, Lost, Told, opened
from testbed.devices.api import Health, Unobserved
from testbed.errors import DeviceFault
from tests.devices.android.scripted import Connection, ScriptedApp

Serve = Callable[[Connection], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A port that leads to whatever `serve` does, as a forwarded one leads to the app."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(Connection(reader, writer))
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def talking(app: ScriptedApp, told: list[Told] | None = None) -> AsyncIterator[Channel]:
    async with (
        listening(app.serve) as port,
        opened(port, (told if told is not None else []).append, within_s=5) as channel,
    ):
        yield channel


async def test_questions_and_answers():
    app = ScriptedApp(track={"messageId": "m1"}, page={"ok": False, "na": "no pages"})
    async with talking(app) as channel:
        tracked = await channel.ask("track", within_s=5, event="E", properties={"a": 1})
        paged = await channel.ask("page", within_s=5)
    assert (tracked.ok, tracked.message_id) == (True, "m1")
    assert (paged.ok, paged.na) == (False, "no pages")
    assert [{k: v for k, v in each.items() if k != "id"} for each in app.asked] == [
        {"do": "pending"},
        {"do": "track", "event": "E", "properties": {"a": 1}},
        {"do": "page"},
    ]
    assert len({each["id"] for each in app.asked}) == 3


async def test_all_that_an_answer_may_hold():
    thrown = {"message": "no", "type": "java.lang.Error", "stack": "at a.B", "byPlugin": True}
    looked = {"found": True, "value": {"a": [1]}}
    waiting = {
        "next_ms": 30_000,
        "busy": ["OkHttp: read"],
        "unobserved": [{"subject": "sockets", "reason": "real time"}],
        "virtual": True,
    }
    health = {"health": {"installed": True, "ready": False, "problem": "threw", "detail": "no", "signals": ["root"]}}
    app = ScriptedApp(
        track={"ok": False, "error": thrown},
        pending=waiting,
        health=health,
        observe=looked,
    )
    async with talking(app) as channel:
        assert (await channel.ask("track", within_s=5)).error == Failure(
            message="no", type="java.lang.Error", stack="at a.B", by_plugin=True
        )
        pending = await channel.ask("pending", within_s=5)
        assert (pending.next_ms, pending.busy, pending.virtual) == (30_000, ("OkHttp: read",), True)
        assert pending.unobserved == (Unobserved("sockets", "real time"),)
        found = await channel.ask("observe", within_s=5)
        assert (found.found, found.value) == (True, {"a": [1]})
        assert (await channel.ask("health", within_s=5)).health == Health(
            installed=True, ready=False, problem="threw", detail="no", signals=("root",)
        )


async def test_what_is_told_unasked_comes_in_order_and_before_the_answer():
    told: list[Told] = []

    async def serve(connection: Connection) -> None:
        await connection.read()
        # in pieces as a network cuts them, the answer to `pending` last
        for piece in (b'{"event":"log","te', b'xt":"a"}\n{"event":"blocked","ms":7', b'00}\n{"id":1,"ok":true}\n'):
            await connection.write(piece)
        await connection.read()

    async with listening(serve) as port, opened(port, told.append, within_s=5):
        assert [(each.event, each.text, each.ms) for each in told] == [("log", "a", 0), ("blocked", "", 700)]


async def test_an_app_that_ends_leaves_nobody_waiting():
    app = ScriptedApp(track={"dies": True})
    async with talking(app) as channel:
        with pytest.raises(Lost):
            await channel.ask("track", within_s=30)
        assert channel.lost.is_set()
        with pytest.raises(Lost):
            await channel.ask("health", within_s=30)


async def test_an_app_that_hangs_is_not_waited_for():
    async def serve(connection: Connection) -> None:
        await connection.read()
        await connection.write(b'{"id":1,"ok":true}\n')
        await connection.read()
        await connection.read()

    async with listening(serve) as port, opened(port, lambda _: None, within_s=5) as channel:
        with pytest.raises(TimeoutError):
            await channel.ask("track", within_s=0.05)


async def test_it_is_opened_once_the_app_listens():
    """adb takes a connection to a forwarded port, and closes it where nobody listens on the device."""
    app, refused = ScriptedApp(), [True, True]

    async def serve(connection: Connection) -> None:
        if not refused:
            await app.serve(connection)
        else:
            refused.pop()

    async with listening(serve) as port, opened(port, lambda _: None, within_s=5) as channel:
        assert (await channel.ask("flush", within_s=5)).ok
    assert refused == []


async def test_an_app_that_never_listens_is_lost():
    async def serve(_: Connection) -> None:
        pass

    async with listening(serve) as port:
        with pytest.raises(Lost):
            async with opened(port, lambda _: None, within_s=0.2):
                pass


@pytest.mark.parametrize("line", [b"{", b'{"id": 1, "ok": "perhaps"}', b'{"event": "sings"}', b"\xff"])
async def test_what_nobody_understands_is_a_fault_of_the_device(line: bytes):
    async def serve(connection: Connection) -> None:
        await connection.read()
        await connection.write(line + b"\n")
        await connection.read()

    async with listening(serve) as port:
        with pytest.raises(DeviceFault, match="nobody understands"):
            async with opened(port, lambda _: None, within_s=5):
                pass


async def test_a_line_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(channel, "LINE_LIMIT", 1_000)

    async def serve(connection: Connection) -> None:
        await connection.read()
        await connection.write(b"x" * 2_000)
        await connection.read()

    async with listening(serve) as port:
        with pytest.raises(DeviceFault, match="a line of more than"):
            async with opened(port, lambda _: None, within_s=5):
                pass
