"""The harness app with the plugin of plugin/, in the JVM and the jail, behind the real capture."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import msgspec

from testbed.apk import Apk, build
from testbed.apk.zipping import zipped
from testbed.artifacts import ANDROID, path_of, read_pins
from testbed.capture import Answer, Capture, Disposition, Listener
from testbed.http import Request, Response
from testbed.plugin import read_zip
from testbed.runtimes.jvm import Jars, JvmRuntime
from testbed.runtimes.jvm.stream import Socket
from testbed.virtual.adb.pump import pump
from testbed.virtual.apps import AppProcess, Bundle, Exit, Launch, Surroundings
from testbed.virtual.duplex import Duplex
from tests.apk.compiled import jar

SOURCES = Path(__file__).with_name("plugin")
PACKAGE = "dev.testbed.app"
PORT = 8080
WITHIN_S = 20.0
KEY = {"apiKey": "k"}
FACTORIES = {"android-java": "acme.Acme.FACTORY", "android-kotlin": "acme.Acme"}
TOML = """
name = "Acme"
version = "1.0"
[targets.android]
sdk = "{sdk}"
classpath = ["acme.jar"]
factory = "{factory}"
"""


async def apk_of(sdk: str, ca_pem: bytes, env: Mapping[str, str], folder: Path) -> Apk:
    toml = TOML.format(sdk=sdk, factory=FACTORIES[sdk]).encode()
    plugin = read_zip(zipped({"plugin.toml": toml, "acme.jar": _plugin(sdk, folder)}), source="acme.zip")
    return await build(plugin, plugin.manifest.targets["android"], ca_pem=ca_pem, env=env)


def _plugin(sdk: str, folder: Path) -> bytes:
    tables, jars = read_pins(ANDROID), Jars.found()
    libraries = [path_of(pin.coordinates) for table in (sdk, "kotlin") for pin in tables[table].pins]
    marks = [file for file in jars.class_path(34) if file.name.startswith("sandbox-")]
    beside = [jars.framework(34), *marks, *(_classes(file, folder) for file in libraries)]
    parts = (SOURCES / "both", SOURCES / sdk.removeprefix("android-"))
    return jar({f"acme.{file.stem}": file.read_text() for part in parts for file in part.glob("*.java")}, beside=beside)


def _classes(library: Path, folder: Path) -> Path:
    if library.suffix != ".aar":
        return library
    with ZipFile(library) as archive:
        (unpacked := folder / f"{library.stem}.jar").write_bytes(archive.read("classes.jar"))
    return unpacked


class Played:
    """An app that runs. `told` is what it said unasked."""

    def __init__(self, process: AppProcess, door: Duplex, listener: Listener) -> None:
        self.process = process
        self.listener = listener
        self.told: list[dict[str, Any]] = []
        self._door = door
        self._rest = b""
        self._number = 0

    async def begin(self, do: str, **fields: Any) -> None:
        """Ask what the app may not live to answer."""
        self._number += 1
        await self._door.write(msgspec.json.encode({"id": self._number, "do": do, **fields}) + b"\n")

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        await self.begin(do, **fields)
        async with asyncio.timeout(WITHIN_S):
            while (said := await self._line()).get("id") != self._number:
                self.told.append(said)
        return said

    async def ended(self) -> Exit:
        async with asyncio.timeout(WITHIN_S):
            return await self.process.ended()

    async def until_told(self, event: str) -> dict[str, Any]:
        """The first of a kind that is said unasked."""
        async with asyncio.timeout(WITHIN_S):
            while not (found := [said for said in self.told if said["event"] == event]):
                self.told.append(await self._line())
        return found[0]

    def batches(self) -> list[dict[str, Any]]:
        """What Segment got, a message each."""
        bodies = [flow.request.content for flow in self.listener.flows if flow.request.route in ("/v1/import", "/v1/b")]
        return [message for body in bodies for message in msgspec.json.decode(body)["batch"]]

    def vendor(self) -> dict[str, int]:
        """What Acme got: a timer's name and its age."""
        urls = [urlsplit(flow.request.url) for flow in self.listener.flows if flow.request.host == "api.acme.example"]
        return {url.path.strip("/"): int(parse_qs(url.query)["ms"][0]) for url in urls}

    async def _line(self) -> dict[str, Any]:
        while b"\n" not in self._rest:
            if not (more := await self._door.read()):
                raise EOFError("the app is gone")
            self._rest += more
        line, self._rest = self._rest.split(b"\n", 1)
        said: dict[str, Any] = msgspec.json.decode(line)
        return said


class Stage:
    """What all apps of a test run share."""

    def __init__(self, runtime: JvmRuntime, capture: Capture, apks: Mapping[str, Apk], data: Path) -> None:
        self._runtime, self._capture, self._apks, self._data = runtime, capture, apks, data

    @asynccontextmanager
    async def play(
        self, sdk: str, *, acme: Mapping[str, Any] | None = KEY, factory: str = "", **setup: Any
    ) -> AsyncIterator[Played]:
        """A fresh app that was set up; `acme` is what Segment's settings hold for the plugin, None: nothing."""

        async def answer(request: Request) -> Answer:
            listed = {"Segment.io": {"apiKey": "k"}, **({} if acme is None else {"Acme": acme})}
            said = {"integrations": listed} if request.route.endswith("/settings") else {}
            return Answer(disposition=Disposition.STUB, response=Response.json(said))

        apk = self._apks[sdk]
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir()
        async with self._capture.listen("run", answer) as listener:
            async with asyncio.timeout(WITHIN_S):
                process = await self._runtime.start(
                    Bundle(package=PACKAGE, file=apk.file, sha256=apk.sha256, data=self._data),
                    Launch(component=f"{PACKAGE}/{PACKAGE}.MainActivity"),
                    Surroundings(api=34, properties={}, proxy=f"127.0.0.1:{PORT}"),
                    log=lambda *_: None,
                    local=partial(_through, listener),
                )
            played = Played(process, await process.connect("testbed"), listener)
            what = {"writeKey": "k", "factory": factory or FACTORIES[sdk], "integrations": {}, **setup}
            assert (await played.ask("setup", **what)).get("ok")
            yield played
            async with asyncio.timeout(WITHIN_S):
                await process.stop()


def _through(listener: Listener, port: int) -> Callable[[Duplex], Awaitable[None]] | None:
    async def serve(client: Duplex) -> None:
        proxy = Socket(*await asyncio.open_connection(listener.proxy.host, listener.proxy.port))
        await pump(client, proxy)

    return serve if port == PORT else None
