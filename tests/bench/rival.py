"""The same test as a user of Playwright would write it: a fresh context, every request answered by route.fulfill, the
real analytics.js, the same plugin and calls, and assertions on what Segment and the vendor were sent.

As a command, `python -m tests.bench.rival BROWSER`, it is one cold run of that.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Request, Route, async_playwright

from testbed.devices.chromium.assets import asset
from testbed.http import Request as Sent
from testbed.plugin import pack, read_zip
from testbed.plugin.model import Plugin
from testbed.scenario import Scenario, load_scenarios
from testbed.scenario.steps import Identify, Track
from testbed.segment import Cloud, sdk_named
from tests.bench.examples import EXAMPLES, ORDER

KEY = "testbedWriteKey"
SITE = "https://www.shop.example/"
SEGMENT = "https://api.segment.io/v1/t"
VENDOR = "https://api.acme.example/v1/track"
HEADERS = {"access-control-allow-origin": SITE.rstrip("/"), "access-control-allow-credentials": "true"}


class Rival:
    """Runs the scenario of examples/acme in a browser of Playwright's."""

    def __init__(self, browser: Browser) -> None:
        plugin = read_zip(pack(EXAMPLES / "acme"), source="acme")
        scenario = next(each for each in load_scenarios(plugin.files) if each.name == ORDER)
        self._browser = browser
        identify, track = scenario.steps
        assert isinstance(identify, Identify)
        assert isinstance(track, Track)
        self._asked = {"userId": identify.user_id, "event": track.event, "properties": track.properties}
        self._answers = _answers(plugin, scenario)

    async def run(self) -> float:
        """One run, from the fresh context to the last assertion, in ms."""
        started = time.perf_counter()
        context = await self._browser.new_context()
        page = await context.new_page()
        await page.route("**/*", self._answer)
        async with page.expect_request(SEGMENT) as told_segment, page.expect_request(VENDOR) as told_vendor:
            await page.goto(SITE)
            await page.evaluate(
                "asked => { analytics.identify(asked.userId); analytics.track(asked.event, asked.properties) }",
                self._asked,
            )
        self._judge(await told_segment.value, await told_vendor.value)
        took = (time.perf_counter() - started) * 1000
        await context.close()
        return took

    async def two(self) -> float:
        """Two at once, in ms for both."""
        started = time.perf_counter()
        await asyncio.gather(self.run(), self.run())
        return (time.perf_counter() - started) * 1000

    def _judge(self, told_segment: Request, told_vendor: Request) -> None:
        for told in (told_segment.post_data_json, told_vendor.post_data_json):
            assert told is not None
            assert {field: told[field] for field in self._asked} == self._asked

    async def _answer(self, route: Route) -> None:
        await route.fulfill(**self._answers(route.request.url))


def _answers(plugin: Plugin, scenario: Scenario) -> Any:
    """What to fulfill a request with, by its URL: as files in a test's folder would be."""
    target = plugin.manifest.targets["web"]
    cloud = Cloud(plugin, target, scenario, write_key=KEY, sdk=sdk_named(""))
    snippet = asset("snippet.js").replace("__WRITE_KEY__", KEY)
    load = f'analytics.load("{KEY}")'
    page = f"<!doctype html><head><script>{snippet};{load}</script></head><h1>Shop</h1>"

    def answer(url: str) -> dict[str, Any]:
        if url == SITE:
            return {"body": page, "content_type": "text/html"}
        if url.startswith("https://cdn.segment.com/"):
            reply = cloud.respond(Sent.get(url))
            assert reply is not None
            return {"body": reply.response.body, "headers": dict(reply.response.headers)}
        return {"json": {"ok": True}, "headers": HEADERS}

    return answer


@asynccontextmanager
async def rival(browser: str) -> AsyncIterator[Rival]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        try:
            yield Rival(launched)
        finally:
            await launched.close()


async def _cold(browser: str) -> None:
    async with rival(browser) as there:
        await there.run()


if __name__ == "__main__":
    asyncio.run(_cold(sys.argv[1]))
