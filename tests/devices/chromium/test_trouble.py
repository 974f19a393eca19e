"""Plugins that never come up, and why: planted on a real browser, told by `health`."""

import pytest

from testbed.devices.chromium.logbook import LogBook
from testbed.errors import InternalError
from testbed.http import Request, Response
from testbed.plugin.model import Style
from testbed.scenario import steps
from testbed.scenario.model import CloudKnobs, SettingsKnob
from tests.devices.plugins import CLASSIC, FACTORY, plugin_of
from tests.devices.world import World

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr("testbed.devices.chromium.run.READY_WITHIN_S", 0.5)


NEVER = CLASSIC.replace('this.emit("ready");', "")
THROWS = CLASSIC.replace('this.emit("initialize"); this.emit("ready");', 'throw new Error("bad settings");')
VENDOR_SCRIPT = CLASSIC.replace(
    'this.emit("initialize"); this.emit("ready");',
    'var s = document.createElement("script"), me = this; s.src = "https://cdn.acme.example/sdk.js";'
    's.onload = function () { me.emit("initialize"); me.emit("ready"); }; document.head.appendChild(s);',
)

BUNDLES: list[tuple[str, Style, str, str, str]] = [
    # (case, style, bundle, problem, in the detail)
    # The global is missing or of no use.
    ("classic without global", "classic", "window.other = 1;", "no-global", "acmeIntegration"),
    ("remote without global", "remote", "window.other = 1;", "no-global", "acmePlugin"),
    ("register without global", "register", "window.other = 1;", "no-global", "acmePlugin"),
    ("remote global is an object", "remote", "window.acmePlugin = {};", "no-global", "function"),
    # The bundle throws.
    ("while it is evaluated", "classic", 'throw new Error("at the top");', "threw", "at the top"),
    ("while it is parsed", "remote", "function (", "threw", "SyntaxError"),
    ("registered, while evaluated", "register", 'throw new Error("at the top");', "threw", "at the top"),
    ("in initialize", "classic", THROWS, "threw", "bad settings"),
    ("in the remote factory", "remote", 'window.acmePlugin = () => { throw new Error("no"); };', "threw", "no"),
    ("in the registered factory", "register", 'window.acmePlugin = () => { throw new Error("no"); };', "threw", "no"),
    ("in load", "remote", FACTORY.replace("Promise.resolve()", 'Promise.reject(new Error("no"))'), "threw", "no"),
    (
        "in load, registered",
        "register",
        FACTORY.replace("Promise.resolve()", 'Promise.reject(Error("no"))'),
        "threw",
        "no",
    ),
    ("not a plugin", "remote", "window.acmePlugin = () => ({name: 'Acme'});", "threw", "missing required function"),
    # It never reports ready.
    ("no ready event", "classic", NEVER, "never-ready", "Acme"),
    ("load hangs", "remote", FACTORY.replace("Promise.resolve()", "new Promise(() => {})"), "never-ready", "Acme"),
    ("isLoaded is false", "register", FACTORY.replace("return true", "return false"), "never-ready", "Acme"),
]


@pytest.mark.parametrize(("style", "bundle", "problem", "detail"), [pytest.param(*b[1:], id=b[0]) for b in BUNDLES])
async def test_trouble_of_the_bundle(world: World, style: Style, bundle: str, problem: str, detail: str):
    async with world.play(plugin_of(style, bundle)) as play:
        health = await play.device.health()
        assert (health.problem, health.ready) == (problem, False)
        assert detail in health.detail
        # The SDK itself goes on.
        await play.call(steps.Track(event="Signed Up"))
        await play.settle()
        assert len(play.sent("/v1/t")) == 1
        # A registered plugin is offered every call, whatever its isLoaded() says.
        assert len(play.flows("/track")) == ("return false" in bundle)


async def test_a_worker_that_cannot_be_listened_to_ends_the_run(world: World, monkeypatch):
    heard = []

    def listen(self: LogBook, session: object) -> None:
        heard.append(session)
        if len(heard) > 1:  # the page is the first
            raise RuntimeError("no ears")

    monkeypatch.setattr(LogBook, "listen", listen)

    async def play_it() -> None:
        async with world.play() as play:
            await play.call(steps.Evaluate(script="globalThis.w = new Worker(URL.createObjectURL(new Blob(['1'])))"))
            await play.settle()

    with pytest.raises(InternalError, match="could not listen to a worker"):
        await play_it()


async def test_a_registered_plugin_by_another_name(world: World):
    """No integrations object would turn it off."""
    bundle = FACTORY.replace("name: 'Acme'", "name: 'acme-web'").replace('name: "Acme"', 'name: "acme-web"')
    assert bundle != FACTORY
    async with world.play(plugin_of("register", bundle)) as play:
        health = await play.device.health()
        assert (health.problem, health.ready) == ("not-loaded", False)
        assert "registers as 'acme-web'" in health.detail


KEPT_OUT: list[tuple[str, dict[str, object], str]] = [
    # (case, options of the run, in the detail)
    ("integrations[name] is false", {"integrations": {"Acme": False}}, "integrations['Acme'] is false"),
    ("All is false", {"integrations": {"All": False, "Segment.io": True}}, "All is false"),
    ("not in the settings", {"cloud": CloudKnobs(settings=SettingsKnob(missing=True))}, "no entry"),
    ("no consent", {"consent": {"Advertising": False, "Analytics": True}}, "did not consent to Advertising"),
]


@pytest.mark.parametrize("style", ["classic", "remote"])
@pytest.mark.parametrize(("options", "detail"), [pytest.param(*case[1:], id=case[0]) for case in KEPT_OUT])
async def test_a_plugin_that_is_rightly_not_loaded(world: World, style: Style, options, detail: str):
    async with world.play(plugin_of(style, consent=["Advertising"]), **options) as play:
        health = await play.device.health()
        assert (health.problem, health.installed) == ("not-loaded", False)
        assert detail in health.detail
        await play.call(steps.Track(event="Signed Up"))
        await play.settle()
        assert len(play.sent("/v1/t")) == 1
        assert play.flows("/track") == []


@pytest.mark.parametrize(("options", "detail"), [pytest.param(*case[1:], id=case[0]) for case in KEPT_OUT[2:]])
async def test_a_plugin_that_is_rightly_not_registered(world: World, options, detail: str):
    async with world.play(plugin_of("register", consent=["Advertising"]), **options) as play:
        health = await play.device.health()
        assert (health.problem, detail in health.detail) == ("not-loaded", True)


async def test_no_settings_no_sdk(world: World):
    async with world.play(cloud=CloudKnobs(settings=SettingsKnob(status=500))) as play:
        health = await play.device.health()
        assert health.problem == "no-sdk"
        assert "Failed to load Analytics.js" in health.detail
        [reply] = await play.call(steps.Track(event="Signed Up"))
        assert (reply.outcome, reply.message_id) == ("done", None)
        assert "not up" in reply.reason
        await play.settle()
        assert play.flows("/v1/t") == []


async def test_a_vendor_script_that_is_refused_is_the_plugins_network_line(world: World):
    def vendor(request: Request) -> Response | None:
        return Response(status=404) if request.host == "cdn.acme.example" else None

    async with world.play(plugin_of(source=VENDOR_SCRIPT), vendor=vendor) as play:
        assert (await play.device.health()).problem == "never-ready"
        [line] = [line for line in play.device.logs() if line.source == "network" and line.level == "error"]
        assert (line.url, line.level, line.by_plugin) == ("https://cdn.acme.example/sdk.js", "error", True)


MADE_UP = [
    # Code without a URL of its own: on the page under test nobody but the plugin makes up code.
    ("a worker from a blob", "new Worker(URL.createObjectURL(new Blob(['throw new Error(\"made up\")'])))"),
    ("a text", "setTimeout('throw new Error(\"made up\")')"),
    ("a function from a text", "setTimeout(new Function('throw new Error(\"made up\")'))"),
]


@pytest.mark.parametrize("script", [pytest.param(case[1], id=case[0]) for case in MADE_UP])
async def test_an_uncaught_error_of_code_that_the_plugin_makes_up_is_the_plugins(world: World, script: str):
    source = CLASSIC.replace("this.send(method", f"{script}; this.send(method")
    async with world.play(plugin_of(source=source)) as play:
        await play.call(steps.Track(event="Signed Up"))
        await play.settle()
        thrown = {line.text: line.by_plugin for line in play.device.logs() if line.source == "exception"}
        assert thrown == {"Error: made up": True}


async def test_an_uncaught_error_of_the_plugin_is_told_from_the_pages_own(world: World):
    source = CLASSIC.replace(
        "this.send(method", 'setTimeout(function () { throw new Error("later"); }); this.send(method'
    )
    async with world.play(plugin_of(source=source)) as play:
        await play.call(
            steps.Track(event="Signed Up"),
            steps.Evaluate(script="setTimeout(() => { throw new Error('the page') })"),
        )
        await play.settle()
        thrown = {line.text: line.by_plugin for line in play.device.logs() if line.source == "exception"}
        assert thrown == {"Error: later": True, "Error: the page": False}
