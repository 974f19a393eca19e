"""What lies where in the APK, beyond resources and DEX files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

import msgspec

from testbed.apk.library import Jar, Library

CLASS_PATH = "assets/testbed/classpath"
DESCRIPTION = "assets/testbed/app.json"

_NOT_TAKEN = re.compile(
    # Classes are in the DEX files; signatures are of the JAR; and some names mean something else in an APK.
    r".*\.(?:class|dex)|META-INF/(?:MANIFEST\.MF|INDEX\.LIST|[^/]+\.(?:SF|RSA|DSA|EC)|(?:maven|proguard|versions)/.*)"
    r"|AndroidManifest\.xml|resources\.arsc|(?:res|assets|lib)/.*"
)
_SERVICES = "META-INF/services/"


class Description(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """assets/testbed/app.json: which SDK, what makes the plugin, what the names of its classes begin with, and what of
    it does not run on every device."""

    sdk: str
    factory: str
    plugin_packages: tuple[str, ...]
    notes: tuple[str, ...] = ()


def class_path(jars: Iterable[Jar]) -> Iterator[tuple[str, bytes]]:
    """The JARs that a runtime of ours loads, numbered in order."""
    for number, jar in enumerate(jars):
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", PurePosixPath(jar.name.replace("!/", "-")).name)
        yield f"{CLASS_PATH}/{number:03}-{stem.removesuffix('.jar')}.jar", jar.content


def brought(libraries: Iterable[Library]) -> Mapping[str, bytes]:
    """Assets and native code of AARs, and what their JARs hold beside classes; of one name the first, but all that
    declare services."""
    found: dict[str, bytes] = {}
    for library in libraries:
        for name, content in library.assets.items():
            if not name.startswith("testbed/"):
                found.setdefault(f"assets/{name}", content)
        for name, content in library.native.items():
            found.setdefault(f"lib/{name}", content)
        for name, content in library.files.items():
            if name.startswith(_SERVICES) and name in found:
                found[name] += b"\n" + content
            elif not _NOT_TAKEN.fullmatch(name):
                found.setdefault(name, content)
    return found
