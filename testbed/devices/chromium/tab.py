"""One page in a context of its own: navigation, input, evaluation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from testbed.devices.api import Proxy, Unobserved
from testbed.devices.chromium.assets import asset
from testbed.devices.chromium.browser import Browser
from testbed.devices.chromium.channel import BINDING
from testbed.devices.chromium.pipe import FlatSession
from testbed.devices.chromium.site import ORIGIN
from testbed.devices.chromium.workers import Workers

PARSED_WITHIN_S = 15.0
LOADED_WITHIN_S = 2.0
STEP_URL = f"{ORIGIN}/testbed/step.js"

REPLACED = ("Runtime.bindingCalled", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
"""Events that we take ourselves: pyppeteer would make objects of them that nobody asks for."""


class Tab:
    """Wraps pyppeteer's Page. Made by `opened`."""

    def __init__(self, page: Any, workers: Workers) -> None:
        self.page = page
        self.workers = workers
        self.session: FlatSession = page._client
        for event in REPLACED:
            self.session.remove_all_listeners(event)
        self.crashed = False
        self.unheard: list[Unobserved] = []
        self._lifecycle: dict[str, set[str]] = {}
        self._changed = asyncio.Event()
        self._main = page.mainFrame._id
        self._loader = ""
        self._host = ""
        self.session.events.on("Page.lifecycleEvent", self._progress)
        self.session.events.on("Page.frameNavigated", self._moved)
        self.session.events.on("Page.javascriptDialogOpening", self._accept_dialog)
        page.on("error", self._crash)  # pyppeteer raises the event where nobody listens

    async def go(self, url: str) -> str:
        """Navigate and wait until the document is parsed, and a little for its load event, which a vendor's slow image
        must not hold up. Gives Chromium's error text (`net::ERR_...`) where nothing could be loaded."""
        if error := await self.begin(url):
            return error
        await self.arrive()
        return ""

    async def begin(self, url: str) -> str:
        """The first half of `go`: until the new document is there, and before it is parsed."""
        result = await self.session.send("Page.navigate", {"url": url})
        if error := result.get("errorText"):
            return str(error)
        if (loader := result.get("loaderId")) is not None:  # absent when only the fragment changed
            async with asyncio.timeout(PARSED_WITHIN_S):
                await self._until(lambda: loader in self._lifecycle)
        return ""

    async def reload(self) -> None:
        before = self._loader
        await self.session.send("Page.reload")
        async with asyncio.timeout(PARSED_WITHIN_S):
            await self._until(lambda: self._loader != before)
        await self._arrive(self._loader)

    async def leave(self, begin: Callable[[], None], farewell: str) -> None:
        """Have the page go to about:blank by itself, which keeps its process: its pagehide and unload handlers are
        through when the new document is there. `begin` makes it go. A request to `farewell` follows theirs."""
        before = self._loader
        async with asyncio.timeout(PARSED_WITHIN_S):
            begin()
            await self._until(lambda: self._loader != before)
            await self._until(lambda: self._reached(self._loader, "DOMContentLoaded"))
            options = "{mode: 'no-cors', cache: 'no-store'}"
            fetch = f"fetch({json.dumps(farewell)}, {options}).then(r => r.text()).catch(String)"
            await self.session.send("Runtime.evaluate", {"expression": fetch, "awaitPromise": True})

    async def arrive(self) -> None:
        """Wait for the document that is being loaded, if one is."""
        await self._arrive(self._loader)

    async def evaluate(self, script: str) -> Any:
        """The value of `script`, statements or an expression, awaited where it is a promise, as JSON can carry it.
        Raises EvaluationError with what the script threw."""
        # As in the browser's console: statements, declarations and `await` are all right.
        # Named, so that what it throws later is known to be nobody's but the page's.
        named = f"{script}\n//# sourceURL={STEP_URL}"
        asked = {"expression": named, "awaitPromise": True, "replMode": True, "userGesture": True}
        value = _value(await self.session.send("Runtime.evaluate", asked))
        if value.get("subtype") == "promise":
            value = _value(await self.session.send("Runtime.awaitPromise", {"promiseObjectId": value["objectId"]}))
        if "objectId" not in value:
            return value.get("value", value.get("unserializableValue"))
        plain = _value(
            await self.session.send(
                "Runtime.callFunctionOn",
                {
                    "objectId": value["objectId"],
                    "functionDeclaration": "function() { return __testbed.plain(this) }",
                    "returnByValue": True,
                },
            )
        )
        return plain.get("value")

    def _progress(self, event: dict[str, Any]) -> None:
        if event.get("frameId") != self._main_frame():
            return
        loader, name = event["loaderId"], event["name"]
        if name == "init":
            self._loader = loader
        self._lifecycle.setdefault(loader, set()).add(name)
        self._changed.set()

    def _moved(self, event: dict[str, Any]) -> None:
        """A page of another site is another process's, which begins before the last one has ended."""
        frame = event["frame"]
        if "parentId" in frame or not (host := urlsplit(frame["url"]).hostname):
            return
        if self._host and host != self._host:
            why = f"it was left for {host}: what its page threw while it was left was not heard"
            self.unheard.append(Unobserved(self._host, why))
        self._host = host

    def _main_frame(self) -> str:
        frame = self.page.mainFrame
        return str(frame._id) if frame is not None else self._main

    async def _arrive(self, loader: str) -> None:
        async with asyncio.timeout(PARSED_WITHIN_S):
            await self._until(lambda: self._reached(loader, "DOMContentLoaded"))
        try:
            async with asyncio.timeout(LOADED_WITHIN_S):
                await self._until(lambda: self._reached(loader, "load"))
        except TimeoutError:
            return

    def _reached(self, loader: str, name: str) -> bool:
        names = self._lifecycle.get(loader, set())
        # A page that at once goes on to another one never reaches its own end.
        return name in names or (bool(names) and self._loader != loader)

    async def _until(self, reached: Callable[[], bool]) -> None:
        while not reached():
            self._changed.clear()
            await self._changed.wait()

    def _accept_dialog(self, _: object) -> None:
        # alert() and beforeunload stop the page until somebody answers.
        self.session.send("Page.handleJavaScriptDialog", {"accept": True})

    def _crash(self, _: object) -> None:
        self.crashed = True


class EvaluationError(Exception):
    """A script threw; the text is what it threw."""


@asynccontextmanager
async def opened(browser: Browser, proxy: Proxy, *, listen: Callable[[FlatSession], None]) -> AsyncIterator[Tab]:
    """A page in a fresh context, with the harness in every document that it will load. `listen` gets the CDP session
    before anything runs there."""
    workers = Workers(listen)
    async with browser.context(proxy, meet=workers.meet) as context:
        page = await context.newPage()
        tab = Tab(page, workers)
        listen(tab.session)
        workers.of(page)
        await asyncio.gather(
            tab.session.send("Emulation.setUserAgentOverride", browser.agent.override()),
            tab.session.send("Runtime.addBinding", {"name": BINDING}),
            tab.session.send("Page.addScriptToEvaluateOnNewDocument", {"source": asset("harness.js")}),
        )
        yield tab


def _value(result: dict[str, Any]) -> dict[str, Any]:
    """The Runtime.RemoteObject of an evaluation."""
    if (details := result.get("exceptionDetails")) is not None:
        thrown = details.get("exception", {})
        text = thrown.get("description") or thrown.get("value") or details.get("text", "")
        raise EvaluationError(str(text).partition("\n    at ")[0])
    value: dict[str, Any] = result["result"]
    return value
