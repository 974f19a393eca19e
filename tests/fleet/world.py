"""A fleet of fake devices on the real capture: what a device sends goes through its proxy, over TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from testbed import events
from testbed.devices.api import App, DeviceSpec, Proxy, Settled, StepReply, Unobserved
from testbed.devices.fake import FakeDevice, FakeDriver
from testbed.errors import EnvironmentFault
from testbed.fleet.fleet import Fleet, open_fleet
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.plugin import pack
from testbed.scenario.steps import Step, Track
from tests.capture.client import Client
from tests.outcome import Outcome

VENDOR = "api.acme.example"
WEB = DeviceSpec(platform="web")

MANIFEST = """
name = "Acme"
version = "1"
[egress]
hosts = ["api.acme.example"]
[[lens]]
vendor = "acme"
host = "api.acme.example"
kind = "type"
name = "event"
properties = ["properties"]
dedupe = "messageId"
[targets.web]
sdk = "web"
style = "register"
entry = "acme.js"
library = "acme"
"""

TRACKS = "name: tracks\nsteps: [track: Read]\nexpect: {vendor: [track: Read], segment: [track: Read]}\n"


class TalkingDevice(FakeDevice):
    """For each track step, tells Segment and then the vendor, as an app with SDK and plugin does. `vendor` makes of the
    event what the plugin makes of it."""

    def __init__(
        self, id: str = "fake-1", *, vendor: Callable[[dict[str, Any]], Sequence[Any]] = lambda e: [e]
    ) -> None:
        super().__init__(id)
        self.fails_in: dict[str, Exception] = {}
        self._vendor = vendor
        self._proxy: Proxy | None = None
        self._calls = 0

    async def inject(self, app: App, proxy: Proxy) -> None:
        self._proxy = proxy
        await super().inject(app, proxy)
        self._fail("inject")

    async def call(self, step: Step, traffic: Any) -> StepReply:
        self._fail("call")
        reply = await super().call(step, traffic)
        if not isinstance(step, Track):
            return reply
        self._calls += 1
        event = {"type": "track", "event": step.event, "messageId": f"m{self._calls}", "anonymousId": "a1"}
        await self._post("api.segment.io", "/v1/t", {**event, "writeKey": "k"})
        for told in self._vendor(event):
            await self._post(VENDOR, "/", told)
        return StepReply(outcome="done", message_id=event["messageId"])

    async def settle(self, traffic: Any) -> Settled:
        self._fail("settle")
        return await super().settle(traffic)

    async def clear(self, traffic: Any) -> tuple[Unobserved, ...]:
        last = await super().clear(traffic)
        self._fail("clear")
        return last

    def _fail(self, where: str) -> None:
        if (error := self.fails_in.pop(where, None)) is not None:
            raise error

    async def _post(self, host: str, path: str, body: Any) -> None:
        assert self._proxy is not None
        client = await Client.secure(self._proxy, host)
        await client.post(host, path, msgspec.json.encode(body))
        client.writer.close()


class World:
    """A fleet, and the folder that its plugin is in."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self.fleet = fleet
        self.capture = fleet._capture
        self._folder = folder

    def plugin(self, *scenarios: str, manifest: str = MANIFEST, bundle: str = "window.acme = {}") -> bytes:
        (self._folder / "scenarios").mkdir(exist_ok=True)
        (self._folder / "plugin.toml").write_text(manifest)
        (self._folder / "acme.js").write_text(bundle)
        for number, text in enumerate(scenarios):
            (self._folder / "scenarios" / f"{number}.yaml").write_text(text)
        return pack(self._folder)

    async def run(self, zipped: bytes, **request: Any) -> Outcome:
        stream: list[events.Event] = []
        code = await self.fleet.run(zipped, RunRequest(**request), stream.append)
        return Outcome(code, tuple(stream))


@asynccontextmanager
async def world(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *devices: FakeDevice,
    env: Mapping[str, str] | None = None,
    spares: bool = True,
    once: bool = False,
) -> AsyncIterator[World]:
    """A fleet whose web driver gives these devices."""

    def driver(spec: DeviceSpec) -> FakeDriver:
        if spec.platform != "web":
            raise EnvironmentFault(f"no {spec.platform} here", fix="get one")
        return FakeDriver(*devices)

    monkeypatch.setattr("testbed.fleet.pool.driver_for", driver)
    options = FleetOptions(devices=(WEB,), workers=len(devices), spares=spares)
    async with open_fleet(options, env=env or {}, emit=lambda _: None, once=once) as f:
        yield World(f, folder)


async def made(fleet: Fleet) -> None:
    """Until the spares that were asked for have come as far as they can: something that they asked for is held back."""
    async with asyncio.timeout(10):
        for spare in fleet._spares._spares.values():
            await spare._begun.wait()
            assert spare._listener is not None
            while not any(asked.request and not asked.answer for asked in spare._listener._open.values()):
                await spare._listener.quiet(still_ms=1, within_s=0.02)
