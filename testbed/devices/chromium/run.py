"""One app running on a browser: the page, what it says, and how far the SDK has come with the plugin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec

from testbed.devices.api import App, Health, LogLine, Proxy, Traffic, Unobserved
from testbed.devices.chromium.browser import Browser
from testbed.devices.chromium.channel import Channel, Failure, HarnessError, Reply, Said
from testbed.devices.chromium.clock import Clock
from testbed.devices.chromium.health import Facts, diagnose
from testbed.devices.chromium.logbook import LogBook
from testbed.devices.chromium.ownership import Ownership
from testbed.devices.chromium.site import FAREWELL_PATH, Site
from testbed.devices.chromium.stored import Stored
from testbed.devices.chromium.tab import Tab, opened
from testbed.errors import DeviceFault

READY_WITHIN_S = 5.0
"""How long the SDK may take to get the plugin ready before it counts as never ready."""
PAGE_WITHIN_S = 10.0
"""How long the page's main thread may be busy before a step fails."""
UNLOAD_WITHIN_S = 3.0
UNLOAD_STILL_MS = 25.0

SDK_FAILED = "[analytics.js] Failed to load Analytics.js"
"""What the SDK prints when it gives itself up (analytics-next, browser/standalone)."""


class Run:
    """Made by `begun`. `offline` is the state of the network as the scenario wants it."""

    def __init__(self, app: App, tab: Tab, logbook: LogBook, ownership: Ownership) -> None:
        self.app = app
        self.site = Site(app)
        self.tab = tab
        self.clock = Clock(tab.session)
        self.logbook = logbook
        self.offline = False
        self.stored = Stored(tab.session)
        self._ownership = ownership
        self._channel = Channel(tab.session, on_event=self._on_event)
        self._facts = Facts(sdk="loading")
        self._known = False
        self._busy = False
        self._beacons = 0
        self._signals: dict[str, None] = {}
        logbook.on_line = self._on_line

    @property
    def alive(self) -> bool:
        """Whether the page's process is there."""
        return self.tab.session.open and not self.tab.crashed

    async def arrive(self, app: App) -> None:
        """Go on as `app`, of the same page and manifest as the one that was begun: the page loaded, its SDK as far as
        it will come."""
        self.app, self.site = app, Site(app)
        await self.tab.arrive()
        await self.ready()

    async def ready(self) -> None:
        """Return once the SDK on the page that is shown took the plugin, or gave up on it: after READY_WITHIN_S
        at most."""
        if self._known:
            return
        self._known = True
        try:
            reply = await self._channel.ask(
                "setup", within_s=READY_WITHIN_S + PAGE_WITHIN_S, within_ms=READY_WITHIN_S * 1000
            )
        except TimeoutError:
            self._busy = True
            return
        if not reply.gone:
            self._facts = msgspec.json.decode(reply.value, type=Facts)

    async def ask(self, do: str, **fields: object) -> Reply:
        """Have the harness do something; see Channel.ask."""
        return await self._channel.ask(do, within_s=PAGE_WITHIN_S, **fields)

    async def health(self) -> Health:
        """How the plugin fares now. What destinations threw after their calls were answered goes to the log."""
        try:
            reply = await self.ask("health")
        except (HarnessError, TimeoutError) as error:
            reason = str(error) or f"the page's main thread did not answer within {PAGE_WITHIN_S:g} s"
            return Health(installed=bool(self._facts.plugins), ready=False, problem="never-ready", detail=reason)
        if not reply.gone:
            self._facts = msgspec.json.decode(reply.value, type=Facts)
            self.record(reply.late)
        health = diagnose(self._facts, self.app, self.site.consent, self._ownership, self.logbook.lines)
        return msgspec.structs.replace(health, signals=tuple(self._signals))

    def mine(self, failure: Failure) -> bool:
        """Is it the plugin under test that threw, and not Segment.io or another destination?"""
        return failure.plugin in {self.app.plugin.name, *(plugin.name for plugin in self._facts.plugins)}

    def record(self, failures: Sequence[Failure]) -> None:
        """Put failures into the log."""
        for failure in failures:
            text = f"the SDK could not deliver to {failure.plugin}: {failure.error} (event {failure.messageId})"
            self.logbook.harness("error", text, stack=failure.stack, by_plugin=self.mine(failure))

    async def leave(self, traffic: Traffic) -> tuple[Unobserved, ...]:
        """Unload the page and wait until what it sends then is through: a context that is thrown away loses beacons.
        Gives what came too late to be looked at.

        CDP shows none of that traffic; the harness counts it, and it has to arrive at the proxy."""
        before, self._beacons = traffic.count, 0
        try:
            async with asyncio.timeout(UNLOAD_WITHIN_S):
                await self.tab.leave(lambda: self._channel.tell("leave"), self.site.url(FAREWELL_PATH))
                while not self.offline and traffic.count < before + self._beacons + 1:
                    await traffic.quiet(still_ms=UNLOAD_STILL_MS, within_s=UNLOAD_WITHIN_S)
        except TimeoutError:
            # Analytics.js and the page leave at once: what holds the page up is the plugin, and a user waits for it.
            text = f"the page did not unload completely within {UNLOAD_WITHIN_S:g} s"
            self.logbook.harness("error", text, by_plugin=True)
        await traffic.quiet(still_ms=UNLOAD_STILL_MS, within_s=UNLOAD_WITHIN_S)
        return await self.stored.changes()

    def check(self) -> None:
        """Raise DeviceFault when the page's process is gone."""
        if self.tab.crashed:
            raise DeviceFault("the page crashed: its process is gone")

    def _on_event(self, said: Said) -> None:
        match said.event:
            case "ready":  # a new document
                self._known = False
            case "beacon":
                self._beacons += 1
            case "late":
                self.record(said.late)
            case "looked" if self._ownership.on_stack(said.stack):
                self._signals[said.signal] = None

    def _on_line(self, line: LogLine) -> None:
        if line.source == "console" and line.text.startswith(SDK_FAILED):
            self._channel.tell("giveup", reason=line.text)


@asynccontextmanager
async def begun(browser: Browser, app: App, proxy: Proxy) -> AsyncIterator[Run]:
    """`app` on a fresh page that has begun to load. Raises DeviceFault when the page cannot be shown."""
    ownership = Ownership(app)
    logbook = LogBook(ownership)
    async with opened(browser, proxy, listen=logbook.listen) as tab:
        run = Run(app, tab, logbook, ownership)
        if error := await tab.begin(run.site.url(app.url)):
            raise DeviceFault(f"the page at {run.site.url(app.url)} did not load: {error}")
        async with run.clock.running():
            yield run
