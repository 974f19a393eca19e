"""A library with code, and what an AAR brings besides ("Anatomy of an AAR file", developer.android.com)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from testbed.plugin.library import jars_of, members


class Jar(msgspec.Struct, frozen=True, kw_only=True):
    """Class files. `name` says in messages where they are from."""

    name: str
    content: bytes


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """A JAR, or an AAR with what it holds: `manifest` (b"" for a JAR), `res` and `assets` by path below those folders,
    `native` by path below jni/. `files` are those of its JARs by name, of one name the first; `jars` are in class path
    order."""

    name: str
    jars: tuple[Jar, ...]
    files: Mapping[str, bytes]
    manifest: bytes = b""
    res: Mapping[str, bytes] = {}
    assets: Mapping[str, bytes] = {}
    native: Mapping[str, bytes] = {}


def opened(name: str, content: bytes) -> Library:
    """A checked AAR or JAR (testbed.plugin.library)."""
    jars = tuple(Jar(name=inner, content=data) for inner, data in jars_of(name, content))
    files: dict[str, bytes] = {}
    for jar in jars:
        files = {**members(jar.content), **files}
    if not name.endswith(".aar"):
        return Library(name=name, jars=jars, files=files)
    inside = members(content)
    return Library(
        name=name,
        jars=jars,
        files=files,
        manifest=inside.get("AndroidManifest.xml", b""),
        res=dict(_below("res/", inside)),
        assets=dict(_below("assets/", inside)),
        native=dict(_below("jni/", inside)),
    )


def _below(folder: str, inside: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    for name, content in inside.items():
        if name.startswith(folder):
            yield name.removeprefix(folder), content
