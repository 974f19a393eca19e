"""What an APK is made of, each part known by its hash and opened where it is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from testbed.apk.library import Library, opened
from testbed.artifacts import ANDROID, Pin, cached, path_of, read_pins
from testbed.errors import EnvironmentFault
from testbed.plugin import Plugin, Target
from testbed.plugin.classpath import classpath_of

ASSETS = Path(__file__).with_name("assets")
"""The harness app, as harnesses/android builds it."""

FIX = "testbed setup android"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """An AAR or JAR. `name` is what it is called in messages."""

    name: str
    sha256: str
    read: Callable[[], bytes]

    def opened(self) -> Library:
        return opened(self.name, self.read())


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """In class path order: the harness app, Segment's SDK with what it needs, and the plugin."""

    app: tuple[Part, ...]
    sdk: tuple[Part, ...]
    plugin: tuple[Part, ...]

    @property
    def all(self) -> tuple[Part, ...]:
        return (*self.app, *self.sdk, *self.plugin)


def parts_of(plugin: Plugin, target: Target) -> Parts:
    """All parts of the app for an android target. Raises EnvironmentFault where the machine was not set up."""
    files = plugin.files
    return Parts(
        app=tuple(map(_own, (f"app-{target.sdk.removeprefix('android-')}.jar", "shims.jar"))),
        sdk=sdk_named(target.sdk),
        plugin=tuple(_inside(name, files[name]) for name in classpath_of(plugin, target)),
    )


def sdk_named(name: str) -> tuple[Part, ...]:
    """Segment's SDK of that name, with Kotlin, which both are written for. Raises EnvironmentFault as above."""
    tables = read_pins(ANDROID)
    return tuple(_pinned((*tables[name].pins, *tables["kotlin"].pins)))


def identities(parts: Iterable[Part]) -> list[str]:
    return [text for part in parts for text in (part.name, part.sha256)]


def _own(name: str) -> Part:
    file = ASSETS / name
    if not file.is_file():
        raise EnvironmentFault(f"{file} is not there", fix="in a checkout: make setup; else install testbed anew")
    return _inside(name, file.read_bytes())


def _inside(name: str, content: bytes) -> Part:
    return Part(name=name, sha256=hashlib.sha256(content).hexdigest(), read=lambda: content)


def _pinned(pins: tuple[Pin, ...]) -> Iterator[Part]:
    cached(pins, fix=FIX)
    for pin in pins:
        file = path_of(pin.coordinates)
        yield Part(name=pin.coordinates.file, sha256=pin.sha256, read=file.read_bytes)
