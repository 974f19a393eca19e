"""From a plugin to the APK that carries it, each stage made once for all that goes into it: the DEX files of the SDK,
the app without a certificate, and the signed file with the one of this run."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import msgspec

from testbed.apk.contents import DESCRIPTION, Description
from testbed.apk.dexing import dexed
from testbed.apk.filling import filled
from testbed.apk.parts import FIX, Part, Parts, identities, parts_of, sdk_named
from testbed.apk.resources import CA
from testbed.apk.running import Refused, Runner
from testbed.apk.signing import make_key, sign
from testbed.apk.store import built, digest, made_once
from testbed.apk.tools import D8, find_tools
from testbed.apk.zipping import zipped
from testbed.artifacts import ANDROID, read_pins
from testbed.errors import EnvironmentFault
from testbed.plugin import Plugin, Target

EDITION = "3"
"""Another one when the same parts make another APK."""


class Apk(msgspec.Struct, frozen=True, kw_only=True):
    """The app as a file, and its hash. `packages` are what the names of the plugin's classes begin with; `notes` say
    what of the plugin does not run on every device."""

    file: Path
    sha256: str
    packages: tuple[str, ...]
    notes: tuple[str, ...]


async def build(plugin: Plugin, target: Target, *, ca_pem: bytes, env: Mapping[str, str]) -> Apk:
    """The APK with the plugin as `target` has it, trusting the CA; nothing is done for one that was built before. `env`
    is the fleet's. Raises PluginRefused for a plugin that no APK can be made of, EnvironmentFault for what this machine
    lacks. Call it on the main thread (see jail.started)."""
    parts = parts_of(plugin, target)
    body = digest(EDITION, target.sdk, target.factory, *identities(parts.all))
    home = env.get("TESTBED_HOME")
    # Nobody else has this run's CA: the file goes with the fleet.
    async with made_once(Path(home) / "apk" if home else built(), f"{digest(body, ca_pem)}.apk") as (file, fresh):
        if fresh is not None:
            unsigned, key = await _unsigned(body, parts, plugin, target, env), await _key(env)
            async with _runner(env) as runner:
                apk = runner.folder / "app.apk"
                apk.write_bytes(await asyncio.to_thread(zipped, {**_entries(unsigned), CA: ca_pem}))
                fresh.write_bytes(await sign(apk, key=key, runner=runner))
    return await asyncio.to_thread(_read, file)


async def prepare(env: Mapping[str, str], *, told: Callable[[str], None]) -> None:
    """Make beforehand what takes long and is the same for every plugin: the DEX files of both SDKs. `told` hears of
    each that is not there yet."""
    for sdk in ("android-java", "android-kotlin"):
        await _sdk(sdk_named(sdk), env, told=partial(told, sdk))


async def _unsigned(body: str, parts: Parts, plugin: Plugin, target: Target, env: Mapping[str, str]) -> Path:
    """The whole APK but for certificate and signature."""
    async with made_once(built(), f"{body}.zip") as (file, fresh):
        if fresh is not None:
            sdk = await _sdk(parts.sdk, env)
            async with _runner(env) as runner:
                entries = await filled(parts, _entries(sdk).values(), target, source=plugin.source, runner=runner)
                fresh.write_bytes(await asyncio.to_thread(zipped, entries))
    return file


async def _sdk(parts: tuple[Part, ...], env: Mapping[str, str], *, told: Callable[[], None] = lambda: None) -> Path:
    """The DEX files of all that is the same for every plugin, in a zip."""
    name = digest(*(pin.sha256 for pin in read_pins(ANDROID)[D8].pins), *identities(parts))
    async with made_once(built(), f"{name}.dex.zip") as (file, fresh):
        if fresh is not None:
            told()
            jars = [jar for part in parts for jar in part.opened().jars]
            async with _runner(env) as runner:
                try:
                    dex = await dexed(jars, beside=(), runner=runner)
                except Refused as error:
                    raise EnvironmentFault(f"D8 cannot take Segment's SDK: {error.said}", fix=FIX) from error
            fresh.write_bytes(zipped({f"{number:03}.dex": content for number, content in enumerate(dex)}))
    return file


async def _key(env: Mapping[str, str]) -> Path:
    async with made_once(built(), "debug.p12") as (file, fresh):
        if fresh is not None:
            async with _runner(env) as runner:
                fresh.write_bytes(await make_key(runner=runner))
    return file


@asynccontextmanager
async def _runner(env: Mapping[str, str]) -> AsyncIterator[Runner]:
    with tempfile.TemporaryDirectory(prefix="apk-", dir=env.get("TESTBED_HOME")) as folder:
        yield Runner(Path(folder), env, find_tools(env))


def _entries(file: Path) -> dict[str, bytes]:
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _read(file: Path) -> Apk:
    with ZipFile(file) as archive:
        said = msgspec.json.decode(archive.read(DESCRIPTION), type=Description)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return Apk(file=file, sha256=sha256, packages=said.plugin_packages, notes=said.notes)
