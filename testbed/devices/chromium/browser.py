"""One browser, shared by the devices that run in it: started when first needed, started anew after it died."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import TracebackType
from typing import Any

from pyppeteer.browser import Browser as Pyppeteer
from pyppeteer.browser import BrowserContext
from pyppeteer.errors import PyppeteerError

from testbed.devices.api import Proxy
from testbed.devices.chromium.agent import UserAgent
from testbed.devices.chromium.pipe import FlatSession, PipeConnection
from testbed.devices.chromium.process import launched, version_of
from testbed.errors import DeviceFault, EnvironmentFault, InternalError
from testbed.jail import Inlet, Process, host_door, why_not

START_WITHIN_S = 30.0

WORKERS = ("shared_worker", "service_worker")
WORKERS_WAIT = {
    "autoAttach": True,
    "waitForDebuggerOnStart": True,
    "flatten": True,
    "filter": [{"type": kind} for kind in WORKERS],
}
"""They belong to no page: only the browser tells of them (CDP Target.setAutoAttach)."""


class Browser:
    """Owns the process; an async context manager. All it starts ends with it."""

    def __init__(self, path: str, *, spki: str, env: Mapping[str, str]) -> None:
        self.path = path
        self._spki = spki
        self._env = env
        self._starting = asyncio.Lock()
        self._running: AsyncExitStack | None = None
        self._process: Process | None = None
        self._pyppeteer: Any = None
        self._watches: set[Watch] = set()
        self._lost = ""
        self._cause: Exception | None = None
        self.unjailed = ""
        self._meet: dict[str, Callable[[FlatSession], None]] = {}
        self.agent = UserAgent(version="")

    async def __aenter__(self) -> Browser:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Make sure that a browser runs. Raises EnvironmentFault when it does not come up."""
        async with self._starting:
            if self._running is not None and not self._lost:
                return
            await self._stop()
            self.unjailed = await why_not()
            self.agent = await self._identity()
            async with AsyncExitStack() as stack:
                process, connection = await stack.enter_async_context(
                    launched(self.path, spki=self._spki, user_agent=self.agent.text, env=self._env, lost=self._on_lost)
                )
                self._process, self._lost, self._cause = process, "", None
                try:
                    async with asyncio.timeout(START_WITHIN_S):
                        self._pyppeteer = await Pyppeteer.create(connection, [], False, None)
                        connection.on("Target.attachedToTarget", lambda event: self._attached(connection, event))
                        await connection.send("Target.setAutoAttach", WORKERS_WAIT)
                except (PyppeteerError, TimeoutError) as error:
                    raise self._not_started(process.said) from error
                self._running = stack.pop_all()

    @asynccontextmanager
    async def door(self, inlet: Inlet) -> AsyncIterator[tuple[str, int]]:
        """A proxy for one context: host and port as the browser must name them. Starts the browser anew, if it died
        under an earlier run."""
        await self.start()
        network = self._process.network if self._process is not None else None
        async with network.door(inlet) if network is not None else host_door(inlet) as address:
            yield address

    @asynccontextmanager
    async def context(self, proxy: Proxy, *, meet: Callable[[FlatSession], None]) -> AsyncIterator[Any]:
        """A fresh, isolated pyppeteer BrowserContext whose traffic all goes through `proxy`. `meet` gets the CDP
        session of each shared or service worker in it, before it runs."""
        browser = self._pyppeteer
        made = await browser._connection.send(
            "Target.createBrowserContext",
            {"proxyServer": f"http://{proxy.host}:{proxy.port}", "proxyBypassList": "<-loopback>"},
        )
        # pyppeteer's own method takes no proxy.
        context = browser._contexts[made["browserContextId"]] = BrowserContext(browser, made["browserContextId"])
        self._meet[made["browserContextId"]] = meet
        try:
            yield context
        finally:
            del self._meet[made["browserContextId"]]
            with suppress(PyppeteerError):  # gone already, with the browser
                await context.close()

    def watch(self) -> Watch:
        """`async with browser.watch():` raises DeviceFault as soon as the browser is gone, and for every CDP error."""
        return Watch(self)

    async def fault(self) -> DeviceFault | InternalError:
        """What there is to say of a browser that is gone, or of our own fault in talking to it."""
        assert self._process is not None
        if self._cause is not None:
            return InternalError(self._lost)
        code = await self._process.ended()
        how = "" if code is None else f" (signal {-code})" if code < 0 else f" (exit code {code})"
        said = f"; it said:\n{self._process.said}" if self._process.said else ""
        return DeviceFault(f"the browser ended while it was in use{how}{said}")

    async def _identity(self) -> UserAgent:
        said = ""
        try:
            said = await version_of(self.path, env=self._env)
            return UserAgent.of(said)
        except (OSError, ValueError) as error:
            raise self._not_started(said or str(error)) from error

    def _not_started(self, said: str) -> EnvironmentFault:
        return EnvironmentFault(
            f"{self.path} did not start\n{said}".rstrip(),
            fix=f"see whether `{self.path} --headless --dump-dom about:blank` runs",
        )

    def _attached(self, connection: PipeConnection, event: dict[str, Any]) -> None:
        """A shared or service worker waits to be looked at before it runs."""
        target = event["targetInfo"]
        if target["type"] not in WORKERS:
            return  # pyppeteer attaches to pages by itself
        session = connection.session(target["type"], event["sessionId"])
        if meet := self._meet.get(target.get("browserContextId", "")):
            meet(session)
        session.send("Runtime.enable")
        session.send("Emulation.setUserAgentOverride", self.agent.override())
        session.send("Runtime.runIfWaitingForDebugger")

    def _on_lost(self, why: str, cause: Exception | None) -> None:
        self._lost, self._cause = why, cause
        for watch in list(self._watches):
            watch.fire()

    async def _stop(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await running.aclose()


class Watch:
    """Ends what runs under it when the browser dies, in the manner of asyncio.timeout."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._task: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self._fired = False

    async def __aenter__(self) -> None:
        if self._browser._lost:
            raise await self._browser.fault()
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        self._browser._watches.add(self)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser._watches.discard(self)
        assert self._task is not None
        ours = self._fired and self._task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError)
        if ours or (self._browser._lost and isinstance(error, PyppeteerError)):
            raise await self._browser.fault() from error
        if isinstance(error, PyppeteerError):
            raise DeviceFault(f"the browser refused a command: {error}") from error

    def fire(self) -> None:
        assert self._task is not None
        self._fired = True
        self._task.cancel()
