"""Each step that is not a call, on a real browser."""

import pytest

from testbed.devices.api import Probe, Sighting
from testbed.scenario import steps
from tests.devices.plugins import CLASSIC, plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LISTENING = (
    CLASSIC
    + """
["online", "offline", "pagehide", "pageshow"].forEach(function (name) {
  addEventListener(name, function (event) { console.log(name + " " + navigator.onLine + " " + event.isTrusted); });
});
document.addEventListener("visibilitychange", function () { console.log("visibility " + document.visibilityState); });
"""
)

PAGE = """<!DOCTYPE html>
<html><head><title>Own page</title></head><body>
<button id="far" style="position: absolute; top: 3000px"
  onclick="analytics.track('Clicked', {trusted: event.isTrusted})">Far</button>
<button id="hidden" style="display: none">Hidden</button>
<a id="next" href="/next?x=1">Next</a>
<input id="name" data-kind="text" value="Ada">
</body></html>
"""

BUTTON = {
    "id": "far",
    "style": "position: absolute; top: 3000px",
    "onclick": "analytics.track('Clicked', {trusted: event.isTrusted})",
    "value": "",
}
HIDDEN = {"id": "hidden", "style": "display: none", "value": ""}


async def test_reset_forgets_the_user(world: World):
    async with world.play() as play:
        await play.call(steps.Identify(user_id="u1"), steps.Reset(), steps.Track(event="After"))
        assert play.sent("/v1/i")[0]["userId"] == "u1"
        [after] = play.sent("/v1/t")
        assert after.get("userId") is None
        assert after["anonymousId"] != play.sent("/v1/i")[0]["anonymousId"]


async def test_flush_and_settings_touch_nothing_on_the_page(world: World):
    async with world.play() as play:
        before = play.listener.count
        flush, settings = await play.call(steps.Flush(), steps.Settings(values={"apiKey": "k2"}))
        assert (flush.outcome, "no public flush" in flush.reason) == ("n/a", True)
        assert settings.outcome == "done"
        assert play.listener.count == before


async def test_restart_keeps_storage_and_fetches_the_settings_again(world: World):
    async with world.play() as play:
        await play.call(steps.Identify(user_id="u1"))
        play.cloud.update_settings({"apiKey": "k2"})
        replies = await play.call(steps.Settings(values={"apiKey": "k2"}), steps.Restart(), steps.Track(event="After"))
        await play.settle()
        assert [r.outcome for r in replies] == ["done"] * 3
        assert play.sent("/track")[0]["key"] == "k2"
        assert play.sent("/v1/t")[0]["userId"] == "u1"
        assert (await play.device.health()).ready


async def test_background_and_foreground(world: World):
    async with world.play(plugin_of(source=LISTENING)) as play:
        await play.call(steps.Background())
        assert [line.text for line in play.device.logs()] == ["visibility hidden", "pagehide true false"]
        await play.call(steps.Foreground())
        assert [line.text for line in play.device.logs()[2:]] == ["pageshow true false", "visibility visible"]


async def test_offline_calls_are_sent_when_the_network_is_back(world: World):
    async with world.play(plugin_of(source=LISTENING)) as play:
        offline, tracked = await play.call(steps.Offline(), steps.Track(event="Held back"))
        assert (offline.outcome, tracked.outcome) == ("done", "done")
        assert tracked.message_id
        assert play.said("offline false true")
        assert play.flows("/v1/t") == play.flows("/track") == []
        await play.call(steps.Online())
        await play.settle()
        assert play.said("online true true")
        assert [event["messageId"] for event in play.sent("/v1/t")] == [tracked.message_id]
        assert [sent["event"]["messageId"] for sent in play.sent("/track")] == [tracked.message_id]
        assert not any(line.by_plugin and line.source == "network" for line in play.device.logs())


async def test_open_goes_to_a_path_or_a_url_and_waits_for_the_sdk(world: World):
    async with world.play(url="/start?utm_source=x") as play:
        await play.call(steps.Page(), steps.Open(url="/cart"), steps.Page())
        await play.call(steps.Open(url="https://www.shop.example/cart#top"), steps.Page())
        pages = [event["context"]["page"] for event in play.sent("/v1/p")]
        assert [page["path"] for page in pages] == ["/start", "/cart", "/cart"]
        assert pages[0]["search"] == "?utm_source=x"
        [reply] = await play.call(steps.Open(url="ftp://nowhere"))
        assert reply.outcome == "failed"
        assert "did not load" in reply.reason


async def test_click_is_a_users_click(world: World):
    plugin = plugin_of(page="site/index.html", files={"site/index.html": PAGE})
    async with world.play(plugin) as play:
        far, hidden, absent = await play.call(
            steps.Click(selector="#far"), steps.Click(selector="#hidden"), steps.Click(selector="#absent")
        )
        assert [r.outcome for r in (far, hidden, absent)] == ["done", "failed", "failed"]
        assert "#absent" in absent.reason
        await play.settle()
        assert play.sent("/v1/t")[0]["properties"] == {"trusted": True}


async def test_a_click_that_leads_to_another_page(world: World):
    plugin = plugin_of(page="site/index.html", files={"site/index.html": PAGE})
    async with world.play(plugin) as play:
        click, page = await play.call(steps.Click(selector="#next"), steps.Page())
        assert (click.outcome, page.outcome) == ("done", "done")
        assert play.sent("/v1/p")[0]["context"]["page"]["path"] == "/next"


EVALUATE = [
    # (script, value)
    ("1 + 1", 2),
    ("({a: [1, null, 'x']})", {"a": [1, None, "x"]}),
    ("Promise.resolve('later')", "later"),
    ("await Promise.resolve(3)", 3),
    ("const a = 2; a * 2", 4),
    ("undefined", None),
    ("const o = {}; o.self = o; o", {"self": "[circular]"}),
    ("document.body", "<body>"),
    ("NaN", "NaN"),
]


async def test_evaluate_gives_the_value(world: World):
    async with world.play() as play:
        replies = await play.call(*(steps.Evaluate(script=script) for script, _ in EVALUATE))
        assert [(r.outcome, r.value) for r in replies] == [("done", value) for _, value in EVALUATE]


async def test_evaluate_that_throws_fails_the_step(world: World):
    async with world.play() as play:
        thrown, rejected, syntax = await play.call(
            steps.Evaluate(script="throw new Error('no')"),
            steps.Evaluate(script="Promise.reject(new Error('no'))"),
            steps.Evaluate(script="1 +"),
        )
        assert [r.outcome for r in (thrown, rejected, syntax)] == ["failed"] * 3
        assert thrown.reason == rejected.reason == "it threw Error: no"
        assert "SyntaxError" in syntax.reason


async def test_consent_changes_are_told_and_hold_at_the_next_load(world: World):
    plugin = plugin_of(consent=["Advertising"])
    async with world.play(plugin, consent={"Advertising": False}) as play:
        assert (await play.device.health()).problem == "not-loaded"
        [reply] = await play.call(steps.Consent(categories={"Advertising": True}))
        await play.call(steps.Restart(), steps.Track(event="Allowed"))
        await play.settle()
        told, allowed = play.sent("/v1/t")
        assert (told["event"], told["messageId"]) == ("Segment Consent Preference Updated", reply.message_id)
        assert allowed["context"]["consent"]["categoryPreferences"] == {"Advertising": True}
        assert (await play.device.health()).ready
        assert len(play.sent("/track")) == 1


async def test_consent_without_a_banner_fails_and_says_what_to_write(world: World):
    async with world.play() as play:
        [reply] = await play.call(steps.Consent(categories={"Advertising": True}))
        assert reply.outcome == "failed"
        assert "`consent:`" in reply.reason


async def test_wait_for_a_log_line(world: World):
    async with world.play() as play:
        await play.call(steps.Evaluate(script="console.warn('first', {n: 1}); setTimeout(console.log, 50, 'second')"))
        first, second, never = await play.call(
            steps.Wait(log="first {n: 1}"), steps.Wait(log="second"), steps.Wait(log="third", within_s=0.01)
        )
        assert (first.outcome, second.outcome, never.outcome) == ("done", "done", "failed")
        assert "third" in never.reason


async def test_a_page_that_hangs_fails_the_step_and_not_the_browser(world: World, monkeypatch):
    monkeypatch.setattr("testbed.devices.chromium.run.PAGE_WITHIN_S", 0.3)
    async with world.play() as play:
        await play.call(steps.Evaluate(script="setTimeout(() => { while (true); })"))
        [reply] = await play.call(steps.Track(event="Never"))
        assert reply.outcome == "failed"
    async with world.play() as play:
        assert (await play.device.health()).ready


async def test_what_is_on_the_page_at_the_end(world: World):
    plugin = plugin_of(page="site/index.html", files={"site/index.html": PAGE})
    async with world.play(plugin) as play:
        await play.call(
            steps.Evaluate(script="localStorage.a = '1'; sessionStorage.b = '2'; document.cookie = 'c=3'"),
            steps.Evaluate(script="sessionStorage.a = '9'; document.cookie = 'c=9; path=/elsewhere'"),
            steps.Evaluate(
                script="document.cookie = 'd=1; max-age=3600; secure; samesite=strict; domain=shop.example'"
            ),
            steps.Evaluate(script="window.shop = {cart: [{sku: 'x'}], open() {}}"),
        )
        probes = {
            # Elements.
            Probe(what="element", name="#name"): Sighting(
                found=True, value="", attributes={"id": "name", "data-kind": "text", "value": "Ada"}
            ),
            Probe(what="element", name="title"): Sighting(found=True, value="Own page"),
            Probe(what="element", name="body > button"): Sighting(
                found=True,
                value="Far",
                attributes=BUTTON,
                more=(Sighting(found=True, value="Hidden", attributes=HIDDEN),),
            ),
            Probe(what="element", name="#absent"): Sighting(found=False),
            Probe(what="element", name="[["): Sighting(
                found=False,
                problem="SyntaxError: Failed to execute 'querySelectorAll' on 'Document': "
                "'[[' is not a valid selector.",
            ),
            # Storage and globals.
            Probe(what="storage", name="a"): Sighting(found=True, value="1", more=(Sighting(found=True, value="9"),)),
            Probe(what="storage", name="b"): Sighting(found=True, value="2"),
            Probe(what="storage", name="absent"): Sighting(found=False),
            Probe(what="global", name="shop.cart.0.sku"): Sighting(found=True, value="x"),
            Probe(what="global", name="shop"): Sighting(
                found=True, value={"cart": [{"sku": "x"}], "open": "function open"}
            ),
            Probe(what="global", name="shop.absent.deep"): Sighting(found=False),
            Probe(what="cookie", name="absent"): Sighting(found=False),
        }
        assert await play.device.observe(list(probes)) == list(probes.values())
        plain, full = await play.device.observe([Probe(what="cookie", name=name) for name in "cd"])
        session = {"domain": "www.shop.example", "secure": False, "httpOnly": False}
        assert plain == Sighting(
            found=True,
            value="3",
            attributes={**session, "path": "/"},
            more=(Sighting(found=True, value="9", attributes={**session, "path": "/elsewhere"}),),
        )
        assert 3_500 < full.attributes.pop("maxAge") <= 3_600
        assert full.attributes == {
            "domain": ".shop.example", "path": "/", "secure": True, "httpOnly": False, "sameSite": "Strict",
        }  # fmt: skip


async def test_the_page_cannot_hide_what_is_on_it(world: World):
    script = (
        "localStorage.setItem('a', '1'); document.cookie = 'c=1; path=/elsewhere';"
        "document.querySelector = () => null; Storage.prototype.getItem = () => null; undefined"
    )
    async with world.play() as play:
        await play.call(steps.Evaluate(script=script))
        probes = [
            Probe(what="element", name="title"),
            Probe(what="storage", name="a"),
            Probe(what="cookie", name="c"),
        ]
        assert [seen.found for seen in await play.device.observe(probes)] == [True, True, True]


async def test_the_identity_is_that_of_a_users_chrome(world: World):
    async with world.play() as play:
        [reply] = await play.call(
            steps.Evaluate(
                script="const {userAgent, webdriver, userAgentData} = navigator;"
                "[userAgent, webdriver, userAgentData.brands.map(b => b.brand).join()]"
            )
        )
        agent, webdriver, brands = reply.value
        assert ("Headless" in agent, webdriver, "Headless" in brands) == (False, False, False)
        [page] = play.flows("/")
        assert dict(page.request.headers)["user-agent"] == agent


async def test_dialogs_do_not_stop_the_page(world: World):
    async with world.play() as play:
        [reply] = await play.call(
            steps.Evaluate(script="alert('hi'); window.onbeforeunload = e => e.preventDefault(); confirm('sure?')")
        )
        assert reply.value is True
        [reply] = await play.call(steps.Restart())
        assert reply.outcome == "done"
