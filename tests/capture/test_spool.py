"""Flows on disk: as they were, in their order, large bodies read when they are asked for; and nothing of it stays."""

from __future__ import annotations

import asyncio
import gc
import gzip
import hashlib
import tempfile
from pathlib import Path

import msgspec
import pytest

from testbed import events
from testbed.capture import Capture
from testbed.capture.flow import Disposition, Flow
from testbed.capture.spool import HEAD, MAX_IN_MEMORY, Spool
from testbed.http import Request, Response
from tests.capture.client import Client, say_ok
from tests.load import load

LARGE = bytes(range(256)) * (MAX_IN_MEMORY // 256) + b"!"


def flow(number: int, body: bytes = b"", response: Response | None = None) -> Flow:
    return Flow(
        id=f"r1.{number}",
        run="r1",
        sequence=number,
        connection="c1",
        started=1.5,
        duration_ms=2.5,
        request=Request.get("https://a.example/é?q=1", method="POST", headers=(("a", "b"), ("a", "ü")), body=body),
        response=response,
        disposition=Disposition.STUB,
    )


def test_flows_come_back_as_they_went_in():
    flows = [flow(n, bytes([n]) * n, Response(status=200 + n, body=b"\xff") if n % 2 else None) for n in range(100)]
    with Spool() as spool:
        for each in flows:
            spool.add(each)
        assert len(spool) == 100
        assert list(spool.flows()) == flows
        assert list(spool.flows(98)) == flows[98:]


@pytest.mark.parametrize("size", [MAX_IN_MEMORY, MAX_IN_MEMORY + 1])
def test_a_body_past_the_limit_stays_on_disk_until_it_is_asked_for(size: int):
    body = LARGE[:size]
    with Spool() as spool:
        spool.add(flow(1, body, Response(body=body[::-1])))
        (kept,) = spool.flows()
        assert kept.response is not None
        on_disk = size > MAX_IN_MEMORY
        assert len(kept.request.body) == (HEAD if on_disk else size)
        for message, all_of_it in ((kept.request, body), (kept.response, body[::-1])):
            assert (message.size, message.payload, message.content) == (size, all_of_it, all_of_it)
            if on_disk:
                assert message.whole is not None
                assert message.whole.sha256 == hashlib.sha256(all_of_it).hexdigest()


def test_a_packed_body_on_disk_is_unpacked_as_any():
    packed = gzip.compress(LARGE * 2, compresslevel=0)
    headers = (("content-encoding", "gzip"),)
    with Spool() as spool:
        spool.add(flow(1, response=Response(body=packed, headers=headers)))
        (kept,) = spool.flows()
        assert kept.response is not None
        assert (kept.response.content, kept.response.unreadable) == (LARGE * 2, "")


def test_what_lies_in_a_spool_cannot_get_into_an_event():
    with Spool() as spool:
        spool.add(flow(1, LARGE))
        (kept,) = spool.flows()
        with pytest.raises((TypeError, msgspec.ValidationError)):
            events.encode(events.FlowCaptured(flow=kept))


def test_its_file_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Spool() as spool:
        spool.add(flow(1, LARGE))
        assert list(tmp_path.iterdir()) == []
        (kept,) = spool.flows()
    with pytest.raises(ValueError, match="closed file"):
        assert kept.request.payload


async def test_a_large_body_can_be_read_as_long_as_somebody_has_its_flow(capture: Capture):
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.secure(listener.proxy, "a.example")
        for body in (b"small", LARGE):
            assert await client.post("a.example", "/", body) == (200, b"ok")
    flows = listener.flows
    del listener
    gc.collect()
    assert [each.request.payload for each in flows] == [b"small", LARGE]
    assert capture.fault is None


async def test_a_full_disk_is_a_fault(capture: Capture, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Spool, "_write", full)
    async with capture.listen("r1", say_ok) as listener:
        client = await Client.plain(listener.proxy)
        await client.send(b"GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n")
        assert "No space left on device" in str(await capture.wait_fault())


async def test_what_is_over_is_forgotten(capture: Capture):
    """Whatever a listener holds, it holds of what is under way."""
    async with capture.listen("r1", say_ok) as listener:
        sizes = []
        for requests in (50, 500):
            await load(listener, requests, clients=5, samples=1)
            async with asyncio.timeout(10):
                while listener._tunnels:
                    await listener.quiet(still_ms=1, within_s=0.1)
            held = [value for value in vars(listener).values() if isinstance(value, dict | set | list)]
            sizes.append(sum(map(len, held)))
        assert len(listener.flows) == 550
    assert sizes == [0, 0]
