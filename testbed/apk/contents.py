"""What lies where in the APK, beyond resources and DEX files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

import msgspec

from testbed.apk.classes import packages_of
from testbed.apk.parts import RESERVED, Jar, Library, Parts
from testbed.plugin import Target
from testbed.plugin.library import members

CLASS_PATH = "assets/testbed/classpath"
DESCRIPTION = "assets/testbed/app.json"

_SIGNATURES = re.compile(
    r"META-INF/(?:MANIFEST\.MF|[^/]+\.(?:SF|RSA|DSA|EC)|maven/.*|proguard/.*|INDEX\.LIST)|.*\.class"
)
_SERVICES = "META-INF/services/"


def described(parts: Parts, target: Target) -> bytes:
    """app.json: which SDK, what makes the plugin, and what the names of its classes begin with."""
    packages = packages_of(parts.plugin)
    return msgspec.json.encode({"sdk": target.sdk, "factory": target.factory, "pluginPackages": packages})


def class_path(parts: Parts, symbols: Jar | None) -> Iterator[tuple[str, bytes]]:
    """The JARs that a runtime of ours loads, numbered in order."""
    jars = [jar for library in parts.all for jar in library.jars]
    for number, jar in enumerate([*jars, *([symbols] if symbols else [])]):
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", PurePosixPath(jar.name.replace("!/", "-")).name)
        yield f"{CLASS_PATH}/{number:02}-{stem.removesuffix('.jar')}.jar", jar.content


def brought(libraries: Iterable[Library]) -> Mapping[str, bytes]:
    """Assets and native code of AARs, and what their JARs hold beside classes; of one name the first, but all that
    declare services."""
    found: dict[str, bytes] = {}
    for library in libraries:
        for name, content in library.assets.items():
            found.setdefault(f"assets/{name}", content)
        for name, content in library.native.items():
            found.setdefault(f"lib/{name}", content)
        for jar in library.jars:
            for name, content in members(jar.content).items():
                if name.startswith(_SERVICES) and name in found:
                    found[name] += b"\n" + content
                elif not _SIGNATURES.fullmatch(name) and not RESERVED.fullmatch(name):
                    found.setdefault(name, content)
    return {name: content for name, content in found.items() if not name.startswith("assets/testbed/")}
