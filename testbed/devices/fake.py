"""A device and a driver that do as they are told: for tests of what stands on the device seam."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from testbed.devices.api import (
    App,
    Device,
    DeviceSpec,
    Health,
    LogLine,
    Probe,
    Proxy,
    Settled,
    Sighting,
    StepReply,
    Tool,
    Traffic,
    Unobserved,
)
from testbed.http import Request, Response
from testbed.jail import Inlet, host_door
from testbed.plugin.model import Platform
from testbed.scenario.steps import Step, name_of

READY = Health(installed=True, ready=True)


class FakeDevice:
    """Answers each step from `replies`, by the step's name: a reply, an exception to raise, or a function of the step.
    Steps without one are done. `done` lists what was asked of it, in order (`inject`, `call track`, `clear`)."""

    def __init__(
        self,
        id: str = "fake-1",
        *,
        platform: Platform = "web",
        replies: Mapping[str, StepReply | Exception | Callable[[Step], StepReply]] | None = None,
        health: Health = READY,
        logs: Sequence[LogLine] = (),
        sightings: Mapping[str, Sighting] | None = None,
        page: Response | None = None,
    ) -> None:
        self.id = id
        self.unjailed = ""
        self.platform: Platform = platform
        self.done: list[str] = []
        self.app: App | None = None
        self._replies = dict(replies or {})
        self._health = health
        self._logs = logs
        self._sightings = dict(sightings or {})
        self._page = page

    @property
    def begins_ahead(self) -> bool:
        return True

    async def boot(self) -> None:
        self.done.append("boot")

    async def stage(self, app: App, ca_pem: bytes) -> None:
        pass

    def door(self, inlet: Inlet) -> AbstractAsyncContextManager[tuple[str, int]]:
        return host_door(inlet)

    def answer(self, app: App, request: Request) -> Response | None:
        return self._page

    @asynccontextmanager
    async def prepare(self, app: App, proxy: Proxy) -> AsyncIterator[Callable[[], bool]]:
        self.done.append("prepare")
        yield lambda: True

    async def inject(self, app: App, proxy: Proxy) -> None:
        self.app = app
        self.done.append("inject")

    async def call(self, step: Step, traffic: Traffic) -> StepReply:
        self.done.append(f"call {name_of(step)}")
        match self._replies.get(name_of(step), StepReply(outcome="done")):
            case StepReply() as reply:
                return reply
            case Exception() as error:
                raise error
            case make:
                return make(step)

    async def settle(self, traffic: Traffic) -> Settled:
        self.done.append("settle")
        return Settled(by="virtual-time")

    async def health(self) -> Health:
        return self._health

    async def observe(self, probes: Sequence[Probe]) -> list[Sighting]:
        return [self._sightings.get(str(probe.name), Sighting(found=False)) for probe in probes]

    def logs(self) -> Sequence[LogLine]:
        return self._logs

    async def clear(self, traffic: Traffic) -> tuple[Unobserved, ...]:
        self.app = None
        self.done.append("clear")
        return ()

    async def close(self) -> None:
        self.done.append("close")


class FakeDriver:
    """Gives the devices that it was made with, as many as are asked for."""

    def __init__(self, *devices: Device, platform: Platform = "web") -> None:
        self.platform: Platform = platform
        self.tool: Tool | None = None
        self._devices = devices

    @asynccontextmanager
    async def open(
        self, spec: DeviceSpec, *, count: int, spki: str, env: Mapping[str, str]
    ) -> AsyncIterator[Sequence[Device]]:
        devices = self._devices[:count]
        for device in devices:
            await device.boot()
        try:
            yield devices
        finally:
            for device in devices:
                await device.close()
