"""What pages send while they are being left, and what workers send: all of it has to arrive."""

import pytest

from testbed.http import Request, Response
from testbed.scenario import steps
from tests.devices.plugins import CLASSIC, plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SENDERS = [
    # (case, event, statement)
    ("beacon on pagehide", "pagehide", "navigator.sendBeacon(url, 'x')"),
    ("beacon on unload", "unload", "navigator.sendBeacon(url, 'x')"),
    ("beacon on visibilitychange", "visibilitychange", "navigator.sendBeacon(url, 'x')"),
    ("beacon to a new host", "pagehide", "navigator.sendBeacon(url.replace('api', 'new'), 'x')"),
    ("keepalive fetch", "pagehide", "fetch(url, {method: 'POST', body: 'x', keepalive: true})"),
    ("keepalive fetch with preflight", "pagehide",
     "fetch(url, {method: 'POST', body: '{}', keepalive: true, headers: {'content-type': 'application/json'}})"),
    ("pixel", "pagehide", "new Image().src = url"),
    ("after hard work", "pagehide", "for (let i = 0, x = 0; i < 3e7; i++) x += i; navigator.sendBeacon(url, 'x')"),
]  # fmt: skip


def leaving(event: str, statement: str) -> str:
    return f"{CLASSIC}\nwindow.addEventListener('{event}', () => {{ const url = '{VENDOR}/bye'; {statement}; }}, true);"


VENDOR = "https://api.acme.example"


@pytest.mark.parametrize("settled", [True, False], ids=["at the end", "in the middle"])
@pytest.mark.parametrize(("event", "statement"), [pytest.param(*case[1:], id=case[0]) for case in SENDERS])
async def test_closing_lets_the_last_requests_out(world: World, event: str, statement: str, settled: bool):
    async with world.play(plugin_of(source=leaving(event, statement))) as play:
        await play.call(steps.Track(event="Signed Up"))
        if settled:
            await play.settle()
        assert play.flows("/bye") == []
    assert len(play.flows("/bye")) == 1


@pytest.mark.parametrize("step", [steps.Open(url="/next"), steps.Restart()], ids=["open", "restart"])
async def test_navigating_lets_the_last_requests_out(world: World, step: steps.Step):
    source = leaving("pagehide", "navigator.sendBeacon(url, location.pathname)")
    async with world.play(plugin_of(source=source), url="/first") as play:
        await play.call(step)
        await play.settle()
        assert [flow.request.body for flow in play.flows("/bye")] == [b"/first"]


async def test_background_lets_them_out_while_the_page_stays(world: World):
    source = leaving("visibilitychange", "document.hidden && navigator.sendBeacon(url, 'x')")
    async with world.play(plugin_of(source=source)) as play:
        await play.call(steps.Background())
        await play.settle()
        assert len(play.flows("/bye")) == 1
        assert (await play.device.health()).ready


WORKERS = {
    "site/index.html": "<!doctype html><html><head></head><body></body></html>",
    "site/service.js": f"""
        self.addEventListener("install", () => self.skipWaiting());
        self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
        self.addEventListener("message", (event) => event.waitUntil(
            fetch("{VENDOR}/from-service-worker", {{method: "POST", body: "x"}})
            .then(() => fetch("http://127.0.0.1:8080/loopback", {{mode: "no-cors"}}))));""",
    "site/worker.js": f"""
        fetch("{VENDOR}/from-worker", {{method: "POST", body: "x"}}).then(() => postMessage("done"));
        console.log("worker at work");""",
}


async def test_workers_go_through_the_proxy(world: World):
    plugin = plugin_of(page="site/index.html", files=WORKERS)
    async with world.play(plugin) as play:
        worker, service = await play.call(
            steps.Evaluate(script="new Promise(r => { new Worker('/worker.js').onmessage = e => r(e.data) })"),
            steps.Evaluate(
                script="navigator.serviceWorker.register('/service.js').then(() => navigator.serviceWorker.ready)"
                ".then(r => { r.active.postMessage('go'); return 'told' })"
            ),
        )
        assert (worker.value, service.value) == ("done", "told")
        await play.settle()
        assert len(play.flows("/from-worker")) == 1
        assert play.said("worker at work")
        assert len(play.flows("/from-service-worker")) == 1
        # Chromium would go to loopback past a proxy.
        assert len(play.flows("/loopback", "127.0.0.1")) == 1


async def test_a_page_that_cannot_be_left_is_told(world: World, monkeypatch):
    monkeypatch.setattr("testbed.devices.chromium.run.UNLOAD_WITHIN_S", 0.3)
    source = leaving("pagehide", "const end = Date.now() + 1000; while (Date.now() < end);")
    async with world.play(plugin_of(source=source)) as play:
        pass
    [line] = [line for line in play.device.logs() if line.source == "harness"]
    assert (line.level, line.by_plugin) == ("error", True)
    assert "did not unload" in line.text


async def test_nothing_is_lost_in_a_row_of_runs(world: World):
    """A beacon of one run must not end up in the next, nor nowhere."""

    def vendor(request: Request) -> Response | None:
        seen.append(request.body.decode())
        return None

    seen: list[str] = []
    for number in range(8):
        source = leaving("pagehide", f"navigator.sendBeacon(url, 'run {number}')")
        async with world.play(plugin_of(source=source), device=number % 2, vendor=vendor) as play:
            pass
        assert [flow.request.body for flow in play.flows("/bye")] == [f"run {number}".encode()]
    assert seen == [f"run {number}" for number in range(8)]
