"""An Android device: one app on it at a time, whatever hardware it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import msgspec

from testbed.devices.android.adb import Adb
from testbed.devices.android.client import PACKAGE, install
from testbed.devices.android.hardware import Hardware
from testbed.devices.android.network import Network
from testbed.devices.android.observe import sight
from testbed.devices.android.package import Build
from testbed.devices.android.quiet import run_out
from testbed.devices.android.run import Died, Run, begun
from testbed.devices.android.steps import leave, play
from testbed.devices.api import App, Health, LogLine, Probe, Proxy, Settled, Sighting, StepReply, Traffic, Unobserved
from testbed.errors import DeviceFault
from testbed.http import Request, Response
from testbed.jail import Inlet, host_door
from testbed.plugin.model import Platform
from testbed.scenario.steps import Step

OLDEST_API = 26
"""Android 8: what harness and driver ask for (shell,v2, `adb reverse tcp:0`, D8's output) is all there."""


class AndroidDevice:
    """devices.api.Device behind the adb server at `port`. `build` makes the APK for an app, `env` is the fleet's."""

    platform: Platform = "android"

    def __init__(self, id: str, hardware: Hardware, *, port: int, build: Build, env: Mapping[str, str]) -> None:
        self.id = id
        self._hardware = hardware
        self._port = port
        self._build = build
        self._env = env
        self._adb = Adb(port, hardware.serial)
        self._network: Network | None = None
        self._run: Run | None = None
        self._logbook: Sequence[LogLine] = ()
        self._unobserved: tuple[Unobserved, ...] = ()
        self._stack = AsyncExitStack()
        self._installed = ""
        self._clean = False

    @property
    def unjailed(self) -> str:
        return self._hardware.unjailed

    @property
    def begins_ahead(self) -> bool:
        return False  # one app at a time: there is one proxy setting

    async def boot(self) -> None:
        with suppress(DeviceFault):  # what led to an app on a device that went away is gone with it
            await self._discard()
        self._installed, self._clean = "", False
        await self._hardware.reach()
        if "shell_v2" not in await self._adb.features():
            raise DeviceFault(f"{self.id}: its adbd is older than Android 7: its commands' exit codes are not told")
        api = int(await self._adb.run("getprop ro.build.version.sdk"))
        if api < OLDEST_API:
            raise DeviceFault(f"{self.id} has API level {api}: {OLDEST_API} or newer is needed")
        self._network = self._network or Network(self._adb, api=api)
        await self._network.reset()
        await self._adb.run("input keyevent KEYCODE_WAKEUP; wm dismiss-keyguard")

    async def stage(self, app: App, ca_pem: bytes) -> None:
        await self._build(app, ca_pem, self._env)

    @asynccontextmanager
    async def door(self, inlet: Inlet) -> AsyncIterator[tuple[str, int]]:
        async with (
            self._hardware.around(inlet),
            host_door(inlet) as (_, port),
            self._booted().through(port) as named,
        ):
            yield named

    def answer(self, app: App, request: Request) -> Response | None:
        return None  # the customer's own world is in the app

    @asynccontextmanager
    async def prepare(self, app: App, proxy: Proxy) -> AsyncIterator[Callable[[], bool]]:
        yield lambda: False

    async def inject(self, app: App, proxy: Proxy) -> None:
        await self._discard()
        network = self._booted()
        apk = await self._build(app, proxy.ca_pem, self._env)
        if apk.sha256 != self._installed:
            self._installed = ""
            await install(self._port, self._adb.serial, apk.file)
            self._installed = apk.sha256
        if not self._clean:
            await self._clear_storage()
        self._clean = False
        if app.offline and not network.cannot_be_taken():
            await network.offline()
        run = await self._stack.enter_async_context(begun(app, self._adb, network, packages=apk.packages))
        self._unobserved = (*self._hardware.unobserved, *(Unobserved("the plugin's APK", note) for note in apk.notes))
        self._run, self._logbook = run, run.logbook.lines
        with suppress(Died):  # health tells of it
            await run.launch()

    async def call(self, step: Step, traffic: Traffic) -> StepReply:
        return await play(self._running(), step, traffic)

    async def settle(self, traffic: Traffic) -> Settled:
        settled = await run_out(self._running(), traffic)
        return msgspec.structs.replace(settled, unobserved=(*settled.unobserved, *self._unobserved))

    async def health(self) -> Health:
        return await self._running().health()

    async def observe(self, probes: Sequence[Probe]) -> list[Sighting]:
        run = self._running()
        return [await sight(run, probe) for probe in probes]

    def logs(self) -> Sequence[LogLine]:
        return self._logbook

    async def clear(self, traffic: Traffic) -> tuple[Unobserved, ...]:
        run = self._run
        try:
            if run is None:
                return ()
            return await leave(run, traffic)
        finally:
            await self._discard()
            if self._installed:
                await self._clear_storage()

    async def close(self) -> None:
        with suppress(DeviceFault):
            await self._discard()

    async def _clear_storage(self) -> None:
        """End the app, and discard all it stored."""
        said = await self._adb.run(f"pm clear {PACKAGE}")
        if "Success" not in said:
            raise DeviceFault(f"{self.id}: `pm clear {PACKAGE}`: {said}")
        self._clean = True

    async def _discard(self) -> None:
        self._run = None
        await self._stack.aclose()

    def _running(self) -> Run:
        if self._run is None:
            raise DeviceFault(f"device {self.id} runs no app")
        return self._run

    def _booted(self) -> Network:
        if self._network is None:
            raise DeviceFault(f"device {self.id} was not booted")
        return self._network
