"""Spares: a run need not wait for its page and for analytics.js where both are there already.

A spare is an app on a listener of its own, begun as every run's is. Until a run takes it, it is served its page and the
SDK's own file alone; whatever else it asks for, the settings document first, waits at the gate. So nothing of a plugin
has run in it, and what it did so far a fresh app would have done just the same.

A device's spare is made while a run on it settles, for the run that is likely to come next. One run takes it, with all
that it did before as part of that run's evidence, and it ends with the run: it is as isolated as a fresh app, since it
is one. It is thrown away where that run would have been served something else (`_Spare.fits`), where it died or is
older than MAX_AGE_S, where capture broke, and when the fleet ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from testbed.capture import Answer, Capture, Disposition, Listener
from testbed.devices.api import App, Device
from testbed.errors import DeviceFault, EnvironmentFault
from testbed.fleet.router import Router
from testbed.http import Request

MAX_AGE_S = 100.0
"""Less than the SDK's file is cached for (segment.cdn.CACHED): a page that is opened later finds what it would find."""


class Spares:
    """At most one spare for each device, by its id. An async context manager: it owns them."""

    def __init__(self, capture: Capture, *, enabled: bool) -> None:
        self._capture = capture
        self._enabled = enabled
        self._spares: dict[str, _Spare] = {}
        self._group = asyncio.TaskGroup()

    async def __aenter__(self) -> Spares:
        await self._group.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drop()
        await self._group.__aexit__(None, None, None)  # its tasks raise nothing: what did go wrong is not of the group

    def make(self, device: Device, app: App, router: Router) -> None:
        """Begin a spare for a run of `app` on `device`, which `router` would answer; one that is there stays. Returns
        at once. An app with a page of the plugin's own has none: that page may hold code."""
        if not (self._enabled and device.begins_ahead) or device.id in self._spares or app.target.page is not None:
            return
        spare = self._spares[device.id] = _Spare(device, app, router)
        spare.life = self._group.create_task(spare.live(self._capture))

    @asynccontextmanager
    async def listen(self, device: Device, app: App, router: Router) -> AsyncIterator[Listener]:
        """The listener for a run of `app`, its requests answered by `router`. Where a spare fits, it is the spare's,
        and `device.inject` goes on with what was begun behind it; else a fresh one."""
        spare = self._spares.pop(device.id, None)
        if spare is not None:
            try:
                if await spare.fits(app, router):
                    yield spare.taken_by(app.run, router)
                    return
            finally:
                await spare.end()
        async with self._capture.listen(app.run, router.answer, door=device.door) as listener:
            yield listener

    async def drop(self) -> None:
        """Throw all of them away."""
        spares = list(self._spares.values())
        self._spares.clear()
        for spare in spares:
            await spare.end()


class _Spare:
    """One spare: `live` is all of its life, which is a task."""

    life: asyncio.Task[None]

    def __init__(self, device: Device, app: App, router: Router) -> None:
        self._device = device
        self._app = app
        self._gate = _Gate(router)
        self._made = time.monotonic()
        self._begun = asyncio.Event()
        self._listener: Listener | None = None
        self._lives: Callable[[], bool] = lambda: False
        self._bug: Exception | None = None

    async def live(self, capture: Capture) -> None:
        try:
            async with (
                capture.listen("spare", self._gate.answer, door=self._device.door, awake=False) as listener,
                self._device.prepare(self._app, listener.proxy) as self._lives,
            ):
                self._listener = listener
                self._begun.set()
                await asyncio.Future()  # until `end`
        except (DeviceFault, EnvironmentFault):
            pass  # the run that comes for it begins afresh, and is told what keeps an app from starting
        except Exception as bug:  # noqa: BLE001 -- whatever it is, it ends the run that comes for the spare
            self._bug = bug
        finally:
            self._lives = lambda: False
            self._gate.shut()
            self._begun.set()

    async def fits(self, app: App, router: Router) -> bool:
        """Whether a run of `app` would have come to the same: an app that differs in nothing but the run and the
        plugin's files, served what `router` serves."""
        await self._begun.wait()
        mine = self._app
        return (
            self._lives()
            and time.monotonic() - self._made < MAX_AGE_S
            and app.plugin.manifest == mine.plugin.manifest
            and msgspec.structs.replace(app, run=mine.run, plugin=mine.plugin) == mine
            and all([await router.answer(request) == answer for request, answer in self._gate.served])
        )

    def taken_by(self, run: str, router: Router) -> Listener:
        """Open the gate: all is the run's from here on."""
        assert self._listener is not None, "only a spare that fits can be taken"
        self._listener.hand_over(run)
        self._gate.open(router)
        return self._listener

    async def end(self) -> None:
        """Have nothing left of it. Raises what broke it, where that was a fault of our own."""
        self.life.cancel()
        await asyncio.wait([self.life])
        if self._bug is not None:
            raise self._bug


class _Gate:
    """Answers for a spare: its page and the SDK at once, from `ahead`; everything else once there is a run's router."""

    def __init__(self, ahead: Router) -> None:
        self.served: list[tuple[Request, Answer]] = []
        self._ahead = ahead
        self._opened = asyncio.Event()
        self._router: Router | None = None

    def open(self, router: Router) -> None:
        self._router = router
        self._opened.set()

    def shut(self) -> None:
        """For good. What waits is cut off."""
        self._opened.set()

    async def answer(self, request: Request) -> Answer:
        if not self._opened.is_set() and self._ahead.is_page_or_sdk(request):
            answer = await self._ahead.answer(request)
            self.served.append((request, answer))
            return answer
        await self._opened.wait()
        if self._router is None:
            return Answer(disposition=Disposition.BROKEN, reason="nobody took the spare that asked")
        return await self._router.answer(request)
