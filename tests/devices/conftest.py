"""One browser for all tests here."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest_asyncio

from testbed.capture import Capture
from testbed.devices.api import DeviceSpec
from testbed.devices.chromium import ChromiumDevice, ChromiumDriver
from tests.devices.world import World

DEVICES = 2


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world() -> AsyncIterator[World]:
    spec = DeviceSpec(platform="web")
    async with (
        Capture() as capture,
        ChromiumDriver().open(spec, count=DEVICES, spki=capture.spki, env=os.environ) as devices,
    ):
        yield World(capture, [device for device in devices if isinstance(device, ChromiumDevice)])
