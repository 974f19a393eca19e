"""The real capture, the real mock of Segment and a real browser, put together for one run at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from testbed.capture import Answer, Capture, Disposition, Flow, Listener
from testbed.devices.api import App, Settled, StepReply, Unobserved
from testbed.devices.chromium import ChromiumDevice
from testbed.fleet.stubs import preflight
from testbed.http import Request, Response, with_cors
from testbed.plugin.model import Plugin
from testbed.scenario.model import CloudKnobs, Expectations, Scenario
from testbed.scenario.steps import Step
from testbed.segment import Cloud, bundled
from tests.devices.plugins import plugin_of

WRITE_KEY = "testWriteKey"

Vendor = Callable[[Request], Response | None]


class Play:
    """One run under way: what a test does with it."""

    def __init__(self, device: ChromiumDevice, listener: Listener, cloud: Cloud) -> None:
        self.device = device
        self.listener = listener
        self.cloud = cloud
        self.last: tuple[Unobserved, ...] = ()
        """What could not be observed of how the page was left."""

    async def call(self, *steps: Step) -> list[StepReply]:
        return [await self.device.call(step, self.listener) for step in steps]

    async def settle(self) -> Settled:
        return await self.device.settle(self.listener)

    def flows(self, path: str, host: str = "") -> list[Flow]:
        """What was sent to a path, preflights aside."""
        return [
            flow
            for flow in self.listener.flows
            if flow.request.route == path and host in flow.request.host and flow.request.method != "OPTIONS"
        ]

    def sent(self, path: str) -> list[Any]:
        """The JSON bodies that were sent to a path."""
        return [msgspec.json.decode(flow.request.content) for flow in self.flows(path)]

    def said(self, text: str) -> bool:
        return any(text in line.text for line in self.device.logs())


class World:
    """The browser and the capture that all tests share; `play` gives each its own isolated run."""

    def __init__(self, capture: Capture, devices: list[ChromiumDevice]) -> None:
        self.capture = capture
        self.devices = devices
        self._runs = 0

    @asynccontextmanager
    async def play(
        self,
        plugin: Plugin | None = None,
        *,
        device: int = 0,
        vendor: Vendor = lambda _: None,
        integrations: dict[str, Any] | None = None,
        consent: dict[str, bool] | None = None,
        url: str = "/",
        cloud: CloudKnobs | None = None,
        hang: str = "",
    ) -> AsyncIterator[Play]:
        plugin = plugin or plugin_of()
        target = plugin.manifest.targets["web"]
        knobs = cloud or CloudKnobs()
        scenario = Scenario(name="test", file="test.yaml", steps=(), expect=Expectations(), cloud=knobs)
        segment = Cloud(plugin, target, scenario, write_key=WRITE_KEY, sdk=bundled())
        on = self.devices[device]
        self._runs += 1

        async def answer(request: Request) -> Answer:
            if (response := on.answer(app, request)) is not None:
                return Answer(disposition=Disposition.APP, response=response)
            if (reply := segment.respond(request)) is not None:
                return Answer(disposition=Disposition.SEGMENT, response=reply.response, delay_ms=reply.delay_ms)
            if request.method == "OPTIONS":
                return Answer(disposition=Disposition.STUB, response=preflight(request))
            if request.route == hang:
                return Answer(disposition=Disposition.STUB, response=Response(), delay_ms=60_000)
            response = vendor(request) or Response.json({"ok": True})
            return Answer(disposition=Disposition.STUB, response=with_cors(response, request))

        app = App(
            run=f"r{self._runs}",
            plugin=plugin,
            target=target,
            write_key=WRITE_KEY,
            url=url,
            integrations=integrations or {},
            consent=consent,
        )
        async with self.capture.listen(app.run, answer, door=on.door) as listener:
            try:
                await on.inject(app, listener.proxy)
                yield (play := Play(on, listener, segment))
            finally:
                last = await on.clear(listener)
        play.last = last
        assert self.capture.fault is None, str(self.capture.fault)
