"""Starting apps, what happens to them, and how their end is seen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from testbed.virtual.android import Phone
from testbed.virtual.apps import Exit
from testbed.virtual.duplex import Duplex
from tests.virtual.android.apks import App, Maker
from tests.virtual.android.phones import FakeRuntime, Said, Terminal, ask, install

PACKAGE = "dev.testbed.app"
MAIN = f"{PACKAGE}/.MainActivity"
START = f"am start -n {MAIN}"


async def ended(phone: Phone, runtime: FakeRuntime, exit: Exit) -> str:
    """What the log says once the app has ended so."""
    running = phone.activities.running
    assert running is not None
    runtime.app.end(exit)
    async with asyncio.timeout(5):
        await running.ended.wait()
    return (await ask(phone, "logcat -d -b all -v brief")).out.replace(str(running.pid), "PID")


async def test_an_app_starts_with_what_was_asked_for(ready: Phone, runtime: FakeRuntime):
    said = await ask(
        ready, f"am start -W -n {MAIN} -a android.intent.action.VIEW -d testbed://open/x --es key value --ez on t"
    )
    assert said.code == 0
    assert said.out.startswith(
        "Starting: Intent { act=android.intent.action.VIEW dat=testbed://open/x cmp=dev.testbed.app/.MainActivity "
        "(has extras) }\nStatus: ok\nLaunchState: COLD\nActivity: dev.testbed.app/.MainActivity\nTotalTime: "
    )
    launch = runtime.app.launch
    assert launch.component == f"{PACKAGE}/{PACKAGE}.MainActivity"
    assert (launch.action, launch.uri) == ("android.intent.action.VIEW", "testbed://open/x")
    assert launch.extras == {"key": "value", "on": "true"}
    assert runtime.app.surroundings.properties["ro.product.model"] == "Pixel 8"
    assert runtime.app.bundle.package == PACKAGE


@pytest.mark.parametrize(
    "line",
    [
        f"am start {MAIN}",
        f"am start {PACKAGE}/{PACKAGE}.MainActivity",
        f"am start -p {PACKAGE}",
        f"am start -a android.intent.action.MAIN -c android.intent.category.LAUNCHER {PACKAGE}",
        "am start -a android.intent.action.VIEW -d testbed://open/x",
        f"cmd activity start-activity -n {MAIN}",
        f"monkey -p {PACKAGE} -c android.intent.category.LAUNCHER 1",
    ],
)
async def test_ways_to_start(ready: Phone, runtime: FakeRuntime, line: str):
    assert (await ask(ready, line)).code == 0
    assert runtime.app.launch.component == f"{PACKAGE}/{PACKAGE}.MainActivity"


NO_ACTIVITY = "Error type 3\nError: Activity class {{{}}} does not exist.\n"
VIEW = "Intent { act=android.intent.action.VIEW dat=https://example.com/... }"

NOT_STARTED = [
    (
        "am start -n dev.none/.Main",
        Said(1, "Starting: Intent { cmp=dev.none/.Main }\n", NO_ACTIVITY.format("dev.none/dev.none.Main")),
    ),
    (
        f"am start -n {PACKAGE}/.None",
        Said(1, "Starting: Intent { cmp=dev.testbed.app/.None }\n", NO_ACTIVITY.format(f"{PACKAGE}/{PACKAGE}.None")),
    ),
    (
        "am start -a android.intent.action.VIEW -d https://example.com/secret",
        Said(
            1,
            f"Starting: {VIEW}\n",
            f"Error: Activity not started, unable to resolve {VIEW}\n",
        ),
    ),
    ("am nope", Said(255, "Unknown command: nope\n")),
    ("monkey -p dev.none 1", Said(252, "** No activities found to run, monkey aborted.\n")),
    ("am get-current-user", Said(0, "0\n")),
]


@pytest.mark.parametrize(("line", "said"), NOT_STARTED, ids=[line for line, _ in NOT_STARTED])
async def test_what_does_not_start(ready: Phone, runtime: FakeRuntime, line: str, said: Said):
    assert await ask(ready, line) == said
    assert not runtime.started


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("am start --nope", "java.lang.IllegalArgumentException: Unknown option: --nope"),
        ("am start -n", 'Argument expected after "-n"'),
        (f"am start -n {PACKAGE}/.HiddenActivity", "java.lang.SecurityException: Permission Denial"),
        ("am broadcast -a android.intent.action.AIRPLANE_MODE --ez state true", "java.lang.SecurityException"),
    ],
)
async def test_what_android_throws(ready: Phone, line: str, named: str):
    said = await ask(ready, line)
    assert said.code != 0
    assert named in said.err


async def test_an_instrumentation_fails_as_androids_do(ready: Phone):
    said = await ask(ready, "am instrument -w dev.none/androidx.test.runner.AndroidJUnitRunner")
    assert said.code == 1
    assert "INSTRUMENTATION_FAILED: dev.none/androidx.test.runner.AndroidJUnitRunner" in said.out
    assert "Unable to find instrumentation info for: ComponentInfo{dev.none/" in said.out


async def test_a_phone_without_a_runtime_says_so(apk: Maker):
    async with Phone("pixel-8-api34") as phone:
        await install(phone, apk())
        said = await ask(phone, START)
        assert (said.code, said.err.splitlines()[0]) == (
            1,
            f"Error: {PACKAGE} cannot start: this virtual phone has no runtime for apps",
        )
        assert await ask(phone, f"pidof {PACKAGE}") == Said(1)


async def test_a_runtime_that_fails_is_said_and_logged(ready: Phone, runtime: FakeRuntime):
    runtime.trouble = "no memory for a JVM"
    assert (await ask(ready, START)).err == "Error: no memory for a JVM\n"
    assert "no memory for a JVM" in (await ask(ready, "logcat -d -s ActivityManager:E")).out
    runtime.trouble = ""
    assert (await ask(ready, START)).code == 0


async def test_home_and_back_again(ready: Phone, runtime: FakeRuntime):
    await ask(ready, START)
    assert (
        "mCurrentFocus=Window{7c6b5a u0 dev.testbed.app/dev.testbed.app.MainActivity}"
        in (await ask(ready, "dumpsys window windows")).out
    )
    assert (await ask(ready, "input keyevent HOME")).code == 0
    assert "com.android.launcher3/" in (await ask(ready, "dumpsys window windows")).out
    again = await ask(ready, f"am start -W -n {MAIN} -d testbed://open/y")
    assert "Warning: Activity not started, its current task has been brought to the front\n" in again.err
    assert "LaunchState: HOT" in again.out
    front = await ask(ready, START)
    assert "intent has been delivered to currently running top-most instance" in front.err
    assert runtime.app.happened == ["background", "deliver testbed://open/y", "deliver"]
    assert len(runtime.started) == 1


async def test_force_stop_ends_the_process_and_keeps_what_it_stored(ready: Phone, runtime: FakeRuntime):
    await ask(ready, START)
    (runtime.app.bundle.data / "kept").write_text("x")
    pid = (await ask(ready, f"pidof {PACKAGE}")).out.strip()
    assert (await ask(ready, f"am force-stop {PACKAGE}")).code == 0
    assert runtime.app.happened == ["stop"]
    assert await ask(ready, f"pidof {PACKAGE}") == Said(1)
    assert (await ask(ready, f"run-as {PACKAGE} ls")).out == "cache\ncode_cache\nkept\n"
    log = (await ask(ready, "logcat -d -v brief")).out
    assert f"Killing {pid}:{PACKAGE}/u0a151 (adj 0): stop {PACKAGE} due to from pid" in log
    assert "has died" not in log


async def test_clearing_stops_it_first(ready: Phone, runtime: FakeRuntime):
    await ask(ready, START)
    (runtime.app.bundle.data / "gone").write_text("x")
    assert (await ask(ready, f"pm clear {PACKAGE}")).out == "Success\n"
    assert runtime.app.happened == ["stop"]
    assert (await ask(ready, f"run-as {PACKAGE} ls")).out == "cache\ncode_cache\n"


async def test_an_uncaught_exception_is_logged_as_androids_are(ready: Phone, runtime: FakeRuntime):
    await ask(ready, START)
    stack = (
        "java.lang.IllegalStateException: boom\n\tat dev.vendor.Plugin.track(Plugin.java:7)\n"
        + "\tat a.B.c(D.java)\n" * 400
    )
    log = await ended(ready, runtime, Exit(by="exception", stack=stack))
    assert "E/AndroidRuntime( PID): FATAL EXCEPTION: main\n" in log
    assert f"E/AndroidRuntime( PID): Process: {PACKAGE}, PID: PID\n" in log
    assert "E/AndroidRuntime( PID): java.lang.IllegalStateException: boom\n" in log
    assert "E/AndroidRuntime( PID): \tat dev.vendor.Plugin.track(Plugin.java:7)\n" in log
    assert log.count("at a.B.c(D.java)") == 400
    assert f"I/ActivityManager( 1612): Process {PACKAGE} (pid PID) has died: fg  TOP \n" in log
    assert await ask(ready, f"pidof {PACKAGE}") == Said(1)


@pytest.mark.parametrize(
    ("exit", "said"),
    [
        (Exit(by="itself", code=3), "Process PID exited cleanly (3)"),
        (Exit(by="runtime"), "Process PID exited due to signal 9 (Killed)"),
    ],
)
async def test_other_ends(ready: Phone, runtime: FakeRuntime, exit: Exit, said: str):
    await ask(ready, START)
    log = await ended(ready, runtime, exit)
    assert said in log
    assert f"Process {PACKAGE} (pid PID) has died" in log
    assert (await ask(ready, START)).code == 0
    assert len(runtime.started) == 2


async def test_one_app_at_a_time(ready: Phone, runtime: FakeRuntime, apk: Maker):
    await install(ready, apk(App(package="dev.other.app")))
    await ask(ready, START)
    first = runtime.app
    await ask(ready, "am start -n dev.other.app/.MainActivity")
    assert first.happened == ["stop"]
    assert await ask(ready, "pidof dev.other.app") != Said(1)
    assert await ask(ready, f"pidof {PACKAGE}") == Said(1)


CHANGES = [
    ("settings put global http_proxy 127.0.0.1:8888", "surround proxy=127.0.0.1:8888 online=True"),
    ("cmd connectivity airplane-mode enable", "surround proxy= online=False"),
    ("svc wifi disable && svc data disable", "surround proxy= online=False"),
]


@pytest.mark.parametrize(("line", "told"), CHANGES)
async def test_an_app_is_told_of_changed_surroundings(ready: Phone, runtime: FakeRuntime, line: str, told: str):
    await ask(ready, START)
    await ask(ready, line)
    assert runtime.app.happened == [told]


async def test_an_app_is_told_once_and_a_proxy_can_be_taken_back(ready: Phone, runtime: FakeRuntime):
    await ask(ready, "settings put global http_proxy 127.0.0.1:8888")
    await ask(ready, START)
    assert runtime.app.surroundings.proxy == "127.0.0.1:8888"
    await ask(ready, "settings put global http_proxy 127.0.0.1:8888; svc wifi disable")
    assert runtime.app.happened == []
    await ask(ready, "settings put global http_proxy :0")
    assert runtime.app.happened == ["surround proxy= online=True"]


async def test_an_abstract_socket_of_the_app_is_reached(ready: Phone):
    with pytest.raises(ConnectionRefusedError):
        await ready.connect("localabstract:testbed")
    await ask(ready, START)
    channel = await ready.connect("localabstract:testbed")
    assert await channel.read() == b'{"event":"log"}\n'
    with pytest.raises(ConnectionRefusedError):
        await ready.connect("localabstract:none")


async def test_the_apps_own_loopback_leads_where_somebody_listens(ready: Phone, runtime: FakeRuntime):
    async def echo(there: Duplex) -> None:
        await there.write(await there.read())
        await there.close()

    await ask(ready, START)
    async with ready.listen("tcp:0", echo) as address:
        port = int(address.removeprefix("tcp:"))
        assert runtime.app.local(port) is echo
        assert runtime.app.local(port + 1) is None
        with pytest.raises(OSError, match="Address already in use"):
            await ready.listen(address, echo).__aenter__()
        there = await ready.connect(address)
        await there.write(b"hello")
        assert await there.read() == b"hello"
        assert await there.read() == b""
    with pytest.raises(ConnectionRefusedError):
        await ready.connect(address)


async def test_the_apps_lines_are_in_the_log(ready: Phone, runtime: FakeRuntime):
    await ask(ready, START)
    running = ready.activities.running
    assert running is not None
    runtime.app.log("W", "Vendor", "two\nlines", 77)
    log = (await ask(ready, f"logcat -d --pid={running.pid} -v threadtime")).out
    assert f" {running.pid:5}    77 W Vendor  : two\n" in log
    assert f" {running.pid:5}    77 W Vendor  : lines\n" in log


async def test_a_client_that_leaves_does_not_undo_the_start(ready: Phone, runtime: FakeRuntime):
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()
    start = runtime.start

    async def slow(*args, **named):
        begun.set()
        await go_on.wait()
        app = await start(*args, **named)
        done.set()
        return app

    runtime.start = slow  # type: ignore[method-assign]
    async with asyncio.TaskGroup() as group:
        client = group.create_task(ready.shell(START, Terminal()))
        await begun.wait()
        client.cancel()
    go_on.set()
    async with asyncio.timeout(5):
        await done.wait()
    assert (await ask(ready, f"pidof {PACKAGE}")).code == 0


async def test_a_reboot_ends_apps_and_keeps_what_is_stored(ready: Phone, runtime: FakeRuntime):
    await ask(ready, f"{START}; echo kept > /sdcard/kept")
    await ready.reboot("")
    assert runtime.app.happened == ["stop"]
    assert (await ask(ready, f"cat /sdcard/kept; pm path {PACKAGE}")).code == 0
    assert (await ask(ready, START)).code == 0


async def test_a_locked_phone_boots_when_it_is_let(apk: Maker):
    async with Phone("pixel-8-api34", locked=True) as phone:
        assert (await ask(phone, "getprop sys.boot_completed")).out == "\n"
        phone.boot()
        assert (await ask(phone, "getprop sys.boot_completed")).out == "1\n"


async def test_the_jails_inlet_is_passed_on(runtime: FakeRuntime):
    async with Phone("pixel-8-api34", runtime) as phone:
        assert phone.unjailed == "it is a fake"
        inlet: object = object()
        async with phone.around(inlet):  # type: ignore[arg-type]
            assert runtime.inlets == [inlet]
        assert runtime.inlets == []


@contextlib.asynccontextmanager
async def switched_off(runtime: FakeRuntime, apk: Maker) -> AsyncIterator[Phone]:
    async with Phone("pixel-8-api34", runtime) as phone:
        await install(phone, apk())
        await ask(phone, START)
        await ask(phone, "sleep 3600 & sleep 3600 & true")
        yield phone


async def test_nothing_of_a_phone_is_left_when_it_is_switched_off(runtime: FakeRuntime, apk: Maker):
    async with switched_off(runtime, apk) as phone:
        root = phone.disk.root
        assert root.exists()
    assert runtime.app.happened == ["stop"]
    assert not root.exists()
    assert not root.parent.exists()
