"""Tables of pinned artifacts: TOML data that `python -m tests.pins` writes from the roots that stand in it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable

import msgspec

from testbed.artifacts.coordinates import Coordinates

ANDROID: Traversable = resources.files("testbed.artifacts") / "android.toml"
"""Segment's SDKs for Android, Kotlin, and what makes an APK of them."""


class Pin(msgspec.Struct, frozen=True):
    """One file: what it is called, its hash, and its size in bytes."""

    coordinates: Coordinates
    sha256: str
    size: int


class Pinned(msgspec.Struct, frozen=True, kw_only=True):
    """One table. `roots` are what is wanted; `without` globs on group:artifact that are left out, with all that only
    they need; `pins` is the class path that follows from both, in its order."""

    roots: tuple[str, ...]
    without: tuple[str, ...] = ()
    pins: tuple[Pin, ...] = ()


def read_pins(file: Traversable) -> Mapping[str, Pinned]:
    """The tables of a file by name; a pin is written as `{ at = "group:artifact:version", sha256 = "...", size = 1 }`.
    Raises ValueError for a file that is not of this form: it is a part of testbed."""
    tables = msgspec.convert(tomllib.loads(file.read_text("utf-8")), dict[str, _Table])
    return {name: _pinned(table) for name, table in tables.items()}


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    at: str
    sha256: str
    size: int


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    roots: tuple[str, ...]
    without: tuple[str, ...] = ()
    pins: tuple[_Row, ...] = ()


def _pinned(table: _Table) -> Pinned:
    pins = tuple(Pin(Coordinates.parse(row.at), row.sha256, row.size) for row in table.pins)
    return Pinned(roots=table.roots, without=table.without, pins=pins)
