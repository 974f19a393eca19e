"""One app on a device: its process, the channel to its harness, and how far SDK and plugin have come."""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from testbed.devices.android.adb import Adb
from testbed.devices.android.channel import Channel, Failure, Lost, Reply, Told, opened
from testbed.devices.android.client import PACKAGE
from testbed.devices.android.ending import Ending, ending, has_ended
from testbed.devices.android.logbook import LogBook
from testbed.devices.android.logcat import last_started
from testbed.devices.android.network import Network
from testbed.devices.api import App, Health, LogLine
from testbed.errors import DeviceFault

COMPONENT = f"{PACKAGE}/{PACKAGE}.MainActivity"
SOCKET = "localabstract:testbed"
LAUNCH = f"am start -W -n {COMPONENT} -a android.intent.action.MAIN -c android.intent.category.LAUNCHER"

ANSWER_WITHIN_S = 15.0
"""How long the app's main thread may be busy before a step fails."""
UP_WITHIN_S = 60.0
"""How long the app's process may take to come up: the first on a virtual phone boots what runs it."""
READY_WITHIN_S = 5.0
"""How long the SDK may take to get the plugin ready before it counts as never ready."""
LOOK_AGAIN_S = 0.05
GONE_WITHIN_S = 5.0

FLUSH_AT = 20
FLUSH_INTERVAL_S = 30


class Died(Exception):
    """The app's process ended by its own doing; `str()` says how."""


class Run:
    """Made by `begun`. `packages` are those of the plugin's code."""

    def __init__(self, app: App, adb: Adb, network: Network, *, packages: Collection[str]) -> None:
        self.app = app
        self.adb = adb
        self.network = network
        self.logbook = LogBook()
        self.awaited = 0
        """How many requests an answer was waited for, whether or not it came."""
        self.virtual = False
        """Whether the app's clock can be moved."""
        self.died: Died | None = None
        self._packages = packages
        self._pid = 0
        self._channel: Channel | None = None
        self._process = AsyncExitStack()
        self._thrown: Told | None = None
        self._fault: DeviceFault | None = None

    async def launch(self) -> None:
        """Start a process of the app, and have the SDK in it take the plugin or give up on it. Raises Died where it
        did not live that long."""
        self.died = self._thrown = self._fault = None
        await self.start(LAUNCH)
        self._pid = await self._process_id()
        port = await self.adb.forward(SOCKET)
        self._process.push_async_callback(self.adb.unforward, port)
        try:
            channel = opened(port, self._told, within_s=UP_WITHIN_S, gone=lambda: has_ended(self.logbook, self._pid))
            self._channel = await self._process.enter_async_context(channel)
        except Lost:
            raise await self._gone() from None
        setup = await self.ask(
            "setup",
            writeKey=self.app.write_key,
            factory=self.app.target.factory,
            integrations=self.app.integrations,
            flushAt=FLUSH_AT,
            flushInterval=FLUSH_INTERVAL_S,
            lifecycle=False,
            deepLinks=False,
        )
        if setup.error is not None:
            self.record(setup.error)
        self.virtual = (await self.ask("pending")).virtual
        await self._until_ready()

    async def start(self, command: str) -> None:
        """Run an `am start`. What is wrong it says in words; older ones end with 0 all the same (AOSP,
        ActivityManagerShellCommand)."""
        said = await self.adb.shell(command, within_s=UP_WITHIN_S)
        if said.code or "Error" in said.out + said.err:
            raise DeviceFault(f"{self.adb.serial}: `{command}`: {(said.err or said.out).strip()}")

    async def ask(self, do: str, *, within_s: float = ANSWER_WITHIN_S, **fields: Any) -> Reply:
        """Have the harness do something. Raises Died where the app ended over it, DeviceFault where it was ended from
        outside, TimeoutError where its main thread does not answer."""
        self.check()
        assert self._channel is not None, "the app was not launched"
        try:
            return await self._channel.ask(do, within_s=within_s, **fields)
        except Lost:
            raise await self._gone() from None

    def check(self) -> None:
        """Raises Died where the app has."""
        if self.died is not None:
            raise self.died

    async def alive(self) -> bool:
        """Whether the app is there. Raises DeviceFault where it was ended from outside and nobody was told yet."""
        if self._channel is None or self._fault is not None:
            return False
        if self.died is None and self._channel.lost.is_set():
            await self._gone()
        return self.died is None

    async def health(self) -> Health:
        """How the plugin fares now."""
        try:
            reply = await self.ask("health")
        except Died as died:
            return Health(installed=False, ready=False, problem="threw", detail=str(died))
        except TimeoutError:
            detail = f"the app's main thread did not answer within {ANSWER_WITHIN_S:g} s"
            return Health(installed=False, ready=False, problem="never-ready", detail=detail)
        if reply.health is None:
            raise DeviceFault(f"the harness app does not say how the plugin fares: {reply}")
        return reply.health

    async def stop(self) -> None:
        """End the process; what it stored is kept."""
        self._channel = None
        await self._process.aclose()
        await self.adb.run(f"am force-stop {PACKAGE}")

    async def let_go(self) -> None:
        """Leave the process as it is: nothing of ours leads to it any more."""
        self._channel = None
        await self._process.aclose()

    def record(self, failure: Failure) -> None:
        """Note what was thrown by a call."""
        text = f"{failure.type}: {failure.message}" if failure.type else failure.message
        self.logbook.add(
            LogLine(
                source="exception",
                level="error",
                text=text,
                stack=failure.stack,
                by_plugin=failure.by_plugin,
                time=time.time(),
            )
        )

    async def _process_id(self) -> int:
        """Of the app that was just launched, whether or not it lives still."""
        said = await self.adb.shell(f"pidof {PACKAGE}")
        pid = int(said.out.split()[0]) if said.out.split() else last_started(self.logbook.recent, PACKAGE)
        self.logbook.adopt(pid)
        return pid

    async def _until_ready(self) -> None:
        """Return once the plugin is ready, or known not to come: after READY_WITHIN_S at most."""
        loop = asyncio.get_running_loop()
        until = loop.time() + READY_WITHIN_S
        while loop.time() < until:
            health = await self.health()
            if health.ready or health.problem not in ("", "never-ready") or self.died is not None:
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _gone(self) -> Died:
        """The app is gone: note why. Raises DeviceFault where that was from outside."""
        end = await self._ending()
        if not end.by_app:
            self._fault = DeviceFault(f"{self.adb.serial}: {end.text}")
            raise self._fault
        if self._thrown is None:  # else the harness has told of it already
            self.logbook.add(
                LogLine(
                    source="exception",
                    level="error",
                    text=end.text,
                    stack=end.stack,
                    by_plugin=end.by_plugin,
                    time=time.time(),
                )
            )
        self.died = Died(f"the app is gone: {end.text}")
        return self.died

    async def _ending(self) -> Ending:
        if (thrown := self._thrown) is not None:
            return Ending(text=thrown.message, by_app=True, stack=thrown.stack, by_plugin=thrown.by_plugin)
        return await ending(self.logbook, self._pid, self._packages)

    def _told(self, told: Told) -> None:
        if told.event == "exception":
            self._thrown = told
        self.logbook.told(told)


@asynccontextmanager
async def begun(app: App, adb: Adb, network: Network, *, packages: Collection[str]) -> AsyncIterator[Run]:
    """`app` on its way: the device's log is read, and what leads to the app's process goes with the context."""
    run = Run(app, adb, network, packages=packages)
    async with run.logbook.following(adb):
        try:
            yield run
        finally:
            await run.let_go()


def deep_link(url: str) -> str:
    """The command that opens a URL in the app."""
    return f"am start -W -n {COMPONENT} -a android.intent.action.VIEW -d {shlex.quote(url)}"
