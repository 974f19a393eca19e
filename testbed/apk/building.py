"""From a plugin to the APK that carries it, each stage made once for all that goes into it: the DEX files of the SDK,
the app without a certificate, and the signed file with the one of this run."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from zipfile import ZipFile

import msgspec

from testbed.apk.classes import check_classes, packages_of
from testbed.apk.contents import DESCRIPTION, brought, class_path, described
from testbed.apk.dexing import dexed
from testbed.apk.manifest import merge
from testbed.apk.parts import FIX, Jar, Library, Parts, parts_of
from testbed.apk.resources import CA, link
from testbed.apk.running import Refused, Runner
from testbed.apk.signing import make_key, sign
from testbed.apk.store import digest, made_once
from testbed.apk.tools import Tools, find_tools
from testbed.apk.zipping import zipped
from testbed.artifacts import ANDROID, cached, read_pins
from testbed.errors import EnvironmentFault, Place, PluginRefused
from testbed.plugin import Plugin, Target

EDITION = "2"
"""Another one when the same parts make another APK."""


class Apk(msgspec.Struct, frozen=True, kw_only=True):
    """The app as a file, and its hash. `packages` are what the names of the plugin's classes begin with; `notes` say
    what of the plugin does not run on every device."""

    file: Path
    sha256: str
    packages: tuple[str, ...]
    notes: tuple[str, ...]


async def build(plugin: Plugin, target: Target, *, ca_pem: bytes, env: Mapping[str, str]) -> Apk:
    """The APK with the plugin as `target` has it, trusting the CA; out of the cache where it was built before. `env` is
    the fleet's. Raises PluginRefused for a plugin that no APK can be made of, EnvironmentFault for what this machine
    lacks. Call it on the main thread (see jail.started)."""
    parts = parts_of(plugin, target)
    check_classes(parts.ours, parts.plugin, source=plugin.source)
    file = await _Builder(parts, target, plugin.source, env).signed(ca_pem)
    return Apk(
        file=file,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        packages=packages_of(parts.plugin),
        notes=tuple(_notes(parts.plugin)),
    )


class _Builder:
    """The stages, each of which asks for the one before it where it is not there yet."""

    def __init__(self, parts: Parts, target: Target, source: str, env: Mapping[str, str]) -> None:
        self._parts, self._target, self._source, self._env = parts, target, source, env
        self._d8, self._framework = (_pinned(table) for table in ("tools", "framework"))
        self._tools_found: Tools | None = None

    async def signed(self, ca_pem: bytes) -> Path:
        body = digest(EDITION, self._target.sdk, self._target.factory, *_identities(self._parts.all))
        async with made_once(f"{digest(body, ca_pem)}.apk") as (file, fresh):
            if fresh is not None:
                unsigned, key = await self._unsigned(body), await self._key()
                async with self._runner() as runner:
                    apk, done = runner.folder / "app.apk", runner.folder / "signed.apk"
                    apk.write_bytes(zipped({**_entries(unsigned), CA: ca_pem}))
                    await sign(apk, done, key=key, tools=self._tools, runner=runner)
                    fresh.write_bytes(done.read_bytes())
        return file

    async def _unsigned(self, body: str) -> Path:
        async with made_once(f"{body}.zip") as (file, fresh):
            if fresh is not None:
                ours = await self._sdk()
                async with self._runner() as runner:
                    fresh.write_bytes(zipped(await self._contents(_entries(ours), runner)))
        return file

    async def _contents(self, ours: Mapping[str, bytes], runner: Runner) -> Mapping[str, bytes]:
        """All entries of the APK in order."""
        parts, merged = self._parts, merge(self._parts.all)
        linked = await link(parts.all, merged, self._framework, tools=self._tools, runner=runner)
        jars = [*_jars(parts.plugin), *([linked.symbols] if linked.symbols else [])]
        try:
            theirs = await self._dexed(jars, _jars(parts.ours), runner)
        except Refused as error:
            fix = "build the library that it names anew, for Java 17 or older"
            raise PluginRefused(f"D8 cannot take it: {error.said}", place=Place(self._source), fix=fix) from error
        return {
            **linked.entries,
            **_numbered([*ours.values(), *theirs]),
            DESCRIPTION: described(parts, self._target),
            **dict(class_path(parts, linked.symbols)),
            **brought(parts.all),
        }

    async def _sdk(self) -> Path:
        """The DEX files of all that is not the plugin's."""
        ours = self._parts.ours
        async with made_once(f"{digest(EDITION, *_identities(ours))}.dex.zip") as (file, fresh):
            if fresh is not None:
                async with self._runner() as runner:
                    try:
                        found = await self._dexed(_jars(ours), (), runner)
                    except Refused as error:
                        raise EnvironmentFault(f"D8 cannot take the SDK: {error.said}", fix=FIX) from error
                fresh.write_bytes(zipped(_numbered(found)))
        return file

    async def _dexed(self, jars: Sequence[Jar], beside: Sequence[Jar], runner: Runner) -> list[bytes]:
        return await dexed(
            jars, beside=beside, d8=self._d8, framework=self._framework, tools=self._tools, runner=runner
        )  # fmt: skip

    async def _key(self) -> Path:
        async with made_once("debug.p12") as (file, fresh):
            if fresh is not None:
                async with self._runner() as runner:
                    fresh.write_bytes(await make_key(tools=self._tools, runner=runner))
        return file

    @property
    def _tools(self) -> Tools:
        if self._tools_found is None:
            self._tools_found = find_tools(self._env)
        return self._tools_found

    @asynccontextmanager
    async def _runner(self) -> AsyncIterator[Runner]:
        with tempfile.TemporaryDirectory(prefix="apk-", dir=self._env.get("TESTBED_HOME")) as folder:
            yield Runner(Path(folder), self._env)


def _pinned(table: str) -> Path:
    return cached(read_pins(ANDROID)[table].pins, fix=FIX)[0]


def _identities(libraries: Iterable[Library]) -> list[str]:
    return [part for library in libraries for part in (library.name, library.sha256)]


def _jars(libraries: Iterable[Library]) -> list[Jar]:
    return [jar for library in libraries for jar in library.jars]


def _numbered(dex: Iterable[bytes]) -> dict[str, bytes]:
    """As Android looks for them: classes.dex, classes2.dex, ..."""
    return {f"classes{number if number > 1 else ''}.dex": content for number, content in enumerate(dex, start=1)}


def _entries(file: Path) -> dict[str, bytes]:
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _notes(libraries: Iterable[Library]) -> Iterator[str]:
    for library in libraries:
        if library.native:
            kinds = ", ".join(sorted({name.partition("/")[0] for name in library.native}))
            only = " and no other" if library.only_native else ""
            yield f"{library.name} brings native code{only}, for {kinds}: a virtual device runs none"
