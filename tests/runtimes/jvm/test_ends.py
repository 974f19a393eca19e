"""How an app's process ends; the JVM lives on, or is replaced."""

from __future__ import annotations

import os
import signal

import pytest

from testbed.runtimes.jvm import JvmRuntime
from testbed.virtual.apps import Bundle, Exit
from tests.runtimes.jvm.running import Running, running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def commit(app: Running, fault: str) -> str:
    """The app's answer to one of its Faults, if it comes to that."""
    try:
        return await app.do(fault)
    except ConnectionError:
        return ""


def pid(runtime: JvmRuntime) -> int:
    assert runtime._worker is not None
    return runtime._worker.pid


@pytest.mark.parametrize("fault", ["throwOnMain", "throwOnThread"])
async def test_by_an_uncaught_exception(runtime: JvmRuntime, bundle: Bundle, fault: str):
    """logcat has it as Android's AndroidRuntime does."""
    async with running(runtime, bundle) as app:
        before = pid(runtime)
        await commit(app, fault)
        ended = await app.process.ended()
        assert ended.by == "exception"
        assert ended.stack.startswith("java.lang.IllegalStateException: thrown on ")
        assert "\tat acme.testapp.Faults" in ended.stack
        who = "main" if fault == "throwOnMain" else "thrower"
        assert [line for line in app.lines if line.startswith(f"E/AndroidRuntime: FATAL EXCEPTION: {who}\n")]
    async with running(runtime, bundle) as app:
        assert await app.do("echo", "on") == "on"
        assert pid(runtime) == before


async def test_by_one_in_its_first_screen(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle, extras={"onCreate": "throw"}) as app:
        assert (await app.process.ended()).stack.startswith("java.lang.IllegalStateException: thrown by onCreate")


async def test_one_that_its_own_handler_takes_does_not_end_it(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        assert await commit(app, "swallow") == "ok"
        assert (await app.do("story")).endswith("swallowed")


@pytest.mark.parametrize(("fault", "code"), [("exit", 3), ("exitOnMain", 4), ("kill", 9)])
async def test_by_itself(runtime: JvmRuntime, bundle: Bundle, fault: str, code: int):
    async with running(runtime, bundle) as app:
        before = pid(runtime)
        await commit(app, fault)
        assert await app.process.ended() == Exit(by="itself", code=code)
        assert not [line for line in app.lines if "still here" in line]
    async with running(runtime, bundle) as app:
        assert await app.do("echo", "on") == "on"
        assert pid(runtime) == before


async def test_stopped_though_its_main_thread_hangs(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        await commit(app, "hang")
        await app.process.stop()
        assert await app.process.ended() == Exit(by="system")
    async with running(runtime, bundle) as app:
        assert await app.do("echo", "on") == "on"


async def test_with_the_jvm_killed_under_it(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        before = pid(runtime)
        os.kill(before, signal.SIGKILL)
        assert await app.process.ended() == Exit(by="runtime")
        with pytest.raises(ConnectionRefusedError):
            await app.process.connect("testbed")
    async with running(runtime, bundle) as app:
        assert await app.do("echo", "on") == "on"
        assert pid(runtime) != before


async def test_with_memory_that_it_fills(runtime: JvmRuntime, bundle: Bundle):
    """Its own, or the JVM's; never the machine's."""
    async with running(runtime, bundle) as app:
        await commit(app, "fillMemory")
        ended = await app.process.ended()
        assert ended.by == "runtime" or ended.stack.startswith("java.lang.OutOfMemoryError")
    async with running(runtime, bundle) as app:
        assert await app.do("echo", "on") == "on"


async def test_with_a_disk_that_it_fills(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        await commit(app, "fillDisk")
        assert (await app.process.ended()).stack.startswith("java.io.IOException: No space left on device")
    for each in (bundle.data / "files").iterdir():
        each.unlink()
    async with running(runtime, bundle) as app:
        assert "No space left" in await commit(app, "fillScratch")


@pytest.mark.parametrize(
    "fault", ["stayAlive", "fork"], ids=["with a thread that does not end", "with processes that it started"]
)
async def test_the_jvm_is_replaced(runtime: JvmRuntime, bundle: Bundle, fault: str):
    async with running(runtime, bundle) as app:
        before = pid(runtime)
        await commit(app, fault)
    async with running(runtime, bundle) as app:
        assert await app.do("echo", "on") == "on"
        assert pid(runtime) != before
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)
