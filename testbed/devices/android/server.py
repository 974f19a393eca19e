"""The fleet's own adb server: on a port of its own, with keys of its own, gone with the fleet.

The user's server on port 5037, and the keys and devices that it holds, are left alone: ours looks for nothing by itself
(no USB, no mDNS, no scan for emulators) unless a device of the user's is asked for.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import msgspec

from testbed.devices.android.find import FIX, find_adb
from testbed.errors import EnvironmentFault
from testbed.jail import Process, started

HOST = "127.0.0.1"
READY_WITHIN_S = 20.0
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """An adb server that runs. `adb` is its program, `pid` its process; `usb`: it takes the devices on USB that no
    other server has taken."""

    adb: str
    port: int
    pid: int
    home: Path
    usb: bool = False

    @property
    def env(self) -> Mapping[str, str]:
        """What leads an adb client to this server."""
        return {"ANDROID_ADB_SERVER_PORT": str(self.port), "ANDROID_USER_HOME": str(self.home)}


@asynccontextmanager
async def serving(env: Mapping[str, str], *, usb: bool) -> AsyncIterator[Server]:
    """A server for the time of the context. Its socket is there before it starts (AOSP, packages/modules/adb/docs/dev/
    socket-activation.md), so that nobody can take its port in between. Raises EnvironmentFault where it does not come
    up. Call it on the main thread (see jail.started)."""
    adb = find_adb({**os.environ, **env})
    with tempfile.TemporaryDirectory(prefix="testbed-adb-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        async with AsyncExitStack() as stack:
            with socket.create_server((HOST, 0)) as listening:
                port: int = listening.getsockname()[1]
                command = (adb, "-L", "acceptfd:3", "nodaemon", "server")
                running = started(command, env=_environment(env, home, usb=usb), pipes=(listening.fileno(),))
                process = await stack.enter_async_context(running)
            await _until_it_answers(process, port)
            yield Server(adb=adb, port=port, pid=process.pid, home=home, usb=usb)


async def _until_it_answers(process: Process, port: int) -> None:
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            reader, writer = await asyncio.open_connection(HOST, port)
            with closing(writer):
                writer.write(b"000chost:version")
                if await reader.read(4) == b"OKAY":
                    return
    except (TimeoutError, OSError):
        pass
    await process.ended()
    last = process.said.strip().rpartition("\n")[2] or "it said nothing"
    raise EnvironmentFault(f"the adb server does not come up: {last}", fix=FIX)


def _environment(env: Mapping[str, str], home: Path, *, usb: bool) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in PASSED_ON}
    ours = {key: value for key, value in env.items() if key.startswith("TESTBED_")}
    scanning = {"ADB_MDNS": "0", "ADB_EMU": "0", "ADB_USB": "1" if usb else "0"}
    homes = {"HOME": str(home), "ANDROID_USER_HOME": str(home), "TMPDIR": str(home)}
    return {**kept, **ours, **scanning, **homes, **_keys()}


def _keys() -> dict[str, str]:
    """The user's own key beside ours, which is only ever read: a phone that trusts the user's adb then trusts ours."""
    folder = Path(os.environ.get("ANDROID_USER_HOME") or Path.home() / ".android")
    key = folder / "adbkey"
    return {"ADB_VENDOR_KEYS": str(key)} if os.access(key, os.R_OK) else {}
