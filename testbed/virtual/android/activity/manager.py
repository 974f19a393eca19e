"""Starts apps by a runtime, keeps what is in front, and sees how they end (AOSP: com.android.server.am and .wm)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import msgspec

from testbed.errors import DeviceFault
from testbed.virtual.android.activity.obituary import SYSTEM_SERVER, Obituary
from testbed.virtual.android.log import LogBook
from testbed.virtual.android.network import Ports
from testbed.virtual.android.packages import Installed, PackageManager
from testbed.virtual.apps import AppProcess, AppRuntime, Exit, Launch, Priority, Surroundings
from testbed.virtual.duplex import Duplex

FIRST_PID = 4_100


class Running(msgspec.Struct, kw_only=True):
    """A process of an app. `component` is PACKAGE/CLASS of its top activity."""

    app: Installed
    pid: int
    process: AppProcess
    component: str
    front: bool = True
    since: float
    ended: asyncio.Event

    @property
    def package(self) -> str:
        return self.app.package


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What `am start -W` tells. `how`: a fresh process, one that was in the background, or the one in front."""

    how: Literal["COLD", "HOT", "DELIVERED"]
    took_ms: int


class ActivityManager:
    """One app runs at a time, since that is what a runtime does: to start another ends the one before, as a phone does
    that is short of memory. `background` owns the watch over each process."""

    def __init__(
        self,
        runtime: AppRuntime | None,
        packages: PackageManager,
        log: LogBook,
        ports: Ports,
        surroundings: Callable[[], Surroundings],
        background: Callable[[Coroutine[Any, Any, object]], None],
    ) -> None:
        self._runtime = runtime
        self._packages = packages
        self._log = log
        self._ports = ports
        self._surroundings = surroundings
        self._background = background
        self._obituary = Obituary(log, surroundings().api)
        self._next_pid = FIRST_PID
        self._one = asyncio.Lock()
        self._told = surroundings()
        self.running: Running | None = None

    @property
    def front(self) -> Running | None:
        """What is in front of the user; None: the launcher."""
        return self.running if self.running is not None and self.running.front else None

    def next_pid(self) -> int:
        self._next_pid += 7
        return self._next_pid

    async def start(self, app: Installed, launch: Launch, *, shown: str, uid: int = 2000) -> Started:
        """Start the app, or reach the one that runs. Raises DeviceFault when the runtime fails, and where there is
        none."""
        async with self._one:
            begun = time.monotonic()
            self._say("I", "ActivityTaskManager", f"START u0 {{{shown}}} from uid {uid}", buffer="system")
            running = self.running
            if running is not None and running.package == app.package and not running.ended.is_set():
                how: Literal["HOT", "DELIVERED"] = "DELIVERED" if running.front else "HOT"
                await running.process.deliver(launch)
                running.front, running.component = True, launch.component
                return Started(how=how, took_ms=_since(begun))
            if running is not None:
                await self._end(running, "kill background")
            await self._fresh(app, launch)
            took = _since(begun)
            user = " for user 0" if self._surroundings().api >= 34 else ""
            self._say(
                "I", "ActivityTaskManager", f"Displayed {_short(launch.component)}{user}: +{took}ms", buffer="system"
            )
            return Started(how="COLD", took_ms=took)

    async def _fresh(self, app: Installed, launch: Launch) -> None:
        if self._runtime is None:
            raise DeviceFault(
                f"{app.package} cannot start: this virtual phone has no runtime for apps",
                fix="run `testbed setup android`, which fetches and builds it",
            )
        pid = self.next_pid()
        for_what = f"pre-top-activity {{{launch.component}}}"
        self._say(
            "I",
            "ActivityManager",
            f"Start proc {pid}:{app.package}/u0a{app.uid - 10_000} for {for_what}",
            buffer="system",
        )

        def log(priority: Priority, tag: str, message: str, thread: int) -> None:
            self._log.add(priority, tag, message, pid=pid, tid=thread or pid, uid=app.uid)

        self._told = self._surroundings()
        process = await self._runtime.start(
            self._packages.bundle(app), launch, self._told, log=log, local=self._ports.local
        )
        self.running = Running(
            app=app, pid=pid, process=process, component=launch.component, since=time.time(), ended=asyncio.Event()
        )
        self._background(self._watch(self.running))

    async def _watch(self, running: Running) -> None:
        """See the end of a process, whoever's doing it is."""
        try:
            exit = await running.process.ended()
        except DeviceFault as fault:
            exit = Exit(by="runtime", stack=str(fault))
        self._obituary.write(exit, package=running.package, pid=running.pid, uid=running.app.uid, front=running.front,
                             component=_short(running.component))  # fmt: skip
        if self.running is running:
            self.running = None
        running.ended.set()

    async def home(self) -> None:
        """The home button."""
        async with self._one:
            if (running := self.front) is not None:
                await running.process.background()
                running.front = False

    async def stop(self, package: str, why: str) -> None:
        """End the process of a package, if it has one, as `am force-stop` does."""
        async with self._one:
            app = self._packages.find(package)
            if app is not None:
                self._say(
                    "I", "ActivityManager", f"Force stopping {package} appid={app.uid} user=0: {why}", buffer="system"
                )
            running = self.running
            if running is not None and running.package == package:
                await self._end(running, f"stop {package} due to {why}")

    async def kill(self, pid: int) -> bool:
        """Whether there was such a process."""
        async with self._one:
            if self.running is None or self.running.pid != pid:
                return False
            await self._end(self.running, "kill")
            return True

    async def _end(self, running: Running, why: str) -> None:
        self._say(
            "I",
            "ActivityManager",
            f"Killing {running.pid}:{running.package}/u0a{running.app.uid - 10_000} (adj 0): {why}",
            buffer="system",
        )
        await running.process.stop()
        await running.ended.wait()

    async def surround(self) -> None:
        """Tell the app of surroundings that have changed."""
        async with self._one:
            now = self._surroundings()
            if self.running is not None and now != self._told:
                self._told = now
                await self.running.process.surround(now)

    async def connect(self, socket: str) -> Duplex:
        """To an abstract socket of the app that runs. Raises ConnectionRefusedError."""
        if self.running is None:
            raise ConnectionRefusedError(111, "Connection refused", socket)
        return await self.running.process.connect(socket)

    async def close(self) -> None:
        """The phone is switched off."""
        async with self._one:
            if self.running is not None:
                await self.running.process.stop()
                await self.running.ended.wait()

    def _say(self, priority: Priority, tag: str, text: str, *, buffer: Literal["main", "system"] = "main") -> None:
        self._log.add(priority, tag, text, pid=SYSTEM_SERVER, uid=1000, buffer=buffer)


def _since(begun: float) -> int:
    return max(1, round((time.monotonic() - begun) * 1000))


def _short(component: str) -> str:
    package, _, name = component.partition("/")
    return f"{package}/{name.removeprefix(package)}" if name.startswith(f"{package}.") else component
