"""An AAR or a JAR within a plugin.zip: let in where a target names it, and looked into by the rules of the zip itself.

Nothing of one is unpacked to disk: class loaders and D8 read it as it is. So two names may differ in case alone, as
those of shrunk classes do (`a/A.class`, `a/a.class`). Format of an AAR: Android's "Create an Android library", "Anatomy
of an AAR file".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from testbed.plugin.entries import is_folder, kind_problem, size_problem
from testbed.plugin.inflating import inflated
from testbed.plugin.names import name_problem, quoted
from testbed.plugin.nested import archive_kind
from testbed.plugin.records import Entry, Malformed, read_entries

LIBRARIES = (".aar", ".jar")

MAX_INSIDE = 160 << 20
"""Inflated bytes of all libraries of a plugin together, and of the JARs within them."""
MAX_INSIDE_ENTRIES = 60_000

_CODE = re.compile(r"classes\.jar|libs/[^/]+\.jar")
_TOOLS = frozenset({"lint.jar", "api.jar", "annotations.zip"})
"""Archives of an AAR that speak to build tools alone."""


class Room:
    """What the libraries of one plugin may still take, counted as they inflate."""

    def __init__(self) -> None:
        self.bytes = MAX_INSIDE
        self.entries = MAX_INSIDE_ENTRIES


def check_library(name: str, data: bytes, room: Room) -> None:
    """Everything in it, all the way down. Raises Malformed with the entry, for what the zip around it may not hold
    either, for what has no room, and for an archive in it that its format does not have."""
    for entry in _entries(data, room):
        content = _content(data, entry, room)
        if archive_kind(content) != "zip":
            continue  # gzip and the like hold no classes: okhttp has its list of public suffixes so
        if not (name.endswith(".aar") and (_CODE.fullmatch(entry.name) or entry.name in _TOOLS)):
            raise Malformed(f"entry {quoted(entry.name)} is an archive itself")
        try:
            check_library(entry.name, content, room)
        except Malformed as error:
            raise Malformed(f"in {quoted(entry.name)}: {error}") from error


def members(data: bytes) -> dict[str, bytes]:
    """The files of a checked AAR or JAR by their names."""
    entries = read_entries(data, at_most=MAX_INSIDE_ENTRIES)
    return {entry.name: b"".join(inflated(data, entry)) for entry in entries if not is_folder(entry)}


def jars_of(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The JARs whose classes a checked library brings, in class path order: itself, or those in an AAR, each with what
    to call it in a message."""
    if not name.endswith(".aar"):
        yield name, data
        return
    inside = members(data)
    for inner in sorted(filter(_CODE.fullmatch, inside), key=lambda inner: (inner != "classes.jar", inner)):
        yield f"{name}!/{inner}", inside[inner]


def _entries(data: bytes, room: Room) -> Iterator[Entry]:
    seen: set[str] = set()
    for entry in read_entries(data, at_most=room.entries):
        plain = entry.name.removesuffix("/")
        if problem := name_problem(plain) or kind_problem(entry) or size_problem(entry):
            raise Malformed(f"entry {quoted(entry.name)} {problem}")
        if plain in seen:
            raise Malformed(f"entry {quoted(entry.name)} is there twice")
        seen.add(plain)
        room.entries -= 1
        if not is_folder(entry):
            yield entry


def _content(data: bytes, entry: Entry, room: Room) -> bytes:
    pieces = []
    for piece in inflated(data, entry):
        room.bytes -= len(piece)
        if room.bytes < 0:
            raise Malformed(f"the plugin's libraries inflate to more than {MAX_INSIDE} bytes together")
        pieces.append(piece)
    return b"".join(pieces)
