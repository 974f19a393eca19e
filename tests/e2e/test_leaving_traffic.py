"""Traffic that tools which watch from inside the page lose: beacons of a page that goes away, and service workers."""

from __future__ import annotations

import pytest

from testbed.fleet.model import RunRequest
from tests.e2e.conftest import Bench, Patch
from tests.outcome import Outcome

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BUNDLE = "web/acme.js"
WORKER = """
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(
  self.clients.claim().then(() => fetch("https://api.acme.example/v1/from-worker", { method: "POST", body: "{}" }))));
"""

BEACON = Patch(
    BUNDLE,
    "loaded = true;",
    'loaded = true; addEventListener("pagehide", () => navigator.sendBeacon("https://api.acme.example/v1/bye", "{}"));',
)
REGISTER = 'loaded = true; await navigator.serviceWorker.register("/worker.js"); await navigator.serviceWorker.ready;'
WITH_WORKER = (
    Patch(BUNDLE, "loaded = true;", REGISTER),
    Patch("site/worker.js", "", WORKER),
    Patch("site/index.html", "", "<!doctype html><title>A shop with a worker</title>"),
    Patch("plugin.toml", 'version = "0.1.0"', 'version = "0.1.0"\ninclude = ["site/worker.js"]'),
    Patch("plugin.toml", "", 'page = "site/index.html"\n'),
)
EXPECT = "expect:\n  requests:\n    - {host: api.acme.example, path: /v1/%s, method: POST, count: %d}\n"


def scenario(steps: str, path: str, count: int) -> Patch:
    text = f"name: leaving\nsteps:\n{steps}" + EXPECT % (path, count)
    return Patch("scenarios/leaving.yaml", "", text)


async def play(bench: Bench, *patches: Patch) -> Outcome:
    return await bench.run(bench.zip("acme", patches), RunRequest(scenarios=("leaving",)))


def paths(outcome: Outcome) -> list[tuple[str, str]]:
    return [(e.flow.run, e.flow.request.path) for e in outcome.flows if e.flow.request.host == "api.acme.example"]


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        # the page is closed at the end of the scenario
        ("  - track: Read\n", 1),
        # it is left for another, and then closed
        ("  - track: Read\n  - open: /elsewhere\n", 2),
        ("  - track: Read\n  - restart\n", 2),
    ],
)
async def test_beacons_of_a_page_that_goes_are_captured(bench: Bench, steps: str, count: int):
    outcome = await play(bench, BEACON, scenario(steps, "bye", count))
    assert outcome.code == 0, str(outcome)
    assert paths(outcome).count(("r1", "/v1/bye")) == count


async def test_a_service_workers_requests_are_captured(bench: Bench):
    outcome = await play(bench, *WITH_WORKER, scenario("  - track: Read\n", "from-worker", 1))
    assert outcome.code == 0, str(outcome)
    assert {flow.flow.run for flow in outcome.flows} == {"r1"}
