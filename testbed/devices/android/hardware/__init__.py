"""The devices behind a spec. Here alone it is known what they are: the driver sees serials on an adb server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from testbed.devices.android.hardware import emulator, phone, virtual
from testbed.devices.android.hardware.api import Hardware
from testbed.devices.android.server import Server
from testbed.devices.api import DeviceSpec

EMULATOR = "avd:"

__all__ = ["Hardware", "attached", "is_on_usb"]


@asynccontextmanager
async def attached(
    spec: DeviceSpec, server: Server, *, count: int, env: Mapping[str, str]
) -> AsyncIterator[Sequence[Hardware]]:
    """`count` devices of a profile, or the one of an address: an emulator of the user's (`avd:NAME`), or a phone by its
    serial or its HOST:PORT. Raises EnvironmentFault with the fix where there is none, UsageError for a profile that
    does not exist."""
    if spec.address.startswith(EMULATOR):
        async with emulator.running(spec.address.removeprefix(EMULATOR), server, env=env) as device:
            yield [device]
    elif spec.address:
        async with phone.found(spec.address, server, env=env) as device:
            yield [device]
    else:
        async with virtual.phones(spec.profile, server, count=count, env=env) as devices:
            yield devices


def is_on_usb(spec: DeviceSpec) -> bool:
    """Whether the spec names a phone that is on USB."""
    return bool(spec.address) and ":" not in spec.address and not spec.address.startswith("emulator-")
