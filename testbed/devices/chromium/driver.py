"""The driver of the web platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from testbed.devices.api import Device, DeviceSpec, Tool
from testbed.devices.chromium.assets import asset
from testbed.devices.chromium.browser import Browser
from testbed.devices.chromium.device import ChromiumDevice
from testbed.devices.chromium.find import NAMES, find_browser
from testbed.errors import UsageError
from testbed.plugin.model import Platform


class ChromiumDriver:
    """devices.api.Driver: `count` devices in one browser process. Open it on the main thread (see process.launched)."""

    platform: Platform = "web"
    tool: Tool | None = None

    @asynccontextmanager
    async def open(
        self, spec: DeviceSpec, *, count: int, spki: str, env: Mapping[str, str]
    ) -> AsyncIterator[Sequence[Device]]:
        if spec.address:
            raise UsageError(
                f"-d {spec}: the browser is always one of testbed's own",
                fix=f"-d web, or -d web:PROFILE of {', '.join(NAMES)}",
            )
        asset("harness.js")  # fails before a browser is started
        async with AsyncExitStack() as stack:
            browser = await stack.enter_async_context(Browser(find_browser(spec.profile, env), spki=spki, env=env))
            devices = [ChromiumDevice(f"{spec}-{number}", browser) for number in range(1, count + 1)]
            for device in devices:
                stack.push_async_callback(device.close)
                await device.boot()
            yield devices
