"""Numbered beacons from a real browser: each is recorded, none twice, and in order on each connection, by what the
browser itself says of its connections."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import pytest

from testbed.capture import Answer, Capture, Disposition, Flow, Listener
from testbed.capture.spool import Spool
from testbed.devices.chromium.browser import Browser
from testbed.devices.chromium.find import find_browser
from testbed.devices.chromium.pipe import FlatSession
from testbed.devices.chromium.tab import Tab, opened
from testbed.http import Request, Response

pytestmark = pytest.mark.browser

SEND = """async (from, to) => {
    // The browser holds no more than 64 KiB of beacons and keepalive requests in flight: sendBeacon then says no.
    const answered = number => fetch(`/beacon?n=${number}`, {method: "POST", keepalive: true, body: `${number}`});
    for (let number = from; number < to; number++) {
        if (number % 20 === 19) await answered(number);
        else if (number % 2) answered(number);
        else while (!navigator.sendBeacon(`/beacon?n=${number}`, `${number}`)) await fetch("/wait");
    }
}"""
"""By turns sendBeacon and fetch with keepalive. One in twenty is waited for."""


class Context:
    """A page in a context of its own, whose traffic goes through a listener of its own, as that of a run does."""

    def __init__(self) -> None:
        self.listener: Listener
        self.tab: Tab
        self.by_connection: dict[int, list[int]] = {}
        """By the browser's own word: the numbers that were answered on each connection, in order."""
        self._asked = 0
        self._changed = asyncio.Event()

    async def answer(self, request: Request) -> Answer:
        self._asked += request.route == "/beacon"
        self._changed.set()
        return Answer(disposition=Disposition.STUB, response=Response.text("", content_type="text/html"))

    def listen(self, session: FlatSession) -> None:
        session.events.on("Network.responseReceived", self._answered)

    def _answered(self, event: dict[str, Any]) -> None:
        response = event["response"]
        _, beacon, number = response["url"].partition("/beacon?n=")
        if beacon:
            self.by_connection.setdefault(int(response["connectionId"]), []).append(int(number))

    async def send(self, numbers: range) -> None:
        """Send the numbers, and wait until all that was sent has come in and was answered."""
        expression = f"({SEND})({numbers.start}, {numbers.stop})"
        await self.tab.session.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True})
        while self._asked < len(numbers):
            self._changed.clear()
            await self._changed.wait()
        await self.listener.quiet(still_ms=50, within_s=10)


@asynccontextmanager
async def contexts(count: int) -> AsyncIterator[list[Context]]:
    async with AsyncExitStack() as stack:
        capture = await stack.enter_async_context(Capture())
        browser = Browser(find_browser("", os.environ), spki=capture.spki, env=os.environ)
        await stack.enter_async_context(browser)
        made = [Context() for _ in range(count)]
        for number, context in enumerate(made):
            context.listener = await stack.enter_async_context(
                capture.listen(f"r{number}", context.answer, door=browser.door)
            )
            opening = opened(browser, context.listener.proxy, listen=context.listen)
            context.tab = await stack.enter_async_context(opening)
            assert not await context.tab.go("https://www.shop.example/")
        yield made
        assert capture.fault is None, str(capture.fault)


class Sent(msgspec.Struct, frozen=True):
    """What was recorded of `total` beacons, and the browser's own word of them."""

    total: int
    flows: list[Flow]
    by_connection: list[list[int]]

    @classmethod
    async def by(cls, count: int, total: int) -> Sent:
        """From `count` contexts at once."""
        async with contexts(count) as made:
            share = total // count
            async with asyncio.timeout(300), asyncio.TaskGroup() as group:
                for number, context in enumerate(made):
                    group.create_task(context.send(range(number * share, (number + 1) * share)))
            flows = [flow for context in made for flow in context.listener.flows]
            return cls(total, flows, [numbers for context in made for numbers in context.by_connection.values()])


def assert_complete(sent: Sent) -> None:
    """Every number once, and on each connection in the order in which the browser sent it there."""
    beacons = [flow for flow in sent.flows if flow.request.route == "/beacon"]
    numbers = [int(flow.request.payload) for flow in beacons]
    assert [flow.request.path for flow in beacons] == [f"/beacon?n={number}" for number in numbers]
    lost = sorted(set(range(sent.total)) - set(numbers))
    twice = [number for number, times in Counter(numbers).items() if times > 1]
    assert (lost, twice) == ([], [])
    by_connection: dict[str, list[int]] = {}
    for flow, number in zip(beacons, numbers, strict=True):
        by_connection.setdefault(flow.connection, []).append(number)
    assert sum(map(len, sent.by_connection)) == sent.total
    assert sorted(by_connection.values()) == sorted(sent.by_connection)


async def test_10000_from_10_contexts():
    sent = await Sent.by(10, 10_000)
    assert_complete(sent)
    assert len({flow.run for flow in sent.flows}) == 10


def late(spool: Spool, flow: Flow) -> None:
    add(spool, msgspec.structs.replace(flow, sequence=10**6))


def twice(spool: Spool, flow: Flow) -> None:
    add(spool, flow)
    add(spool, flow)


add = Spool.add

LOSSES: dict[str, Callable[[Spool, Flow], None]] = {
    "one is dropped": lambda spool, flow: None,
    "one is recorded twice": twice,
    "one is recorded late": late,
}


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_recorder_that_loses_something_is_caught(loss: str, monkeypatch: pytest.MonkeyPatch):
    def add_but_one(spool: Spool, flow: Flow) -> None:
        (LOSSES[loss] if flow.request.path == "/beacon?n=17" else add)(spool, flow)

    monkeypatch.setattr(Spool, "add", add_but_one)
    sent = await Sent.by(2, 200)
    with pytest.raises(AssertionError):
        assert_complete(sent)


async def test_200_from_2_contexts():
    assert_complete(await Sent.by(2, 200))
