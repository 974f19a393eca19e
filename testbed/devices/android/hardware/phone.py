"""A phone of the user's, by its serial or its HOST:PORT: left as it was found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

from testbed.devices.android.adb import Adb, notify
from testbed.devices.android.client import PACKAGE
from testbed.devices.android.hardware.reaching import reach, reach_by_network
from testbed.devices.android.server import Server
from testbed.devices.api import Unobserved
from testbed.errors import EnvironmentFault
from testbed.jail import Inlet
from testbed.owned.journal import Journal

THERE_WITHIN_S = 10.0

UNJAILED = "the device's network is its own: only what heeds its proxy setting comes to us"

RUNNING_EMULATOR = "emulator-"

UNDO = f"settings put global http_proxy :0; pm uninstall {PACKAGE}"


class Phone:
    """api.Hardware."""

    unjailed = UNJAILED
    unobserved: tuple[Unobserved, ...] = ()

    def __init__(self, serial: str, server: Server) -> None:
        self.serial = serial
        self._server = server

    def around(self, inlet: Inlet) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def reach(self) -> None:
        if ":" in self.serial:
            await reach_by_network(self._server, self.serial, within_s=THERE_WITHIN_S)
            return
        console = self.serial.removeprefix(RUNNING_EMULATOR) if self.serial.startswith(RUNNING_EMULATOR) else ""

        async def ask() -> str:
            return await tell_of_emulator(self._server, int(console)) if console.isdigit() else ""

        await reach(self._server, self.serial, ask, within_s=THERE_WITHIN_S)


@asynccontextmanager
async def found(serial: str, server: Server, *, env: Mapping[str, str]) -> AsyncIterator[Phone]:
    """The phone, attached. What a run changes on it is undone at the end, by the reaper if need be: with a server of
    its own, since ours is gone by then."""
    on_usb = ":" not in serial and not serial.startswith(RUNNING_EMULATOR)
    if on_usb and not server.usb:
        raise EnvironmentFault(
            f"this fleet's adb server does not look at USB, so it cannot have {serial}",
            fix=f"testbed down, then testbed up -d android={serial}",
        )
    one = Phone(serial, server)
    await one.reach()
    with Journal.of(env).command("changes on the phone", "sh", "-c", _undo_alone(serial, server)):
        yield one
        await Adb(server.port, serial).shell(UNDO)


async def tell_of_emulator(server: Server, console: int) -> str:
    """Tell our server of an emulator whose console is on `console`, as emulators do by themselves (SERVICES.TXT,
    host:emulator:<port>). Gives what is wrong where it does not come."""
    await notify(server.port, f"host:emulator:{console + 1}")
    return f"nothing answers on port {console + 1}"


def _undo_alone(serial: str, server: Server) -> str:
    adb = f"{server.adb} -P {server.port}"
    reached = f"{adb} connect {serial}; " if ":" in serial else ""
    return f"{reached}{adb} -s {serial} wait-for-device shell '{UNDO}'; {adb} kill-server"
