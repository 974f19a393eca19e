"""Two devices of one browser at once, and one after the other: nothing of one is seen by the other."""

import asyncio

import pytest

from testbed.scenario import steps
from tests.devices.plugins import plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LEAVE = """
    document.cookie = 'mine=' + MARK; localStorage.mine = sessionStorage.mine = window.name = MARK;
    caches.open('mine').then(c => c.put('/cached', new Response(MARK)))
""".strip()
LOOK = """
    const {localStorage: {mine: local}, sessionStorage: {mine: session}} = window;
    [document.cookie.includes('mine='), local, session, window.name, (await caches.keys()).length]
"""
CLEAN = [False, None, None, "", 0]


async def test_at_the_same_time(world: World):
    async def one(device: int) -> None:
        async with world.play(plugin_of(), device=device) as play:
            await play.call(steps.Identify(user_id=f"user-{device}"))
            await play.call(steps.Evaluate(script=LEAVE.replace("MARK", f"'{device}'")))
            left.append(device)
            if len(left) == 2:
                both.set()
            await both.wait()
            [seen] = await play.call(steps.Evaluate(script=LOOK))
            assert seen.value == [True, str(device), str(device), str(device), 1]
            await play.call(steps.Track(event=f"From {device}"))
            await play.settle()
            assert [event["event"] for event in play.sent("/v1/t")] == [f"From {device}"]
            assert [event["userId"] for event in play.sent("/v1/t")] == [f"user-{device}"]
            assert [sent["event"]["event"] for sent in play.sent("/track")] == [f"From {device}"]

    left: list[int] = []
    both = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for device in range(2):
            group.create_task(one(device))


async def test_one_after_the_other(world: World):
    ids = set()
    for _ in range(2):
        async with world.play() as play:
            [seen] = await play.call(steps.Evaluate(script=LOOK))
            assert seen.value == CLEAN
            await play.call(steps.Track(event="Seen"), steps.Evaluate(script=LEAVE.replace("MARK", "'x'")))
            ids.add(play.sent("/v1/t")[0]["anonymousId"])
            assert len(play.flows("/analytics.js/v1/testWriteKey/analytics.min.js")) == 1  # not from a shared cache
    assert len(ids) == 2
