"""The phone: a Machine for adbd, whose parts are the system services of Android."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from pathlib import Path
from typing import Any

from testbed.jail import Inlet
from testbed.virtual.adb.machine import Stdio
from testbed.virtual.android import properties
from testbed.virtual.android.activity import ActivityManager
from testbed.virtual.android.activity.obituary import SYSTEM_SERVER
from testbed.virtual.android.commands import run
from testbed.virtual.android.log import BUFFERS, LogBook
from testbed.virtual.android.network import Ports, Radios
from testbed.virtual.android.packages import PackageManager
from testbed.virtual.android.profile import Profile, profile
from testbed.virtual.android.screen import Display
from testbed.virtual.android.settings import Settings
from testbed.virtual.android.shell import Shell, State, Streams, converse
from testbed.virtual.android.storage import SHELL, Disk, User, UserFiles
from testbed.virtual.apps import AppRuntime, Surroundings
from testbed.virtual.duplex import Duplex


class Phone:
    """An async context manager. `model` is the name of a profile. Without a `runtime` it installs apps and cannot start
    them. `serial` "" makes one up; `capacity` is of its disk, in bytes. `locked`: it does not boot until `boot`.
    What it stores lies in a temporary folder, which is a fleet's home, and is gone with it."""

    def __init__(
        self,
        model: str | Profile,
        runtime: AppRuntime | None = None,
        *,
        serial: str = "",
        capacity: int = 8 << 30,
        locked: bool = False,
    ) -> None:
        self.profile = model if isinstance(model, Profile) else profile(model)
        self.serial = serial or secrets.token_hex(6).upper()
        self.properties = properties.of(self.profile, self.serial)
        self.settings = Settings(self.profile)
        self.radios = Radios(self.settings)
        self.display = Display(self.profile)
        self.log = LogBook()
        self.ports = Ports(self.background)
        self._runtime = runtime
        self._capacity = capacity
        self._locked = locked
        self._stack = AsyncExitStack()
        self._tasks: set[asyncio.Task[object]] = set()

    async def __aenter__(self) -> Phone:
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="phone-"))
            self.disk = Disk(Path(folder) / "disk", capacity=self._capacity)
            self.disk.format()
            self._group = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._cancel)
            self.packages = PackageManager(self.profile, self.disk, self._stop_package)
            self.activities = ActivityManager(
                self._runtime, self.packages, self.log, self.ports, lambda: self.surroundings, self.background
            )
            stack.push_async_callback(self.activities.close)
            self._begin()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def boot(self) -> None:
        """Let a locked phone come up."""
        self.properties.boot(True)

    @property
    def unjailed(self) -> str:
        """Why apps run in no jail; "" where they do, or where none runs."""
        return self._runtime.unjailed if self._runtime is not None else ""

    def around(self, inlet: Inlet) -> AbstractAsyncContextManager[None]:
        """For the time of the context, what apps send round the proxy is `inlet`'s."""
        return self._runtime.around(inlet) if self._runtime is not None else nullcontext()

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(
            api=self.profile.api,
            properties=dict(self.properties),
            locale=self.properties.get("persist.sys.locale", self.profile.locale),
            time_zone=self.properties.get("persist.sys.timezone", self.profile.time_zone),
            width=self.display.width,
            height=self.display.height,
            density=self.display.density,
            proxy=self.settings.proxy,
            online=self.radios.online,
        )

    # What adbd asks of a Machine.

    @property
    def banner(self) -> Mapping[str, str]:
        names = ("ro.product.name", "ro.product.model", "ro.product.device")
        return {name: self.properties[name] for name in names}

    @property
    def files(self) -> UserFiles:
        return UserFiles(self.disk, SHELL)

    async def shell(self, command: str, stdio: Stdio, *, pty: bool = False) -> int:
        shell = Shell(_Host(self), SHELL)
        streams = Streams(stdio.stdin, stdio.out, stdio.err)
        if command:
            return await shell.run(command, streams)
        return await converse(shell, stdio.stdin, streams, prompt=pty)

    async def command(self, arguments: Sequence[str], stdio: Stdio) -> int:
        streams = Streams(stdio.stdin, stdio.out, stdio.err)
        return await Shell(_Host(self), SHELL).start(["cmd", *arguments], streams)

    async def connect(self, address: str) -> Duplex:
        if address.startswith("localabstract:") and address not in self.ports.addresses:
            return await self.activities.connect(address.removeprefix("localabstract:"))
        return self.ports.connect(address)

    def listen(self, address: str, accept: Callable[[Duplex], Awaitable[None]]) -> AbstractAsyncContextManager[str]:
        return self.ports.listen(address, accept)

    async def reboot(self, argument: str) -> None:
        """What runs ends, what is stored stays."""
        await self.activities.close()
        self._cancel()
        self.log.clear(frozenset(BUFFERS))
        self._begin()

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """Run it until it ends, or the phone is switched off."""
        task: asyncio.Task[object] = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin(self) -> None:
        self.booted_at = time.time()
        self.properties.boot(not self._locked)
        self.log.add("I", "SystemServer", "Entered the Android system server!", pid=SYSTEM_SERVER, buffer="system")

    def _cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _stop_package(self, package: str, why: str) -> None:
        await self.activities.stop(package, why)


class _Host:
    """The phone as its shell knows it."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self.name = phone.profile.device

    def files(self, user: User) -> UserFiles:
        return UserFiles(self._phone.disk, user)

    async def run(self, state: State, argv: Sequence[str], streams: Streams) -> int | None:
        return await run(self._phone, state, argv, streams)

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        self._phone.background(work)
