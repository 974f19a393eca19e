"""The driver on a phone that does as it is told: what it asks of that over real adb, and makes of what it hears."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from testbed.apk import Apk
from testbed.devices.api import App, Health, Probe, Sighting, Unobserved
from testbed.errors import DeviceFault
from testbed.scenario import steps
from tests.devices.android.phone import FIRST_PID, Bench, ScriptedPhone, bench
from tests.devices.android.scripted import ScriptedApp

TRACK = steps.Track(event="Signed Up", properties={"plan": "pro"})
LAUNCH = "am start -W -n dev.testbed.app/dev.testbed.app.MainActivity -a android.intent.action.MAIN"
HOME = "input keyevent KEYCODE_HOME"


class Builder:
    """Stands for the building of the APK: `content` is what the next one is made of."""

    def __init__(self, folder: Path) -> None:
        self.content = b"one"
        self.notes: tuple[str, ...] = ()
        self._folder = folder

    async def __call__(self, app: App, ca_pem: bytes, env: Mapping[str, str]) -> Apk:
        file = self._folder / f"{self.content.decode()}.apk"
        file.write_bytes(self.content)
        return Apk(file=file, sha256=self.content.decode(), packages=("com.acme",), notes=self.notes)


@pytest.fixture
def app() -> ScriptedApp:
    return ScriptedApp(track={"messageId": "m1"})


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


@pytest.fixture
async def on(app: ScriptedApp, builder: Builder) -> AsyncIterator[Bench]:
    async with bench(app, builder) as made:
        yield made


# From boot to clear.


async def test_a_scenario(on: Bench, app: ScriptedApp):
    async with on.play(integrations={"Acme": False}) as play:
        (reply,) = await play.call(TRACK)
        assert (reply.outcome, reply.message_id) == ("done", "m1")
        assert await on.device.health() == Health(installed=True, ready=True)
        settled = await on.device.settle(play.listener)
        assert (settled.by, settled.unobserved) == ("virtual-time", ())
    setup, track = [each for each in app.asked if each["do"] in {"setup", "track"}]
    assert {k: v for k, v in setup.items() if k not in {"id", "do"}} == {
        "writeKey": "key",
        "factory": "com.acme.Acme",
        "integrations": {"Acme": False},
        "flushAt": 20,
        "flushInterval": 30,
        "lifecycle": False,
        "deepLinks": False,
    }
    assert {k: v for k, v in track.items() if k != "id"} == {
        "do": "track",
        "event": "Signed Up",
        "properties": {"plan": "pro"},
    }


async def test_the_proxy_is_a_setting_and_a_reverse_and_both_are_undone(on: Bench):
    async with on.play() as play:
        host, _, port = on.phone.settings["http_proxy"].rpartition(":")
        assert (host, int(port)) == ("127.0.0.1", play.listener.proxy.port)
        assert f"tcp:{port}" in on.phone.serving
        connection = await play.app_connects()
        await connection.write(b"GET http://api.acme.example/v1 HTTP/1.1\r\nHost: api.acme.example\r\n\r\n")
        assert b"taken" in await _all(connection, b"taken")
    assert [flow.request.url for flow in play.listener.flows] == ["http://api.acme.example/v1"]
    assert on.phone.settings["http_proxy"] == ":0"
    assert not any(address.startswith("tcp:") for address in on.phone.serving)


async def test_a_proxy_of_the_users_is_there_again_after(on: Bench):
    on.phone.settings["http_proxy"] = "10.0.0.1:3128"
    async with on.play():
        assert on.phone.settings["http_proxy"] != "10.0.0.1:3128"
    assert on.phone.settings["http_proxy"] == "10.0.0.1:3128"


async def test_what_of_the_plugin_does_not_run_everywhere_is_in_the_ledger(on: Bench, builder: Builder):
    builder.notes = ("libacme.so is for arm64 alone",)
    async with on.play() as play:
        settled = await on.device.settle(play.listener)
    assert settled.unobserved == (Unobserved("the plugin's APK", "libacme.so is for arm64 alone"),)


async def test_the_app_is_installed_once_and_again_only_where_it_is_another(on: Bench, builder: Builder):
    for content, installed in ((b"one", 1), (b"one", 1), (b"two", 2), (b"one", 3)):
        builder.content = content
        async with on.play():
            pass
        assert len(on.phone.heard("pm install")) == installed
    assert on.phone.heard("pm install")[0] == "pm install -r -t -g /data/local/tmp/testbed-one.apk"
    assert len(on.phone.heard("rm /data/local/tmp/testbed-")) == 3


async def test_an_app_that_is_signed_by_others_is_removed_first(on: Bench):
    on.phone.says["pm install"] = (1, "Failure [INSTALL_FAILED_UPDATE_INCOMPATIBLE: signatures do not match]")
    with pytest.raises(DeviceFault, match="INSTALL_FAILED_UPDATE_INCOMPATIBLE"):
        async with on.play():
            pass
    assert on.phone.heard("pm uninstall") == ["pm uninstall dev.testbed.app"]


async def test_each_run_has_fresh_storage(on: Bench):
    for _ in range(2):
        async with on.play():
            pass
    told = [each for each in on.phone.told if each.startswith(("pm clear", "am start"))]
    clear = "pm clear dev.testbed.app"
    launched = [each[: len(LAUNCH)] if each.startswith("am start") else each for each in told]
    assert launched == [clear, LAUNCH, clear, LAUNCH, clear]


async def test_the_app_may_flush_before_it_is_ended(on: Bench):
    async with on.play():
        on.phone.told.clear()
    assert on.phone.told.index(HOME) < on.phone.told.index("pm clear dev.testbed.app")


# Steps.


async def test_what_is_the_harness_and_what_is_the_phones(on: Bench, app: ScriptedApp):
    app.answers["page"] = {"ok": False, "na": "no pages"}
    app.answers["identify"] = {"messageId": "m2", "reason": "late"}
    async with on.play() as play:
        replies = await play.call(
            steps.Identify(user_id="u1"), steps.Page(name="Home"), steps.View(name="Home"), steps.Reset(),
            steps.Flush(), steps.Background(), steps.Foreground(), steps.Open(url="shop://cart?a=1&b=it's"),
            steps.Open(url="/cart"), steps.Settings(values={"a": 1}), steps.Advance(by_s=90.0),
        )  # fmt: skip
        told = [each for each in on.phone.told if each.startswith(("am start", "input"))]
    assert [reply.outcome for reply in replies] == [
        "done", "n/a", "done", "done", "done", "done", "done", "done", "n/a", "done", "done",
    ]  # fmt: skip
    assert [reply.reason for reply in replies[:2]] == ["late", "no pages"]
    assert app.done() == ["setup", "identify", "page", "view", "reset", "flush", "advance"]
    assert app.asked[-1]["do"] == "pending"
    assert [each["by_s"] for each in app.asked if each["do"] == "advance"] == [90.0]
    assert told[1:4] == [HOME, told[0], told[3]]
    assert told[3].endswith("""-a android.intent.action.VIEW -d 'shop://cart?a=1&b=it'"'"'s'""")


async def test_a_restart_is_another_process_with_what_it_stored(on: Bench, app: ScriptedApp):
    async with on.play() as play:
        before = on.phone.heard("pm clear")
        (reply,) = await play.call(steps.Restart())
        assert reply.outcome == "done"
        assert on.phone.pid == FIRST_PID + 1
        assert on.phone.heard("am force-stop") == ["am force-stop dev.testbed.app"]
        assert on.phone.heard("pm clear") == before
        await play.call(TRACK)
    assert app.done() == ["setup", "setup", "track"]


@pytest.mark.parametrize(
    ("api", "away", "back"),
    [
        (34, "cmd connectivity airplane-mode enable", "cmd connectivity airplane-mode disable"),
        (29, "svc wifi disable && svc data disable", "svc wifi enable && svc data enable"),
    ],
)
async def test_offline_is_no_network_and_no_proxy(app: ScriptedApp, builder: Builder, api: int, away: str, back: str):
    async with bench(app, builder, api=api) as on, on.play() as play:
        (reply,) = await play.call(steps.Offline())
        assert reply.outcome == "done"
        assert on.phone.heard(away)
        with pytest.raises(ConnectionRefusedError):
            await play.app_connects()
        await play.call(steps.Online())
        assert on.phone.heard(back)
        await play.app_connects()


async def test_a_run_that_ends_offline_leaves_the_phone_online(on: Bench):
    async with on.play() as play:
        await play.call(steps.Offline())
        assert on.phone.flying
    assert not on.phone.flying


async def test_a_scenario_may_start_offline(on: Bench):
    async with on.play(offline=True) as play:
        on_the_way = [each for each in on.phone.told if each.startswith(("cmd connectivity", "am start"))]
        assert on_the_way[0] == "cmd connectivity airplane-mode enable"
        await play.call(steps.Offline())
        assert on.phone.heard("cmd connectivity") == ["cmd connectivity airplane-mode enable"]
        await play.call(steps.Online())
        assert not on.phone.flying


async def test_where_no_clock_can_be_moved_little_is_waited_for_and_much_is_not(on: Bench, app: ScriptedApp):
    app.answers["pending"] = {"virtual": False}
    async with on.play() as play:
        little, much = await play.call(steps.Advance(by_s=0.01), steps.Advance(by_s=60.0))
    assert (little.outcome, "in real time" in little.reason) == ("done", True)
    assert (much.outcome, "cannot be moved" in much.reason) == ("failed", True)
    assert "advance" not in app.done()


async def test_a_call_that_throws_fails_and_is_told_with_whose_it_is(on: Bench, app: ScriptedApp):
    thrown = {"message": "no token", "type": "java.lang.Error", "stack": "at com.acme.A.b", "byPlugin": True}
    app.answers["track"] = {"ok": False, "error": thrown}
    async with on.play() as play:
        (reply,) = await play.call(TRACK)
        (line,) = [line for line in on.device.logs() if line.source == "exception"]
    assert (reply.outcome, reply.reason) == ("failed", "no token")
    assert (line.text, line.stack, line.by_plugin) == ("java.lang.Error: no token", "at com.acme.A.b", True)


# What is seen.


async def test_the_log_is_the_apps_own(on: Bench, app: ScriptedApp):
    async with on.play() as play:
        await on.phone.log(f"11-25 09:00:01.000 {FIRST_PID} {FIRST_PID} W Acme    : slow")
        await on.phone.log("11-25 09:00:01.000  1612  1612 W System  : another's")
        await app.tell("log", level="info", text="from the harness")
        await app.tell("blocked", thread="main", ms=700, what="io", stack="at com.acme.A.b", byPlugin=True)
        replies = await play.call(
            steps.Wait(log="slow"), steps.Wait(log="harness"), steps.Wait(log="no such", within_s=0.01)
        )
        assert [reply.outcome for reply in replies] == ["done", "done", "failed"]
        lines = [(line.source, line.level, line.text, line.by_plugin) for line in on.device.logs()]
    assert set(lines) == {
        ("console", "warning", "Acme: slow", False),
        ("console", "info", "from the harness", False),
        ("blocked", "error", "main thread blocked for 700 ms: it did input or output", True),
    }


async def test_what_can_be_observed(on: Bench, app: ScriptedApp):
    app.answers["observe"] = lambda asked: {"found": asked["name"] == "acme/id", "value": 7}
    async with on.play() as play:
        await on.phone.log(f"11-25 09:00:01.000 {FIRST_PID} {FIRST_PID} I Acme    : ready")
        await play.call(steps.Wait(log="ready"))
        asked = [
            Probe(what="storage", name="acme/id"),
            Probe(what="storage", name="none"),
            Probe(what="log", name="ready"),
            Probe(what="log", name="none"),
            Probe(what="cookie", name="c"),
        ]
        found = await on.device.observe(asked)
    assert found == [
        Sighting(found=True, value=7),
        Sighting(found=False, value=7),
        Sighting(found=True, value="Acme: ready"),
        Sighting(found=False),
        Sighting(found=False, problem="an Android app has no cookie"),
    ]


# How an app ends.

DIED = (
    f"893 893 I Zygote  : Process {FIRST_PID} exited due to signal 9 (Killed)",
    f"1612 1612 I ActivityManager: Process dev.testbed.app (pid {FIRST_PID}) has died: fg  TOP",
)
CRASHED = (
    f"{FIRST_PID} {FIRST_PID} E AndroidRuntime: FATAL EXCEPTION: main",
    f"{FIRST_PID} {FIRST_PID} E AndroidRuntime: Process: dev.testbed.app, PID: {FIRST_PID}",
    f"{FIRST_PID} {FIRST_PID} E AndroidRuntime: java.lang.Error: no token",
    f"{FIRST_PID} {FIRST_PID} E AndroidRuntime: \tat com.acme.A.b(A.java:7)",
    *DIED,
)
EXITED = (
    f"893 893 I Zygote  : Process {FIRST_PID} exited cleanly (3)",
    f"1612 1612 I ActivityManager: Process dev.testbed.app (pid {FIRST_PID}) has died: fg  TOP",
)


@pytest.mark.parametrize(("said", "text"), [(CRASHED, "no token"), (EXITED, "exited cleanly (3)")])
async def test_an_app_that_the_plugin_ends_fails_what_comes_after(on: Bench, said: tuple[str, ...], text: str):
    async with on.play() as play:
        await on.phone.ends(*said)
        replies = await play.call(TRACK, steps.Background(), steps.Advance(by_s=5.0))
        assert [reply.outcome for reply in replies] == ["failed"] * 3
        assert all(text in reply.reason for reply in replies)
        (line,) = [line for line in on.device.logs() if line.source == "exception"]
        assert (text in line.text, line.by_plugin) == (True, True)
        settled = await on.device.settle(play.listener)
        assert [each.subject for each in settled.unobserved] == ["what the app would have done later"]
        health = await on.device.health()
        assert (health.ready, health.problem, text in health.detail) == (False, "threw", True)
        (sighting,) = await on.device.observe([Probe(what="storage", name="a")])
        assert text in sighting.problem


async def test_an_app_that_crashes_within_a_step_fails_that(on: Bench, app: ScriptedApp):
    app.answers["track"] = {"dies": True}
    app.dying = lambda: on.phone.ends(*EXITED)
    async with on.play() as play:
        (reply,) = await play.call(TRACK)
    assert (reply.outcome, "exited cleanly (3)" in reply.reason) == ("failed", True)


async def test_what_the_harness_told_of_a_crash_is_told_once(on: Bench, app: ScriptedApp):
    async with on.play() as play:
        await app.tell("exception", message="no token", type="java.lang.Error", stack="at com.acme.A.b", byPlugin=True)
        await on.phone.ends(*CRASHED)
        (reply,) = await play.call(TRACK)
        assert reply.outcome == "failed"
        lines = [line for line in on.device.logs() if line.source == "exception"]
    assert [(line.text, line.by_plugin) for line in lines] == [("java.lang.Error: no token", True)]


async def test_an_app_that_crashed_can_be_started_again(on: Bench):
    async with on.play() as play:
        await on.phone.ends(*CRASHED)
        crashed, again, called = await play.call(TRACK, steps.Restart(), TRACK)
    assert [crashed.outcome, again.outcome, called.outcome] == ["failed", "done", "done"]


async def test_an_app_that_is_killed_from_outside_is_a_fault_of_the_device_and_the_next_run_is_fine(on: Bench):
    async with on.play() as play:
        await on.phone.ends(*DIED)
        with pytest.raises(DeviceFault, match="ended from outside"):
            await play.call(TRACK)
    await on.device.boot()
    async with on.play() as play:
        (reply,) = await play.call(TRACK)
    assert reply.outcome == "done"


async def test_an_app_that_does_not_live_to_be_set_up_is_told_by_its_health(on: Bench, app: ScriptedApp):
    app.answers["setup"] = {"dies": True}
    app.dying = lambda: on.phone.ends(*EXITED)
    async with on.play():
        health = await on.device.health()
    assert (health.installed, health.problem) == (False, "threw")


async def test_an_app_that_ends_as_soon_as_it_starts_is_told_by_its_health(on: Bench):
    on.phone.stillborn = CRASHED
    async with on.play() as play:
        health = await on.device.health()
        (reply,) = await play.call(TRACK)
        assert [(line.text, line.by_plugin) for line in on.device.logs() if line.source == "exception"] == [
            ("java.lang.Error: no token", True)
        ]
    assert (health.problem, "no token" in health.detail) == ("threw", True)
    assert reply.outcome == "failed"


async def test_an_app_whose_process_does_not_come_up_is_a_fault_of_the_device(on: Bench):
    on.phone.stillborn = DIED
    with pytest.raises(DeviceFault, match="ended from outside"):
        async with on.play():
            pass


# Faults of the device.


@pytest.mark.parametrize(
    ("command", "said", "words"),
    [
        ("am start", (1, "Error: Activity class does not exist."), "Activity class does not exist"),
        ("am start", (0, "Error type 3"), "Error type 3"),
        ("pm clear", (0, "Failed"), "Failed"),
        ("settings put", (1, "Security exception"), "Security exception"),
        ("pm install", (1, "Failure [INSTALL_PARSE_FAILED_NOT_APK]"), "INSTALL_PARSE_FAILED_NOT_APK"),
    ],
)
async def test_what_the_phone_refuses_is_told_in_its_own_words(
    on: Bench, command: str, said: tuple[int, str], words: str
):
    on.phone.says[command] = said
    with pytest.raises(DeviceFault, match=words):
        async with on.play(clear=False):
            pass
    del on.phone.says[command]
    await on.device.boot()
    async with on.play() as play:
        assert [reply.outcome for reply in await play.call(TRACK)] == ["done"]


async def test_a_phone_that_drops_off_is_named_and_back_for_the_next(on: Bench):
    with pytest.raises(DeviceFault, match="adb"):
        await _dropping(on)
    await on.device.boot()
    async with on.play() as play:
        assert [reply.outcome for reply in await play.call(TRACK)] == ["done"]


@pytest.mark.parametrize("api", [21, 25])
async def test_a_phone_that_is_too_old_is_refused(app: ScriptedApp, builder: Builder, api: int):
    with pytest.raises(DeviceFault, match=f"has API level {api}: 26 or newer"):
        async with bench(app, builder, api=api):
            pass


async def test_the_users_phone_is_left_as_it_was_found(app: ScriptedApp, builder: Builder):
    async with bench(app, builder) as on:
        async with on.play():
            pass
        phone: ScriptedPhone = on.phone
    assert phone.heard("pm uninstall") == ["pm uninstall dev.testbed.app"]
    assert phone.settings["http_proxy"] == ":0"


async def _dropping(on: Bench) -> None:
    async with on.play(clear=False) as play:
        on.daemon.drop()
        await play.call(steps.Background())


async def _all(connection: Any, until: bytes) -> bytes:
    got = b""
    while until not in got and (piece := await connection.read()):
        got += piece
    return got
