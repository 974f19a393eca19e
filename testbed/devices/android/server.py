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
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from testbed.devices.android.find import find_adb
from testbed.errors import EnvironmentFault
from testbed.jail import started

HOST = "127.0.0.1"
READY_WITHIN_S = 20.0
PORTS_TRIED = 3
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
    """A server for the time of the context. Raises EnvironmentFault where it does not come up. Call it on the main
    thread (see jail.started)."""
    adb = find_adb({**os.environ, **env})
    with tempfile.TemporaryDirectory(prefix="testbed-adb-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        async with AsyncExitStack() as stack:
            for _ in range(PORTS_TRIED):
                port = _free_port()
                pid = await _start(adb, port, _environment(env, home, usb=usb), stack)
                if pid:
                    break
                await stack.aclose()  # somebody took the port in between
            else:
                raise EnvironmentFault(f"the adb server ({adb}) does not come up: {_last_words(home)}")
            yield Server(adb=adb, port=port, pid=pid, home=home, usb=usb)


async def _start(adb: str, port: int, env: Mapping[str, str], stack: AsyncExitStack) -> int:
    """The server's process id; 0 where it has ended before it was ready.

    `fork-server` is how adb's own client starts it (AOSP, packages/modules/adb/client/commandline.cpp): it stays in the
    foreground, logs to ANDROID_ADB_LOG_PATH, and says OK on the reply descriptor once it listens and has looked for
    devices."""
    reader, writer = os.pipe()
    stack.callback(os.close, reader)
    try:
        command = [adb, "-L", f"tcp:localhost:{port}", "fork-server", "server", "--reply-fd", "3"]
        process = await stack.enter_async_context(started(command, env=env, pipes=(writer,)))
    finally:
        os.close(writer)
    return process.pid if await _says_ok(reader) else 0


async def _says_ok(reader: int) -> bool:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(reader, readable.set)
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await readable.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(reader)
    return os.read(reader, 16).startswith(b"OK")


def _environment(env: Mapping[str, str], home: Path, *, usb: bool) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key in PASSED_ON}
    ours = {key: value for key, value in env.items() if key.startswith("TESTBED_")}
    scanning = {"ADB_MDNS": "0", "ADB_EMU": "0", "ADB_USB": "1" if usb else "0"}
    log = {"ANDROID_ADB_LOG_PATH": str(home / "adb.log"), "TMPDIR": str(home)}
    return {**kept, **ours, **scanning, **log, "HOME": str(home), "ANDROID_USER_HOME": str(home), **_keys()}


def _keys() -> dict[str, str]:
    """The user's own key beside ours, which is only ever read: a phone that trusts the user's adb then trusts ours."""
    folder = Path(os.environ.get("ANDROID_USER_HOME") or Path.home() / ".android")
    key = folder / "adbkey"
    return {"ADB_VENDOR_KEYS": str(key)} if os.access(key, os.R_OK) else {}


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _last_words(home: Path) -> str:
    try:
        lines = (home / "adb.log").read_text(errors="replace").splitlines()
    except OSError:
        return "it said nothing"
    return lines[-1] if lines else "it said nothing"
