"""A browser as a device: one isolated context per run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from testbed.devices.api import App, Health, LogLine, Probe, Proxy, Sighting, StepReply, Traffic
from testbed.devices.chromium.browser import Browser
from testbed.devices.chromium.channel import HarnessError
from testbed.devices.chromium.clock import run_out
from testbed.devices.chromium.logbook import LogBook
from testbed.devices.chromium.observe import sight
from testbed.devices.chromium.ownership import Ownership
from testbed.devices.chromium.run import Run, running
from testbed.devices.chromium.site import Site
from testbed.devices.chromium.steps import play
from testbed.errors import DeviceFault
from testbed.http import Request, Response
from testbed.jail import Inlet
from testbed.plugin.model import Platform
from testbed.scenario.steps import Step


class ChromiumDevice:
    """devices.api.Device on a Browser that other devices may share: they do not disturb each other."""

    platform: Platform = "web"

    def __init__(self, id: str, browser: Browser) -> None:
        self.id = id
        self._browser = browser
        self._site: Site | None = None
        self._logbook: LogBook | None = None
        self._run: Run | None = None
        self._stack = AsyncExitStack()

    @property
    def unjailed(self) -> str:
        return self._browser.unjailed

    async def boot(self) -> None:
        await self._browser.start()

    def door(self, inlet: Inlet) -> AbstractAsyncContextManager[tuple[str, int]]:
        return self._browser.door(inlet)

    def answer(self, request: Request) -> Response | None:
        return self._site.answer(request) if self._site is not None else None

    async def inject(self, app: App, proxy: Proxy) -> None:
        await self._discard()
        self._site, self._logbook = Site(app), LogBook(Ownership(app))
        async with self._browser.watch():
            try:
                self._run = await self._stack.enter_async_context(
                    running(self._browser, app, self._site, self._logbook, proxy)
                )
            except (HarnessError, TimeoutError) as error:
                raise DeviceFault(f"the page did not come up: {str(error) or 'no answer in time'}") from error

    async def call(self, step: Step) -> StepReply:
        run = self._running()
        async with self._browser.watch():
            reply = await play(run, step)
            run.check()
            return reply

    async def settle(self, traffic: Traffic) -> str:
        run = self._running()
        async with self._browser.watch():
            return await run_out(run.tab.session, traffic, run.tab.wake_workers)

    async def health(self) -> Health:
        run = self._running()
        async with self._browser.watch():
            health = await run.health()
            run.check()
            return health

    async def observe(self, probes: Sequence[Probe]) -> list[Sighting]:
        run = self._running()
        async with self._browser.watch():
            return [await sight(run.tab.session, probe, run.logbook.lines) for probe in probes]

    def logs(self) -> Sequence[LogLine]:
        return self._logbook.lines if self._logbook is not None else ()

    async def clear(self, traffic: Traffic) -> None:
        run = self._run
        try:
            if run is not None:
                async with self._browser.watch():
                    await run.leave(traffic)
        finally:
            await self._discard()

    async def close(self) -> None:
        await self._discard()
        self._site = None

    async def _discard(self) -> None:
        self._run = None
        await self._stack.aclose()

    def _running(self) -> Run:
        if self._run is None:
            raise DeviceFault(f"device {self.id} runs no app")
        return self._run
