"""What a page throws and stores while it is left, and what it threw shortly before: heard, or said not to be."""

from __future__ import annotations

import pytest

from testbed.devices.api import Probe
from testbed.http import Request, Response
from testbed.scenario import steps
from tests.devices.plugins import CLASSIC, plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ELSEWHERE = "https://www.other.example/"
LEAVING = {
    "a reload": [steps.Restart()],
    "another page": [steps.Open(url="/next")],
    "a link": [steps.Click(selector="#cart")],
    "a script": [steps.Evaluate(script="location.href = '/next'; 0")],
    "the end": [],
    "a reload in virtual time": [steps.Advance(by_s=60), steps.Restart()],
}
EVENTS = ["pagehide", "visibilitychange", "unload"]


def other_site(request: Request) -> Response | None:
    return Response.text("<!doctype html>", content_type="text/html") if request.host in ELSEWHERE else None


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("leave", [pytest.param(each, id=name) for name, each in LEAVING.items()])
async def test_an_exception_while_the_page_is_left_is_heard(world: World, event: str, leave: list[steps.Step]):
    throws = f"addEventListener('{event}', () => {{ throw new Error('bye ' + location.pathname) }}, true);"
    async with world.play(plugin_of(source=CLASSIC + throws), url="/first") as play:
        await play.call(*leave)
        await play.settle()
    thrown = [line for line in play.device.logs() if line.source == "exception"]
    assert "Error: bye /first" in [line.text for line in thrown]
    assert all(line.by_plugin for line in thrown)


REFUSES = """return new Promise((_, refuse) => setTimeout(() => {
    refuse(new Error("too late")); console.log("over");
}, 1500));"""


@pytest.mark.parametrize("leave", [pytest.param(each, id=name) for name, each in LEAVING.items() if each])
async def test_what_was_thrown_for_a_call_before_is_not_lost_with_the_page(world: World, leave: list[steps.Step]):
    """The step's time to answer was over by then, and nobody asked since."""
    source = CLASSIC.replace("this.send(method, facade.json());", REFUSES)
    async with world.play(plugin_of(source=source)) as play:
        [tracked] = await play.call(steps.Track(event="Signed Up"))
        assert tracked.delivery == ()
        await play.call(steps.Wait(log="over"), *leave)
        await play.settle()
        assert play.said("the SDK could not deliver to Acme: Error: too late")


async def test_of_a_page_that_is_left_for_another_site_it_is_said(world: World):
    async with world.play(vendor=other_site) as play:
        await play.call(steps.Open(url=ELSEWHERE))
        [said] = (await play.settle()).unobserved
        assert said.subject == "www.shop.example"
        assert "left for www.other.example: what its page threw" in said.reason


STORES = [
    # (what the page does while it is left, what was asked about, whether that is said)
    ("document.cookie = 'a=2'", Probe(what="cookie", name="a"), True),
    ("document.cookie = 'a=; max-age=0'", Probe(what="cookie", name="a"), True),
    ("document.cookie = 'b=2'", Probe(what="cookie", name="a"), False),
    ("localStorage.setItem('a', '2')", Probe(what="storage", name="a"), True),
    ("sessionStorage.removeItem('a')", Probe(what="storage", name="a"), True),
    ("localStorage.setItem('b', '2')", Probe(what="storage", name="a"), False),
    ("localStorage.setItem('a', '2')", Probe(what="element", name="a"), False),
]


@pytest.mark.parametrize(("does", "probe", "said"), STORES)
async def test_what_is_stored_after_it_was_asked_about(world: World, does: str, probe: Probe, said: bool):
    source = f"""{CLASSIC}; document.cookie = 'a=1'; localStorage.setItem('a', '1'); sessionStorage.setItem('a', '1');
        addEventListener('pagehide', () => {{ {does} }});"""
    async with world.play(plugin_of(source=source)) as play:
        await play.settle()
        await play.device.observe([probe])
    assert bool(play.last) is said
    assert all("'a'" in each.subject and "changed while the page was left" in each.reason for each in play.last)
