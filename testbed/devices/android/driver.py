"""The driver of the Android platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from testbed.devices.android.device import AndroidDevice
from testbed.devices.android.hardware import attached, is_on_usb
from testbed.devices.android.package import Build, build
from testbed.devices.android.server import Server, serving
from testbed.devices.api import Device, DeviceSpec, Tool
from testbed.plugin.model import Platform


class AndroidDriver:
    """devices.api.Driver: all devices on one adb server, which lives as long as the first of them. Open it on the main
    thread (see jail.started)."""

    platform: Platform = "android"

    def __init__(self, *, build: Build = build) -> None:
        self._build = build
        self._server: Server | None = None

    @property
    def tool(self) -> Tool | None:
        server = self._server
        if server is None:
            return None
        return Tool(name="adb", program=server.adb, env=dict(server.env), address=f"127.0.0.1:{server.port}")

    @asynccontextmanager
    async def open(
        self, spec: DeviceSpec, *, count: int, spki: str, env: Mapping[str, str]
    ) -> AsyncIterator[Sequence[Device]]:
        async with AsyncExitStack() as stack:
            server = self._server or await self._serve(stack, env, usb=is_on_usb(spec))
            hardware = await stack.enter_async_context(attached(spec, server, count=count, env=env))
            devices = [
                AndroidDevice(f"{spec}-{number}", each, port=server.port, build=self._build, env=env)
                for number, each in enumerate(hardware, start=1)
            ]
            for device in devices:
                stack.push_async_callback(device.close)
                await device.boot()
            yield devices

    async def _serve(self, stack: AsyncExitStack, env: Mapping[str, str], *, usb: bool) -> Server:
        self._server = await stack.enter_async_context(serving(env, usb=usb))
        stack.callback(self._no_server)
        return self._server

    def _no_server(self) -> None:
        self._server = None
