"""An emulator of the user's Android SDK, started for the fleet and ended with it: `avd:NAME`.

Its options are those of `emulator -help` (developer.android.com/studio/run/emulator-commandline). It runs from its
quick-boot snapshot, without a window, and writes nothing to it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from testbed.devices.android.find import find_in_sdk
from testbed.devices.android.hardware.phone import UNJAILED, tell_of_emulator
from testbed.devices.android.hardware.reaching import reach
from testbed.devices.android.server import HOST, Server
from testbed.devices.api import Unobserved
from testbed.errors import DeviceFault, EnvironmentFault
from testbed.jail import Inlet, Process, started

KVM = "/dev/kvm"

FIRST_PORT, LAST_PORT = 5586, 5682
"""Console ports: even, and adb's one above. Below this range every adb server of this machine looks for emulators by
itself, above it emulators do not go."""

HEADLESS = ("-no-window", "-no-audio", "-no-boot-anim", "-no-metrics", "-read-only", "-no-snapshot-save")

LISTED_WITHIN_S = 20.0
THERE_WITHIN_S = 60.0
BOOTED_WITHIN_S = 180.0

PASSED_ON = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "ANDROID_HOME", "ANDROID_SDK_ROOT",
    "ANDROID_AVD_HOME", "ANDROID_EMULATOR_HOME", "ANDROID_USER_HOME", "XDG_RUNTIME_DIR",
)  # fmt: skip
"""It needs the user's AVDs, and so the user's home."""


class Emulator:
    """api.Hardware."""

    unjailed = UNJAILED
    unobserved: tuple[Unobserved, ...] = ()

    def __init__(self, name: str, console: int, process: Process, server: Server) -> None:
        self.serial = f"emulator-{console}"
        self._name = name
        self._console = console
        self._process = process
        self._server = server

    def around(self, inlet: Inlet) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def reach(self) -> None:
        async def ask() -> str:
            self._check()
            return await tell_of_emulator(self._server, self._console)

        self._check()
        await reach(self._server, self.serial, ask, within_s=THERE_WITHIN_S, booted_within_s=BOOTED_WITHIN_S)

    def _check(self) -> None:
        if self._process.exit_code is not None:
            last = self._process.said.strip().rpartition("\n")[2]
            raise DeviceFault(f"the emulator of {self._name} ended with {self._process.exit_code}: {last}")


@asynccontextmanager
async def running(name: str, server: Server, *, env: Mapping[str, str]) -> AsyncIterator[Emulator]:
    """The AVD `name`, running and booted. Raises EnvironmentFault where there is no SDK, no such AVD or no KVM."""
    surroundings = {**os.environ, **env}
    program = find_in_sdk("emulator/emulator", surroundings)
    environment = _environment(surroundings, server)
    have = await _avds(program, environment)
    if name not in have:
        known = f"there are {', '.join(have)}" if have else "there are none"
        raise EnvironmentFault(f"no AVD {name!r}: {known}", fix="avdmanager create avd, or Android Studio's manager")
    if why := without_kvm():
        raise EnvironmentFault(
            f"an emulator needs KVM, and {why}",
            fix="switch virtualization on, and add yourself to the group kvm; or -d android, which needs none",
        )
    console = _free_console()
    command = (program, "-avd", name, "-ports", f"{console},{console + 1}", *HEADLESS)
    async with started(command, env=environment) as process:
        one = Emulator(name, console, process, server)
        await one.reach()
        yield one


def without_kvm() -> str:
    """Why there is no KVM; "" where there is."""
    if os.access(KVM, os.R_OK | os.W_OK):
        return ""
    return f"{KVM} {'may not be opened' if os.path.exists(KVM) else 'is not there'}"


async def _avds(program: str, env: Mapping[str, str]) -> list[str]:
    process = await asyncio.create_subprocess_exec(
        program, "-list-avds", env=dict(env), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LISTED_WITHIN_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        raise EnvironmentFault(f"{program} -list-avds did not end within {LISTED_WITHIN_S:g} s") from None
    # Newer ones print a line for whoever would report a crash before it: `INFO    | Storing crashdata in ...`.
    return [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip() and "|" not in line]


def _free_console() -> int:
    for port in range(FIRST_PORT, LAST_PORT + 1, 2):
        if _free(port) and _free(port + 1):
            return port
    raise EnvironmentFault(f"no port from {FIRST_PORT} to {LAST_PORT} is free for an emulator")


def _free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def _environment(env: Mapping[str, str], server: Server) -> dict[str, str]:
    """The emulator tells the adb server of itself: ours, not the user's."""
    kept = {key: value for key, value in env.items() if key in PASSED_ON or key.startswith("TESTBED_")}
    return {**kept, "TMPDIR": str(server.home), "ANDROID_ADB_SERVER_PORT": str(server.port)}
