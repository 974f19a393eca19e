"""The harness app on both real SDKs, with a plugin that has timers and does wrong when it is told to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harnesses.android.app.playing import FACTORIES, KEY, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

both = pytest.mark.parametrize("sdk", FACTORIES)

MINUTE_MS = 60_000
BEGUN_WITHIN_MS = 1_000
TIMERS = {"executor", "timer", "sleep", "handler", "looper"}


@both
async def test_calls_become_messages_that_segment_gets_at_a_flush(stage: Stage, sdk: str):
    calls: list[tuple[str, dict[str, Any]]] = [
        ("identify", {"userId": "u1", "traits": {"email": "a@b.c", "age": 3, "tags": ["x", None]}}),
        ("track", {"event": "Signed Up", "properties": {"revenue": 12.5}}),
        ("screen", {"name": "Home", "category": "Main"}),
        ("view", {"name": "Away"}),
        ("group", {"groupId": "g1", "traits": {"name": "G"}}),
        ("alias", {"userId": "u2"}),
        ("track", {"event": "Chosen", "options": {"integrations": {"Acme": False}, "context": {"shop": {"id": 1}}}}),
    ]
    async with stage.play(sdk) as app:
        ids = [(await app.ask(do, **fields))["messageId"] for do, fields in calls]
        assert (await app.ask("flush"))["ok"]
        messages = {message["messageId"]: message for message in app.batches()}
        assert list(messages) == ids
        identify, track, screen, view, group, alias, chosen = messages.values()
        assert (await app.ask("observe", what="storage", name="no such key")).get("found") is False
    assert (identify["userId"], identify["traits"]["tags"]) == ("u1", ["x", None])
    assert (track["event"], track["properties"]) == ("Signed Up", {"revenue": 12.5})
    assert (screen["type"], screen["name"], view["type"], view["name"]) == ("screen", "Home", "screen", "Away")
    assert (group["groupId"], group["traits"]["name"], alias["userId"]) == ("g1", "G", "u2")
    assert (chosen["integrations"]["Acme"], chosen["context"]["shop"]) == (False, {"id": 1})


@both
async def test_what_there_is_no_notion_of_is_said_with_the_reason(stage: Stage, sdk: str):
    asked: list[tuple[str, dict[str, Any]]] = [
        ("page", {}),
        ("click", {"selector": "#a"}),
        ("evaluate", {"script": "1"}),
        ("consent", {"categories": {}}),
        ("alias", {"userId": "u2", "previousId": "u1"}),
        ("track", {"event": "E", "options": {"sampling": 1}}),
    ]
    async with stage.play(sdk) as app:
        for do, fields in asked:
            assert len((await app.ask(do, **fields))["na"]) > len("na")


@both
async def test_timers_of_sdk_and_vendor_come_when_they_are_due_and_never_before(stage: Stage, sdk: str):
    async with stage.play(sdk) as app:
        assert (await app.ask("health"))["health"]["ready"]
        await app.ask("track", event="Signed Up")
        await app.ask("advance", by_s=25)
        assert (app.batches(), app.vendor()) == ([], {})
        await app.ask("advance", by_s=6)
        assert [message["event"] for message in app.batches()] == ["Signed Up"]
        await app.ask("advance", by_s=24)
        assert app.vendor() == {}
        await app.ask("advance", by_s=6)
        ages = app.vendor()
        pending = await app.ask("pending")
    assert set(ages) == TIMERS
    assert [age for age in ages.values() if not MINUTE_MS <= age < MINUTE_MS + BEGUN_WITHIN_MS] == []
    assert pending["virtual"] is True


@both
@pytest.mark.parametrize(
    ("factory", "acme", "problem", "detail"),
    [
        ("", KEY, "", ""),
        ("acme.Nowhere", KEY, "no-global", "no class of the app is named acme.Nowhere"),
        ("acme.Acme.NOWHERE", KEY, "no-global", "acme.Acme has no static field NOWHERE"),
        ("acme.Acme.NONE", KEY, "no-global", "acme.Acme.NONE is java.lang.String"),
        ("", None, "not-loaded", "Segment's settings do not list Acme"),
    ],
)
async def test_health_says_why_a_plugin_is_not_there(
    stage: Stage, sdk: str, factory: str, acme: dict[str, Any] | None, problem: str, detail: str
):
    async with stage.play(sdk, factory=factory, acme=acme) as app:
        health = (await app.ask("health"))["health"]
    assert (health["ready"], health["problem"]) == (not problem, problem)
    assert detail in health["detail"]


async def test_a_plugin_that_throws_at_its_start_ends_the_app_under_analytics_android(stage: Stage):
    async with stage.play("android-java", acme={"throw": True}) as app:
        told = await app.until_told("exception")
        ended = await app.ended()
    assert (told["message"], told["byPlugin"], ended.by) == ("planted", True, "exception")


async def test_a_plugin_that_throws_at_its_start_is_not_there_under_analytics_kotlin(stage: Stage):
    async with stage.play("android-kotlin", acme={"throw": True}) as app:
        health = (await app.ask("health"))["health"]
    assert (health["installed"], health["problem"]) == (False, "threw")
    assert "planted" in health["detail"]


@pytest.mark.parametrize(("sdk", "ready"), [("android-java", False), ("android-kotlin", True)])
async def test_empty_settings_are_off_for_analytics_android_alone(stage: Stage, sdk: str, ready: bool):
    async with stage.play(sdk, acme={}) as app:
        assert (await app.ask("health"))["health"]["ready"] is ready


@both
@pytest.mark.parametrize("deed", ["throw on main", "throw on a thread"])
async def test_an_uncaught_exception_is_told_and_ends_the_app(stage: Stage, sdk: str, deed: str):
    async with stage.play(sdk) as app:
        await app.ask("health")
        await app.ask("track", event=deed)
        told = await app.until_told("exception")
        ended = await app.ended()
    assert (told["message"], told["byPlugin"], "caught" in told) == ("planted", True, False)
    assert "acme.Deeds" in told["stack"]
    assert (ended.by, "planted" in ended.stack) == ("exception", True)


async def test_what_analytics_kotlin_catches_is_told(stage: Stage):
    async with stage.play("android-kotlin") as app:
        await app.ask("health")
        await app.ask("track", event="throw")
        told = await app.until_told("exception")
        assert (await app.ask("track", event="fine")).get("ok")
    assert (told["caught"], told["byPlugin"], "planted" in told["message"]) == (True, True, True)


@both
async def test_network_on_the_main_thread_is_androids_exception(stage: Stage, sdk: str):
    async with stage.play(sdk) as app:
        await app.ask("health")
        await app.ask("track", event="network on main")
        told = await app.until_told("exception")
    assert (told["type"], told["byPlugin"]) == ("android.os.NetworkOnMainThreadException", True)


@both
async def test_a_main_thread_that_waits_is_told_of_in_real_time_and_in_virtual(stage: Stage, sdk: str):
    async with stage.play(sdk) as app:
        await app.ask("health")
        await app.ask("track", event="wait on main")
        told = await app.until_told("blocked")
        app.told.clear()
        await app.ask("track", event="wait on main later")
        await app.ask("advance", by_s=20)
        virtual = await app.until_told("blocked")
    for each in (told, virtual):
        assert (each["what"], each["byPlugin"], "acme.Deeds.sleep" in each["stack"]) == ("hang", True, True)


@both
async def test_a_main_thread_that_computes_is_told_of_the_second_time(stage: Stage, sdk: str):
    async with stage.play(sdk) as app:
        await app.ask("health")
        await app.ask("track", event="compute on main")
        await app.ask("flush")  # a round trip, in which the main thread comes to rest
        assert [said for said in app.told if said["event"] == "blocked"] == []
        await app.ask("track", event="compute on main")
        told = await app.until_told("blocked")
    assert "acme.Deeds.compute" in told["stack"]


@both
@pytest.mark.parametrize(("deed", "code"), [("exit", 3), ("kill", 9)])
async def test_an_app_that_ends_itself_is_gone_and_the_next_one_runs(stage: Stage, sdk: str, deed: str, code: int):
    async with stage.play(sdk) as app:
        assert (await app.ask("health"))["health"]["ready"]
        await app.begin("track", event=deed)
        ended = await app.ended()
    assert (ended.by, ended.code) == ("itself", code)
    async with stage.play(sdk) as app:
        assert (await app.ask("health"))["health"]["ready"]
