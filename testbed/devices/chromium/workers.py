"""The workers of a page: dedicated ones, which pyppeteer knows, shared and service workers, which the browser tells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pyppeteer.errors import PyppeteerError

from testbed.devices.chromium.pipe import FlatSession

AWAKE_WITHIN_S = 0.5


class Workers:
    """Of one context. `listen` gets the CDP session of each before it runs. `deaf` are those that did not answer."""

    def __init__(self, listen: Callable[[FlatSession], None]) -> None:
        self._listen = listen
        self._met: list[FlatSession] = []
        self._page: Any = None
        self.deaf: set[FlatSession] = set()

    @property
    def any(self) -> bool:
        return bool(self._sessions())

    def of(self, page: Any) -> None:
        """Have the page's dedicated workers counted in."""
        self._page = page
        page.on("workercreated", lambda worker: self._found(worker._client))

    def meet(self, session: FlatSession) -> None:
        """A shared or service worker is about to run."""
        self._met.append(session)
        self._hear(session)

    async def wake(self) -> bool:
        """Have the threads of all workers look at the clock; whether there are any."""
        sessions = self._sessions()
        for session in [each for each in sessions if each not in self.deaf]:
            try:
                async with asyncio.timeout(AWAKE_WITHIN_S):
                    with suppress(PyppeteerError):  # it ended meanwhile
                        await session.send("Runtime.evaluate", {"expression": "0"})
            except TimeoutError:  # it is awake, and too busy to answer: asking it again would take as long
                self.deaf.add(session)
        return bool(sessions)

    def _sessions(self) -> list[FlatSession]:
        dedicated = [worker._client for worker in self._page.workers] if self._page is not None else []
        return [*dedicated, *(session for session in self._met if session.open)]

    def _found(self, session: FlatSession) -> None:
        """Have a worker listened to. pyppeteer calls this and passes over what it raises; a worker that nobody hears
        has to end the run, as any other fault of ours in taking what the browser says."""
        try:
            self._hear(session)
        except Exception as error:  # noqa: BLE001 -- whatever it is
            session.connection.lose(f"testbed could not listen to a worker: {error!r}", error)

    def _hear(self, session: FlatSession) -> None:
        self._listen(session)
        session.events.on("Target.attachedToTarget", lambda event: self._nested(session, event))
        session.send("Target.setAutoAttach", {"autoAttach": True, "waitForDebuggerOnStart": True})

    def _nested(self, parent: FlatSession, event: dict[str, Any]) -> None:
        """A worker has a worker of its own, of which only it tells."""
        session = parent.connection.session(event["targetInfo"]["type"], event["sessionId"])
        self.meet(session)
        session.send("Runtime.enable")
        session.send("Runtime.runIfWaitingForDebugger")
