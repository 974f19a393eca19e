"""Where no jail can be had, an app runs all the same, and what comes by its proxy setting is seen."""

from __future__ import annotations

from pathlib import Path

from testbed.runtimes.jvm import Jars, Java, JvmRuntime
from testbed.virtual.apps import Bundle, Exit
from tests.runtimes.jvm.certificates import Certificates
from tests.runtimes.jvm.running import running, surroundings
from tests.runtimes.jvm.test_network import HOST, Proxy


async def test_by_a_listener_of_this_machine(
    jars: Jars, java: Java, bundle: Bundle, certificates: Certificates, tmp_path: Path
):
    proxy = Proxy(certificates.server(HOST))
    async with (
        JvmRuntime(tmp_path, jars, java, unjailed="no namespaces here") as runtime,
        running(runtime, bundle, around=surroundings(proxy="127.0.0.1:8888"), local={8888: proxy}.get) as app,
    ):
        assert runtime.unjailed == "no namespaces here"
        assert await app.do("get", f"https://{HOST}/v1") == "200 hello"
        await app.process.stop()
        assert await app.process.ended() == Exit(by="system")
    assert proxy.asked == [f"CONNECT {HOST}:443 HTTP/1.1", "GET /v1 HTTP/1.1"]
