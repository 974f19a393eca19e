"""What the browser shows of itself is what a user's Chrome shows, in whatever place it is asked."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from testbed.scenario import steps
from tests.devices.plugins import plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOOK = """(async () => {
  const hints = await navigator.userAgentData.getHighEntropyValues(
    ["fullVersionList", "platformVersion", "architecture", "bitness", "model", "formFactors"]);
  const {userAgent, appVersion, webdriver, language, languages, platform} = navigator;
  return {userAgent, appVersion, webdriver: String(webdriver), language, languages, platform, hints,
    chrome: typeof globalThis.chrome};
})()"""

FILES = {
    "site/index.html": "<!doctype html><html><head></head><body></body></html>",
    "site/frame.html": f"<!doctype html><script>{LOOK}.then(seen => parent.postMessage(seen))</script>",
    "site/worker.js": f"{LOOK}.then(postMessage)",
    "site/nested.js": "new Worker('/worker.js').onmessage = ({data}) => postMessage(data)",
    "site/shared.js": f"onconnect = ({{ports}}) => {LOOK}.then(seen => ports[0].postMessage(seen))",
    "site/service.js": f"""
        self.addEventListener("install", () => self.skipWaiting());
        self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
        self.addEventListener("message", ({{source}}) => {LOOK}.then(seen => source.postMessage(seen)));
        self.addEventListener("fetch", (event) => event.request.url.endsWith("/through") &&
          event.respondWith(fetch("/from-service-worker")));""",
}

HEARD = "new Promise(r => { %s.onmessage = ({data}) => r(data) })"
PLACES = {
    "page": LOOK,
    "frame": "const f = document.createElement('iframe'); f.src = '/frame.html'; document.body.append(f); "
    + HEARD % "window",
    "empty frame": "const g = document.createElement('iframe'); document.body.append(g); "
    f"g.contentWindow.eval({LOOK!r})",
    "worker": HEARD % "new Worker('/worker.js')",
    "worker of a worker": HEARD % "new Worker('/nested.js')",
    "shared worker": HEARD % "new SharedWorker('/shared.js').port",
    "service worker": """
        const s = navigator.serviceWorker, controlled = new Promise(r => s.oncontrollerchange = r);
        await s.register('/service.js'); await controlled;
        new Promise(r => { s.onmessage = ({data}) => r(data); s.controller.postMessage(1) })""",
}
WINDOWS = {"page", "frame", "empty frame"}


async def test_the_same_everywhere_and_as_chrome_has_it(world: World):
    async with world.play(plugin_of(page="site/index.html", files=FILES)) as play:
        replies = await play.call(*(steps.Evaluate(script=script) for script in PLACES.values()))
        await play.call(steps.Evaluate(script="fetch('/through').then(r => r.text())"))
        seen: dict[str, dict[str, Any]] = dict(zip(PLACES, (reply.value for reply in replies), strict=True))
        for place, shown in seen.items():
            assert shown.pop("webdriver") == ("false" if place in WINDOWS else "undefined"), place
            assert shown.pop("chrome") == ("object" if place in WINDOWS else "undefined"), place
            assert shown == seen["page"], place
        page = seen["page"]
        major = re.search(r"Chrome/(\d+)\.0\.0\.0 Safari", page["userAgent"])
        assert major
        assert page["appVersion"] == page["userAgent"].removeprefix("Mozilla/")
        assert (page["language"], page["languages"]) == ("en-US", ["en-US", "en"])
        hints = page["hints"]
        assert {"brand": "Google Chrome", "version": major[1]} in hints["brands"]
        assert hints["fullVersionList"] != hints["brands"]
        assert [each["brand"] for each in hints["fullVersionList"]] == [each["brand"] for each in hints["brands"]]
        assert (hints["mobile"], hints["model"], hints["formFactors"]) == (False, "", ["Desktop"])
        assert "headless" not in msgspec.json.encode(seen).decode().lower()
        requests = [flow.request for flow in play.listener.flows]
        assert {request.route for request in requests} >= {"/service.js", "/from-service-worker"}
        for request in requests:
            headers = dict(request.headers)
            assert headers["user-agent"] == page["userAgent"], request.url
            assert "headless" not in headers.get("sec-ch-ua", "").lower(), request.url


async def test_what_a_page_gets_of_window_chrome(world: World):
    script = """[Object.keys(chrome), typeof chrome.runtime, typeof chrome.csi().onloadT,
        typeof chrome.loadTimes().requestTime, chrome.csi.toString(), Object.keys(window).includes("chrome")]"""
    async with world.play() as play:
        [reply] = await play.call(steps.Evaluate(script=script))
        keys, *rest = reply.value
        assert keys == ["loadTimes", "csi", "app"]
        assert rest == ["undefined", "number", "number", "function () { [native code] }", True]
