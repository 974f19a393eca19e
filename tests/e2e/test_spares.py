"""A run that takes a spare comes to what it comes to without one, and finds nothing there but a fresh page."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from testbed import events
from testbed.capture import Flow
from testbed.devices.api import DeviceSpec
from testbed.devices.chromium import ChromiumDevice
from testbed.devices.chromium.site import Site
from testbed.fleet.fleet import Fleet, open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions
from testbed.lenses.api import Kind
from testbed.plugin import pack, scaffold
from testbed.plugin.model import Style
from tests.e2e.conftest import Bench
from tests.fleet.world import made
from tests.outcome import Outcome
from tests.web_alone import EXAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WEB = DeviceSpec(platform="web")


@asynccontextmanager
async def benches(home: Home, folder: Path, *, spares: bool = True) -> AsyncIterator[Bench]:
    """A bench on a fleet of its own, of one device: what comes next is never in doubt."""
    async with open_fleet(FleetOptions(devices=(WEB,), spares=spares), env=home.env, emit=lambda _: None) as fleet:
        yield Bench(fleet, folder)


async def waiting(fleet: Fleet) -> ChromiumDevice:
    """The device, once its spare has come as far as it can."""
    await made(fleet)
    (spare,) = fleet._spares._spares.values()
    assert isinstance(spare._device, ChromiumDevice)
    return spare._device


def before(outcome: Outcome) -> list[Flow]:
    """What the only run of `outcome` was told before it started."""
    (started,) = outcome.of(events.ScenarioStarted)
    return [e.flow for e in outcome.flows if e.flow.started < started.time]


# The same verdicts.

NUMBERS = re.compile(r"(?<=:)[0-9a-f]{6,}(?=>)|[0-9a-f]{8}[0-9a-f-]*|\d+(\.\d+)?")
"""Tokens of secrets, ids, times and counts of milliseconds: each run has its own."""


def normal(outcome: Outcome) -> Mapping[str, Any]:
    """All that a run came to, without what differs from one run to the next by itself: how often a vendor tries again,
    in which batch it sends what, when it tells of itself, and for how long a preflight holds."""
    flows = [e.flow for e in outcome.flows if e.flow.request.method != "OPTIONS"]
    vendor = [(e.run, e.call) for e in outcome.of(events.VendorCalled) if e.call.kind != Kind.AUTOMATIC]
    segment = [(e.run, e.call) for e in outcome.of(events.SegmentCalled)]
    lines = [(e.run, e.line) for e in outcome.of(events.Logged)]
    return {
        "code": outcome.code,
        "verdicts": [
            (
                v.run,
                v.scenario,
                v.outcome,
                v.error,
                v.settled_by,
                [(c.id, c.outcome, bare(c.message)) for c in v.checks],
            )
            for v in outcome.verdicts
        ],
        "steps": [(e.run, e.index, e.outcome, bare(e.reason)) for e in outcome.of(events.StepPlayed)],
        "flows": {(f.run, f.request.method, f.request.host, bare(f.request.route), f.disposition) for f in flows},
        "vendor": sorted((run, call.kind, str(call.name)) for run, call in vendor),
        "segment": sorted((run, call.type, str(call.name)) for run, call in segment),
        "logs": {(run, line.source, line.level, bare(line.text), line.by_plugin) for run, line in lines},
    }


def bare(text: str) -> str:
    return NUMBERS.sub("#", text)


@pytest.mark.parametrize("example", sorted(path.parent.name for path in EXAMPLES.glob("*/plugin.toml")))
async def test_every_example_comes_to_the_same_with_spares_and_without(home: Home, tmp_path: Path, example: str):
    outcomes = []
    for spares in (True, False):
        async with benches(home, tmp_path, spares=spares) as bench:
            outcomes.append(await bench.play(example))
    with_spares, without = map(normal, outcomes)
    assert with_spares == without
    assert with_spares["verdicts"]


# As isolated as a fresh page, and all that it did in evidence.

LEAVE = """
document.cookie = "mine=1"; localStorage.mine = sessionStorage.mine = window.name = "1";
history.pushState({mine: 1}, "");
caches.open("mine").then(c => c.put("/cached", new Response("1")))
"""
LOOK = """
console.log("found " + JSON.stringify([document.cookie, localStorage.length, sessionStorage.length, window.name,
  history.length, history.state, (await caches.keys()).length, Object.keys(window).filter(k => /acme/i.test(k))]));
"""


def scenario(name: str, script: str) -> str:
    lines = "\n".join(f"      {line}" for line in script.strip().splitlines())
    return f"name: {name}\nsteps:\n  - evaluate: |\n{lines}\n  - track: Seen\n"


def plugin(folder: Path, style: Style, *, says: str, script: str = "0") -> bytes:
    """A plugin whose bundle says something as soon as it runs, with one scenario."""
    target = folder / says
    scaffold("Acme", target, style=style)
    for old in (target / "scenarios").iterdir():
        old.unlink()
    (target / "scenarios" / "one.yaml").write_text(scenario("one", script))
    bundle = target / "web" / "acme.js"
    bundle.write_text(f'console.log("{says}");\n{bundle.read_text()}')
    return pack(target)


def said(outcome: Outcome) -> list[str]:
    return [e.line.text for e in outcome.of(events.Logged) if e.line.source == "console"]


@pytest.mark.parametrize("style", ["classic", "remote", "register"])
async def test_it_is_a_fresh_page_that_no_plugin_has_seen(home: Home, tmp_path: Path, style: Style):
    async with benches(home, tmp_path) as bench:
        fresh = await bench.run(plugin(tmp_path, style, says="first", script=LOOK))
        await waiting(bench.fleet)
        await bench.run(plugin(tmp_path, style, says="second", script=LEAVE))
        await waiting(bench.fleet)
        taken = await bench.run(plugin(tmp_path, style, says="third", script=LOOK))
    assert (before(fresh), fresh.code, taken.code) == ([], 0, 0), f"{fresh}\n{taken}"
    # Served before there was a run: nothing of the plugin, and nothing that could tell of it.
    assert [flow.request.host for flow in before(taken)] == ["www.shop.example", "cdn.segment.com"][
        : len(before(taken))
    ]
    assert before(taken)
    assert [e.line for e in taken.of(events.Logged) if e.line.time < taken.of(events.ScenarioStarted)[0].time] == []
    # The plugin is the one of the run, once, and the page is as empty as that of the first.
    assert [each.replace("third", "first") for each in said(taken)] == said(fresh)
    ids = {call.call.anonymous for run in (fresh, taken) for call in run.of(events.SegmentCalled)}
    assert len(ids) == 2


async def test_what_the_page_said_before_is_in_evidence(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    page = Site.page
    talk = "<script>console.log('early'); fetch('https://api.acme.example/early'); early()</script></body>"
    monkeypatch.setattr(Site, "page", lambda site: page(site).replace("</body>", talk))
    async with benches(home, tmp_path) as bench:
        fresh = await bench.run(plugin(tmp_path, "remote", says="first"))
        await waiting(bench.fleet)
        taken = await bench.run(plugin(tmp_path, "remote", says="second"))
    assert before(taken)
    for outcome in (fresh, taken):
        assert "early" in said(outcome)
        assert [e.line.text for e in outcome.of(events.Logged) if e.line.source == "exception"] == [
            "ReferenceError: early is not defined"
        ]
        assert "/early" in [e.flow.request.route for e in outcome.flows]


async def test_one_whose_browser_or_page_is_gone_is_thrown_away(home: Home, tmp_path: Path):
    async with benches(home, tmp_path) as bench:
        zipped = plugin(tmp_path, "remote", says="first")
        await bench.run(zipped)
        device = await waiting(bench.fleet)
        ((run, _),) = device._ahead.values()
        crashed = asyncio.Event()
        run.tab.page.on("error", lambda _: crashed.set())
        run.tab.session.send("Page.crash")
        await asyncio.wait_for(crashed.wait(), 10)
        outcome = await bench.run(zipped)
        assert (outcome.code, before(outcome)) == (0, []), outcome

        device = await waiting(bench.fleet)
        lost = asyncio.Event()
        ((run, _),) = device._ahead.values()
        run.tab.session.connection.setClosedCallback(lost.set)
        os.kill(device._browser.pid, signal.SIGKILL)
        await asyncio.wait_for(lost.wait(), 10)
        outcome = await bench.run(zipped)
        assert (outcome.code, before(outcome)) == (0, []), outcome


async def test_nothing_is_left_of_one_that_nobody_took(home: Home, tmp_path: Path):
    async with benches(home, tmp_path) as bench:
        await bench.run(plugin(tmp_path, "remote", says="first"))
        device = await waiting(bench.fleet)
        pipe = device._browser._pyppeteer._connection
        assert len((await pipe.send("Target.getBrowserContexts"))["browserContextIds"]) == 1
        await bench.fleet._spares.drop()
        assert (await pipe.send("Target.getBrowserContexts"))["browserContextIds"] == []
        assert device._ahead == {}
