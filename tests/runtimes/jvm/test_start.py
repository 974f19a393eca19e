"""An app starts from its APK, in a real JVM in a real jail."""

from __future__ import annotations

import pytest

from testbed.runtimes.jvm import JvmRuntime
from testbed.virtual.apps import Bundle, Exit, Launch
from tests.runtimes.jvm.app import MAIN, PACKAGE
from tests.runtimes.jvm.running import running, surroundings

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIXEL = {
    "ro.product.manufacturer": "Google",
    "ro.product.model": "Pixel 8",
    "ro.build.id": "UD1A",
    "ro.serialno": "8A1X",
}


@pytest.mark.parametrize(("api", "release"), [(30, "11"), (34, "14")])
async def test_it_is_what_its_manifest_says_on_the_phone_that_was_described(
    runtime: JvmRuntime, bundle: Bundle, api: int, release: str
):
    around = surroundings(
        api=api,
        properties={**PIXEL, "ro.build.version.release": release},
        locale="de-AT",
        time_zone="Europe/Vienna",
        width=1080,
        density=420,
    )
    async with running(runtime, bundle, around=around) as app:
        assert (await app.do("identity")).split("|") == [
            f"Google Pixel 8 {api} {release}",
            "de_AT Europe/Vienna",
            f"{PACKAGE} 1.2.3 7",
            "Test app",
            "android.permission.INTERNET,android.permission.ACCESS_NETWORK_STATE",
            "0",
            f"Dalvik/2.1.0 (Linux; U; Android {release}; Pixel 8 Build/UD1A)",
            "1080x420",
        ]
        assert app.process.state == {"activity": f"{PACKAGE}.MainActivity", "lifecycle": "resumed"}


async def test_from_providers_to_the_last_screen(runtime: JvmRuntime, bundle: Bundle):
    """Providers by initOrder, before the application and with it as their context: handleBindApplication of
    ActivityThread. A new intent while paused: Activity.onNewIntent."""
    async with running(runtime, bundle) as app:
        await app.process.background()
        assert app.process.state["lifecycle"] == "stopped"
        view = "android.intent.action.VIEW"
        await app.process.deliver(Launch(component=MAIN, action=view, uri="acme://cart/1"))
        await app.process.deliver(Launch(component=MAIN, action=view, uri="acme://cart/2"))
        assert (await app.do("story")).split() == [
            *("Early:true", "Late:true", "application", "create:null", "start", "resume"),
            *("pause", "stop", "restart", "start", "new:acme://cart/1", "resume"),
            *("pause", "new:acme://cart/2", "resume"),
        ]


async def test_what_it_logs_and_what_is_due_later(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        await app.do("log", "hello ☃")
        await app.do("later", "in a while")
        await app.until("W/tag: hello ☃")
        await app.until("I/later: in a while")


async def test_what_it_stored_is_there_for_its_next_process(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        assert await app.do("remember", "me") == "ok"
    assert (bundle.data / "shared_prefs" / "kept.xml").exists()
    async with running(runtime, bundle) as app:
        assert await app.do("recall") == "me"


async def test_it_is_stopped_by_the_system(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        await app.process.stop()
        assert await app.process.ended() == Exit(by="system")
        with pytest.raises(ConnectionRefusedError):
            await app.process.connect("testbed")


async def test_megabytes_by_its_socket(runtime: JvmRuntime, bundle: Bundle):
    """More than the window of a stream, each way."""
    async with running(runtime, bundle) as app:
        assert await app.do("stream", "3000000") == "x" * 3_000_000
        assert await app.do("echo", "y" * 3_000_000) == "y" * 3_000_000


async def test_nobody_listens_there(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        with pytest.raises(ConnectionRefusedError):
            await app.process.connect("elsewhere")
