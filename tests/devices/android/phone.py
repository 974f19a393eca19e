"""A phone that does as a test says, behind real adb: what it is told is kept, what it answers can be changed."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from testbed.capture import Answer, Capture, Disposition, Listener
from testbed.devices.android.device import AndroidDevice
from testbed.devices.android.driver import AndroidDriver
from testbed.devices.android.package import Build
from testbed.devices.api import App, DeviceSpec, StepReply
from testbed.http import Request, Response
from testbed.plugin.model import Target
from testbed.scenario.steps import Step
from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.adb.machine import Stdio
from testbed.virtual.duplex import Duplex
from tests.devices.android.scripted import ScriptedApp
from tests.devices.plugins import plugin_of
from tests.virtual.adb.memory import MemoryMachine

ADDRESS = "127.97.11.5"
PACKAGE = "dev.testbed.app"
SOCKET = "localabstract:testbed"
FIRST_PID = 4_101
TARGET = Target(id="android", sdk="android-kotlin", factory="com.acme.Acme")


class ScriptedPhone(MemoryMachine):
    """`says` has what a command answers in place of the usual: its exit code and output, by the command's beginning.
    `app` is what runs once it is launched; `told` all commands, `settings` the global ones."""

    def __init__(self, app: ScriptedApp, *, api: int = 34) -> None:
        super().__init__("SCRIPTED")
        self.app = app
        self.api = api
        self.told: list[str] = []
        self.says: dict[str, tuple[int, str]] = {}
        self.settings: dict[str, str] = {}
        self.flying = False
        self.pid = FIRST_PID - 1
        self.stillborn: tuple[str, ...] = ()
        """What logcat says of an app that ends before it listens."""
        self._lives = False

    def heard(self, word: str) -> list[str]:
        """The commands that begin so."""
        return [each for each in self.told if each.startswith(word)]

    async def ends(self, *said: str) -> None:
        """The app's process ends, of which logcat says so much."""
        for line in said:
            await self.log(f"11-25 09:00:02.000 {line}")
        self.serving.pop(SOCKET, None)
        self._lives = False
        await self.app.end()

    async def _one(self, command: str, stdio: Stdio) -> int:
        if not command:
            return 0
        self.told.append(command)
        for beginning, (code, said) in self.says.items():
            if command.startswith(beginning):
                await stdio.out(said.encode())
                return code
        return await self._usual(command, stdio)

    async def _usual(self, command: str, stdio: Stdio) -> int:
        said = ""
        match shlex.split(command):
            case ["getprop", name]:
                said = {"sys.boot_completed": "1", "ro.build.version.sdk": str(self.api)}.get(name, "")
            case ["settings", "get", "global", name]:
                said = self.settings.get(name, "null")
            case ["settings", "put", "global", name, value]:
                self.settings[name] = value
            case ["cmd", "connectivity", "airplane-mode", wanted]:
                self.flying = wanted == "enable"
            case ["pidof", _]:
                said = str(self.pid) if self._lives else ""
            case ["am", "start", *_]:
                await self._launch()
                said = "Starting: Intent\nStatus: ok"
            case ["am", "force-stop", _] | ["pm", "clear", _]:
                await self._stop()
                said = "Success"
            case ["pm", "install", *_]:
                said = "Success"
            case ["pm" | "svc" | "input" | "wm" | "rm", *_]:
                pass
            case _:
                return await super()._one(command, stdio)
        await stdio.out(f"{said}\n".encode() if said else b"")
        return 0

    async def _launch(self) -> None:
        if not self._lives:
            self.pid += 1
            self._lives = True
            await self.log(f"11-25 09:00:00.000  1612  1612 I ActivityManager: Start proc {self.pid}:{PACKAGE}/u0a1")
            if not self.stillborn:
                self.serving[SOCKET] = self.app.serve
                return
            self._lives = False
            for line in self.stillborn:
                await self.log(f"11-25 09:00:00.000 {line}")

    async def _stop(self) -> None:
        if self._lives:
            self._lives = False
            self.serving.pop(SOCKET, None)
            await self.app.end()


class Play:
    """One run under way on a scripted phone."""

    def __init__(self, device: AndroidDevice, listener: Listener, phone: ScriptedPhone) -> None:
        self.device = device
        self.listener = listener
        self.phone = phone

    async def call(self, *steps: Step) -> list[StepReply]:
        return [await self.device.call(step, self.listener) for step in steps]

    async def app_connects(self) -> Duplex:
        """A connection of the app's to the proxy that its phone is told of."""
        _, _, port = self.phone.settings["http_proxy"].rpartition(":")
        return await self.phone.connect(f"tcp:{port}")


class Bench:
    """A device that is booted, and its phone."""

    def __init__(self, capture: Capture, device: AndroidDevice, phone: ScriptedPhone, daemon: Daemon) -> None:
        self.capture = capture
        self.device = device
        self.phone = phone
        self.daemon = daemon

    @asynccontextmanager
    async def play(self, *, clear: bool = True, **app: Any) -> AsyncIterator[Play]:
        fields: Mapping[str, Any] = {"run": "r1", "plugin": plugin_of(), "target": TARGET, **app}

        async def answer(_: Request) -> Answer:
            return Answer(disposition=Disposition.STUB, response=Response.text("taken"))

        async with self.capture.listen("r1", answer, door=self.device.door) as listener:
            try:
                await self.device.inject(App(write_key="key", **fields), listener.proxy)
                yield Play(self.device, listener, self.phone)
            finally:
                if clear:
                    await self.device.clear(listener)


@asynccontextmanager
async def _logging(phone: ScriptedPhone) -> AsyncIterator[None]:
    """A phone's log is never empty."""
    async with phone:
        await phone.log("--------- beginning of main")
        yield


@asynccontextmanager
async def bench(app: ScriptedApp, build: Build, *, api: int = 34) -> AsyncIterator[Bench]:
    """A scripted phone that a user attached by its address, as far as the driver can tell."""
    spec = DeviceSpec(platform="android", address=f"{ADDRESS}:5555")
    phone = ScriptedPhone(app, api=api)
    async with (
        _logging(phone),
        Daemon(phone, (ADDRESS, 5555)) as daemon,
        Capture() as capture,
        AndroidDriver(build=build).open(spec, count=1, spki=capture.spki, env={}) as devices,
    ):
        (device,) = devices
        assert isinstance(device, AndroidDevice)
        phone.told.clear()
        yield Bench(capture, device, phone, daemon)
