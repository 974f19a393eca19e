"""What an APK is made of: libraries with code, and what AARs bring besides."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from testbed.artifacts import ANDROID, Pin, path_of, read_pins
from testbed.artifacts.cache import cached
from testbed.errors import EnvironmentFault
from testbed.plugin import Plugin, Target
from testbed.plugin.classpath import classpath_of
from testbed.plugin.library import jars_of, members

ASSETS = Path(__file__).with_name("assets")
FIX = "testbed setup android"

RESERVED = re.compile(r"AndroidManifest\.xml|resources\.arsc|.*\.dex|(?:res|assets|lib|META-INF/versions)/.*")
"""Names that mean something else in an APK than in a JAR."""


class Jar(msgspec.Struct, frozen=True, kw_only=True):
    """Class files. `name` says in messages where they are from."""

    name: str
    content: bytes


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """A JAR, or an AAR with what it holds: `manifest` (b"" for a JAR), `res` and `assets` by path below those folders,
    `native` by path below jni/, `symbols` is its R.txt."""

    name: str
    sha256: str
    jars: tuple[Jar, ...]
    manifest: bytes = b""
    res: Mapping[str, bytes] = {}
    assets: Mapping[str, bytes] = {}
    native: Mapping[str, bytes] = {}
    symbols: bytes = b""

    @property
    def has_code(self) -> bool:
        return any(name.endswith(".class") for jar in self.jars for name in members(jar.content))

    @property
    def only_native(self) -> bool:
        return bool(self.native) and not self.has_code


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """In class path order: the harness app, Segment's SDK with what it needs, `host` that a runtime of ours may have
    itself (Kotlin), and the plugin."""

    app: tuple[Library, ...]
    sdk: tuple[Library, ...]
    host: tuple[Library, ...]
    plugin: tuple[Library, ...]

    @property
    def ours(self) -> tuple[Library, ...]:
        return (*self.app, *self.sdk, *self.host)

    @property
    def all(self) -> tuple[Library, ...]:
        return (*self.ours, *self.plugin)


def parts_of(plugin: Plugin, target: Target) -> Parts:
    """All parts of the app for an android target. Raises EnvironmentFault where the machine was not set up."""
    tables = read_pins(ANDROID)
    return Parts(
        app=tuple(_own(name) for name in (f"app-{target.sdk.removeprefix('android-')}.jar", "shims.jar")),
        sdk=tuple(_pinned(tables[target.sdk].pins)),
        host=tuple(_pinned(tables["kotlin"].pins)),
        plugin=tuple(library(name, plugin.files[name]) for name in classpath_of(plugin, target)),
    )


def library(name: str, content: bytes) -> Library:
    """A checked AAR or JAR."""
    jars = tuple(Jar(name=inner, content=data) for inner, data in jars_of(name, content))
    sha256 = hashlib.sha256(content).hexdigest()
    if not name.endswith(".aar"):
        return Library(name=name, sha256=sha256, jars=jars)
    inside = members(content)
    return Library(
        name=name,
        sha256=sha256,
        jars=jars,
        manifest=inside.get("AndroidManifest.xml", b""),
        res=dict(_below("res/", inside)),
        assets=dict(_below("assets/", inside)),
        native=dict(_below("jni/", inside)),
        symbols=inside.get("R.txt", b""),
    )


def _own(name: str) -> Library:
    file = ASSETS / name
    if not file.is_file():
        raise EnvironmentFault(f"{file} is not there", fix="in a checkout: make setup; else install testbed anew")
    return library(name, file.read_bytes())


def _pinned(pins: tuple[Pin, ...]) -> Iterator[Library]:
    cached(pins, fix=FIX)
    for pin in pins:
        yield library(pin.coordinates.file, path_of(pin.coordinates).read_bytes())


def _below(folder: str, inside: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, content in inside.items():
        if name.startswith(folder):
            yield name.removeprefix(folder), content
