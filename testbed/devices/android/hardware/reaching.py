"""Getting a device onto our adb server, and waiting for it to be ready."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from testbed.devices.android.adb import Adb, devices
from testbed.devices.android.client import connect
from testbed.devices.android.server import Server
from testbed.errors import DeviceFault

LOOK_AGAIN_S = 0.25

FIXES = {
    "unauthorized": "accept this computer's key on the device's screen",
    "offline": "unplug it and plug it in again, or restart it",
    "no permissions": "give yourself access to it (udev rules: developer.android.com/studio/run/device)",
    "": "adb devices of your own shows what is attached; an adb server of yours keeps what is on USB to itself: "
    "adb kill-server gives it free",
}


async def reach_by_network(server: Server, address: str, *, within_s: float) -> None:
    """`adb connect`, until the device is there: `already connected` may be said of one that has gone away."""

    async def ask() -> str:
        if (await devices(server.port)).get(address) == "device":
            return ""
        return await connect(server.port, address)

    await reach(server, address, ask, within_s=within_s)


async def reach(
    server: Server, serial: str, ask: Callable[[], Awaitable[str]], *, within_s: float, booted_within_s: float = 30.0
) -> None:
    """`ask` for the device (it gives what was said to that) until adb has it, and then wait until it has booted. Raises
    DeviceFault with its state where it does not come."""
    adb, said, state = Adb(server.port, serial), "", ""
    try:
        async with asyncio.timeout(within_s):
            while (state := await adb.state()) != "device":
                said = await ask() or said
                if await adb.state() != "device":
                    await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        is_what = f"is {state}" if state else f"is not there{f' ({said})' if said else ''}"
        fix = next((FIXES[each] for each in FIXES if each and state.startswith(each)), FIXES[""])
        raise DeviceFault(f"{serial} {is_what} on the fleet's adb server after {within_s:g} s", fix=fix) from None
    try:
        async with asyncio.timeout(booted_within_s):
            await _booted(adb)
    except TimeoutError:
        raise DeviceFault(f"{serial} has not booted within {booted_within_s:g} s") from None


async def _booted(adb: Adb) -> None:
    while True:
        if (await adb.shell("getprop sys.boot_completed")).out.strip() == "1":
            return
        await asyncio.sleep(LOOK_AGAIN_S)
