"""The three styles of plugin, loaded by the real SDK on a real browser, from load to the vendor's request."""

import pytest

from testbed.devices.api import Health
from testbed.plugin.model import Style
from testbed.scenario import steps
from tests.devices.plugins import plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

STYLES: list[Style] = ["classic", "remote", "register"]


@pytest.mark.parametrize("style", STYLES)
async def test_a_call_reaches_the_vendor_and_segment_under_one_message_id(world: World, style: Style):
    async with world.play(plugin_of(style)) as play:
        assert await play.device.health() == Health(installed=True, ready=True)
        [reply] = await play.call(steps.Track(event="Signed Up", properties={"plan": "pro", "seats": 3}))
        assert (await play.settle()).by == "virtual-time"

        [vendor] = play.sent("/track")
        [segment] = play.sent("/v1/t")
        assert reply.outcome == "done"
        assert reply.delivery == ()
        assert vendor["key"] == "k1"
        assert vendor["event"]["messageId"] == segment["messageId"] == reply.message_id
        assert vendor["event"]["properties"] == segment["properties"] == {"plan": "pro", "seats": 3}


@pytest.mark.parametrize("style", STYLES)
async def test_every_call_has_its_arguments(world: World, style: Style):
    async with world.play(plugin_of(style)) as play:
        replies = await play.call(
            steps.Alias(user_id="u1", previous_id="a1"),  # first: a user who is known already would stand in the call
            steps.Identify(user_id="u1", traits={"email": "a@example.com"}),
            steps.Identify(traits={"age": 30}),
            steps.Group(group_id="g1", traits={"plan": "b"}),
            steps.Track(event="Bought", options={"integrations": {"Other": False}, "context": {"ip": "0.0.0.0"}}),
            steps.Page(name="Home", category="Docs", properties={"a": 1}),
            steps.View(name="Cart"),
        )
        assert [(r.outcome, r.reason) for r in replies] == [("done", "")] * 7
        identified, merged = play.sent("/v1/i")
        assert (identified["userId"], identified["traits"]) == ("u1", {"email": "a@example.com"})
        assert (merged["userId"], merged["traits"]) == ("u1", {"email": "a@example.com", "age": 30})
        [grouped] = play.sent("/v1/g")
        assert (grouped["groupId"], grouped["traits"]) == ("g1", {"plan": "b"})
        [tracked] = play.sent("/v1/t")
        assert tracked["integrations"]["Other"] is False
        assert tracked["context"]["ip"] == "0.0.0.0"
        home, cart = play.sent("/v1/p")
        assert (home["name"], home["category"], home["properties"]["a"]) == ("Home", "Docs", 1)
        assert cart["name"] == "Cart"
        [alias] = play.sent("/v1/a")
        assert (alias["userId"], alias["previousId"]) == ("u1", "a1")


@pytest.mark.parametrize(
    ("style", "outcome", "sent"), [("classic", "n/a", 0), ("remote", "done", 1), ("register", "done", 1)]
)
async def test_screen_is_not_for_classic_destinations(world: World, style: Style, outcome: str, sent: int):
    async with world.play(plugin_of(style)) as play:
        [reply] = await play.call(steps.Screen(name="Home"))
        await play.settle()
        assert reply.outcome == outcome
        assert len(play.flows("/screen")) == sent
        assert bool(reply.reason) == (outcome == "n/a")


@pytest.mark.parametrize("style", STYLES)
async def test_what_a_plugin_throws_is_told_by_the_call(world: World, style: Style):
    broken = plugin_of(style)
    source = broken.files["dist/acme.js"].decode()
    throwing = source.replace(
        'fetch("https://api.acme.example/"', 'throw new TypeError("no such thing"); fetch("https://x/"'
    )
    async with world.play(plugin_of(style, throwing)) as play:
        [reply] = await play.call(steps.Track(event="Signed Up"))
        assert reply.outcome == "done"
        assert reply.delivery == ("Acme: TypeError: no such thing",)
        assert len(play.sent("/v1/t")) == 1
