"""What one app leaves, the next does not find."""

from __future__ import annotations

import pytest

from testbed.runtimes.jvm import JvmRuntime
from testbed.virtual.apps import Bundle
from tests.runtimes.jvm.running import running

pytestmark = pytest.mark.asyncio(loop_scope="session")

MADE = (
    "CLASS,PROPERTY,LOCALE,TIME_ZONE,OUT,UNCAUGHT,HOOK,THREAD,TIMER,ELSEWHERE,PROVIDER,SECURITY,PROXIES,COOKIES,"
    "AUTHENTICATOR,REDIRECTS,PROTOCOLS,TLS,VERIFIER,LOGGING"
)


async def test_the_next_one_finds_nothing_of_it(runtime: JvmRuntime, bundle: Bundle):
    """In the same JVM, over and over: the classes of each are gone too, else it would have been replaced."""
    workers = set()
    for _ in range(12):
        async with running(runtime, bundle) as app:
            assert await app.do("stains") == ""
            assert await app.do("stain") == MADE
        workers.add(runtime._worker)
    assert len(workers) == 1


async def test_a_jvm_that_holds_on_to_classes_is_replaced(runtime: JvmRuntime, bundle: Bundle):
    workers = set()
    for _ in range(10):
        async with running(runtime, bundle) as app:
            assert await app.do("holdOn") == "ok"
        workers.add(runtime._worker)
    assert len(workers) == 2


SEEN = {
    "android.net.LocalSocket": True,
    "org.json.JSONObject": True,
    "org.apache.http.conn.ssl.SSLSocketFactory": True,
    "java.util.concurrent.Flow": True,
    "dev.testbed.bridge.VirtualDevice": True,
    "com.google.common.collect.ImmutableList": False,
    "com.google.gson.Gson": False,
    "org.objectweb.asm.ClassReader": False,
    "org.robolectric.RuntimeEnvironment": False,
    "dev.testbed.worker.Main": False,
    "java.awt.Point": False,
    "java.lang.management.ManagementFactory": False,
    "javax.naming.InitialContext": False,
}


async def test_it_sees_what_a_phone_has_and_nothing_of_what_the_worker_is_made_with(
    runtime: JvmRuntime, bundle: Bundle
):
    async with running(runtime, bundle) as app:
        assert {name: await app.do("sees", name) != "no" for name in SEEN} == SEEN
