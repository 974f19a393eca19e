"""adbutils, led to our adb server and to no other, for what is done once a device or an APK.

It is synchronous: each call runs in a thread, bounded by the timeout of its socket.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from adbutils import AdbClient, AdbDevice
from adbutils._adb import AdbConnection
from adbutils.errors import AdbError, AdbInstallError

from testbed.devices.android.server import HOST
from testbed.errors import DeviceFault

T = TypeVar("T")

WITHIN_S = 60.0
"""How long the device may be silent: dexopt of a large APK on an old phone."""

PACKAGE = "dev.testbed.app"

OF_ANOTHER = ("INSTALL_FAILED_UPDATE_INCOMPATIBLE", "INSTALL_FAILED_VERSION_DOWNGRADE")
"""What is installed is signed by somebody else, or newer: it has to go first."""


class _Connection(AdbConnection):  # type: ignore[misc]
    def _safe_connect(self) -> socket.socket:
        """adbutils starts a server where none answers: the user's, on port 5037."""
        found: socket.socket = self._create_socket()
        return found


class _Client(AdbClient):  # type: ignore[misc]
    def make_connection(self, timeout: float | None = None) -> AdbConnection:
        connection = _Connection(self.host, self.port)
        connection.conn.settimeout(min(timeout or WITHIN_S, WITHIN_S))
        return connection


async def connect(port: int, address: str) -> str:
    """`adb connect`: what adb says of it, which is no error where it did not succeed."""
    return await _apart(f"connect {address}", lambda: _Client(HOST, port).connect(address))


async def install(port: int, serial: str, apk: Path) -> None:
    """Have the device install `apk`, in place of an app of that name. Raises DeviceFault with Android's own reason."""
    remote = f"/data/local/tmp/testbed-{apk.name}"

    def push_and_install() -> None:
        device = AdbDevice(_Client(HOST, port), serial)
        device.sync.push(apk, remote)
        try:
            device.install_remote(remote, clean=True, flags=["-r", "-t", "-g"])
        except AdbInstallError as error:
            if error.reason not in OF_ANOTHER:
                raise
            device.shell(["pm", "uninstall", PACKAGE])
            device.install_remote(remote, clean=True, flags=["-r", "-t", "-g"])

    await _apart(f"install {apk.name}", push_and_install)


async def _apart(what: str, call: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(call)
    except (AdbError, OSError, EOFError) as error:
        raise DeviceFault(f"adb {what}: {str(error).strip() or type(error).__name__}") from error
