"""The device's network: its way to the proxy, and none at all."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from testbed.devices.android.adb import Adb

HOST = "127.0.0.1"
"""The proxy as the device names it: its own loopback, where `adb reverse` listens."""

NO_PROXY = ":0"
"""What ends a proxy at once; deleting the setting is heeded only by the next boot (AOSP, ProxyTracker)."""

FLIGHT_MODE_COMMAND = 30
"""The API level from which on `cmd connectivity airplane-mode` is there."""


class Network:
    """The network of one device. `api` is its API level."""

    def __init__(self, adb: Adb, *, api: int) -> None:
        self.away = False
        self._adb = adb
        self._api = api
        self._to = 0
        self._on = 0

    @asynccontextmanager
    async def through(self, port: int) -> AsyncIterator[tuple[str, int]]:
        """Have apps use the proxy on `port` of this machine; gives host and port as the device names them. All of it is
        undone at the end."""
        before = await self._adb.run("settings get global http_proxy")
        async with AsyncExitStack() as undo:
            self._to, self._on = port, await self._adb.reverse(port)
            undo.push_async_callback(self._adb.unreverse, self._on)
            undo.push_async_callback(self.online)
            undo.push_async_callback(self._adb.run, f"settings put global http_proxy {_again(before)}")
            await self._adb.run(f"settings put global http_proxy {HOST}:{self._on}")
            yield HOST, self._on

    def cannot_be_taken(self) -> str:
        """Why the network cannot be taken away; "" where it can."""
        address = self._adb.serial.rpartition(":")[0]
        try:
            near = not address or ipaddress.ip_address(address.strip("[]")).is_loopback
        except ValueError:
            near = False
        return "" if near else "adb itself reaches this device by its network: attach it by USB"

    async def offline(self) -> None:
        """Flight mode, and no way to the proxy: the device's own loopback is there in flight mode too."""
        if not self.away:
            self.away = True
            await self._flight_mode(on=True)
            await self._adb.unreverse(self._on)

    async def online(self) -> None:
        if self.away:
            await self._adb.reverse(self._to, on=self._on)
            await self._flight_mode(on=False)
            self.away = False

    async def reset(self) -> None:
        """After a fault: no proxy, no way to one, and no flight mode of ours."""
        await self._adb.unreverse_all()
        await self._adb.run(f"settings put global http_proxy {NO_PROXY}")
        if self.away:
            await self._flight_mode(on=False)
            self.away = False

    async def _flight_mode(self, *, on: bool) -> None:
        if self._api >= FLIGHT_MODE_COMMAND:
            await self._adb.run(f"cmd connectivity airplane-mode {'enable' if on else 'disable'}")
        else:
            word = "disable" if on else "enable"
            await self._adb.run(f"svc wifi {word} && svc data {word}")


def _again(setting: str) -> str:
    """A value of `settings get` as one to put: where there was none, none from now on."""
    return NO_PROXY if setting in ("", "null") else setting
