"""A browser as a device: one isolated context per run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager

import msgspec

from testbed.devices.api import App, Health, LogLine, Probe, Proxy, Settled, Sighting, StepReply, Traffic, Unobserved
from testbed.devices.chromium.browser import Browser
from testbed.devices.chromium.channel import HarnessError
from testbed.devices.chromium.logbook import LogBook
from testbed.devices.chromium.observe import sight
from testbed.devices.chromium.run import Run, begun
from testbed.devices.chromium.site import Site
from testbed.devices.chromium.steps import play
from testbed.devices.chromium.timers import run_out
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
        self._logbook: LogBook | None = None
        self._run: Run | None = None
        self._stack = AsyncExitStack()
        self._ahead: dict[Proxy, tuple[Run, AsyncExitStack]] = {}

    @property
    def unjailed(self) -> str:
        return self._browser.unjailed

    @property
    def begins_ahead(self) -> bool:
        return True

    async def boot(self) -> None:
        await self._browser.start()

    async def stage(self, app: App, ca_pem: bytes) -> None:
        pass  # a page loads what it is served

    def door(self, inlet: Inlet) -> AbstractAsyncContextManager[tuple[str, int]]:
        return self._browser.door(inlet)

    def answer(self, app: App, request: Request) -> Response | None:
        run = self._run
        # The site of an app that runs knows what its user has consented to meanwhile.
        site = run.site if run is not None and run.app is app else Site(app)
        return site.answer(request)

    @asynccontextmanager
    async def prepare(self, app: App, proxy: Proxy) -> AsyncIterator[Callable[[], bool]]:
        async with AsyncExitStack() as stack:
            run = await self._begin(app, proxy, stack)
            self._ahead[proxy] = run, stack
            try:
                yield lambda: run.alive
            finally:
                self._ahead.pop(proxy, None)

    async def inject(self, app: App, proxy: Proxy) -> None:
        await self._discard()
        if (ahead := self._ahead.pop(proxy, None)) is not None:
            run, begun_on = ahead
            self._stack.push_async_exit(begun_on.pop_all())
        else:
            run = await self._begin(app, proxy, self._stack)
        self._logbook = run.logbook
        async with self._browser.watch():
            with _coming_up():
                await run.arrive(app)
        self._run = run

    async def call(self, step: Step, traffic: Traffic) -> StepReply:
        run = self._running()
        async with self._browser.watch():
            reply = await play(run, step, traffic)
            run.check()
            return reply

    async def settle(self, traffic: Traffic) -> Settled:
        run = self._running()
        async with self._browser.watch():
            settled = await run_out(run.clock, run.tab.session, traffic, run.tab.workers)
            return msgspec.structs.replace(settled, unobserved=(*settled.unobserved, *run.tab.unheard))

    async def health(self) -> Health:
        run = self._running()
        async with self._browser.watch():
            health = await run.health()
            run.check()
            return health

    async def observe(self, probes: Sequence[Probe]) -> list[Sighting]:
        run = self._running()
        async with self._browser.watch():
            await run.stored.watch(probes)
            return [await sight(run.tab.session, probe, run.logbook.lines) for probe in probes]

    def logs(self) -> Sequence[LogLine]:
        return self._logbook.lines if self._logbook is not None else ()

    async def clear(self, traffic: Traffic) -> tuple[Unobserved, ...]:
        run = self._run
        try:
            if run is None:
                return ()
            async with self._browser.watch():
                return await run.leave(traffic)
        finally:
            await self._discard()

    async def close(self) -> None:
        await self._discard()

    async def _begin(self, app: App, proxy: Proxy, stack: AsyncExitStack) -> Run:
        async with self._browser.watch():
            with _coming_up():
                return await stack.enter_async_context(begun(self._browser, app, proxy))

    async def _discard(self) -> None:
        self._run = None
        await self._stack.aclose()

    def _running(self) -> Run:
        if self._run is None:
            raise DeviceFault(f"device {self.id} runs no app")
        return self._run


@contextmanager
def _coming_up() -> Iterator[None]:
    try:
        yield
    except (HarnessError, TimeoutError) as error:
        raise DeviceFault(f"the page did not come up: {str(error) or 'no answer in time'}") from error
