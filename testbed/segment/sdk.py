"""The files of Segment's web SDK: those that come with testbed, and other versions that a user had fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from testbed.artifacts.cache import cache_root
from testbed.errors import EnvironmentFault, UsageError

PACKAGE = "@segment/analytics-next"
PINNED_VERSION = "1.84.3"
MAIN = "standalone.js"
"""The browser build that Segment's CDN serves as analytics.min.js (analytics-next, packages/browser)."""


class SdkFiles(msgspec.Struct, frozen=True, kw_only=True):
    """One version of analytics-next: the files of its dist/umd by name."""

    version: str
    files: Mapping[str, bytes]

    @property
    def main(self) -> bytes:
        return self.files[MAIN]


def sdk_named(name: str) -> SdkFiles:
    """The files of `version_of(name)`. Raises EnvironmentFault where they are not on this machine."""
    version = version_of(name)
    return bundled() if version == PINNED_VERSION else installed(version)


def version_of(name: str) -> str:
    """The version in `analytics-next@VERSION` or `VERSION`; the pinned one, where there is none. Raises UsageError for
    another SDK's name or what is no version."""
    package, _, version = name.rpartition("@")
    if package not in {"", "analytics-next", PACKAGE}:
        raise UsageError(f"unknown web SDK {package!r}", fix="--sdk analytics-next@VERSION")
    return checked_version(version or PINNED_VERSION)


def checked_version(text: str) -> str:
    """`text`, if it is a version. Raises UsageError: it becomes part of a URL and of a path."""
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", text):
        raise UsageError(f"{text!r} is no version", fix=f"for example: --sdk analytics-next@{PINNED_VERSION}")
    return text


def bundled() -> SdkFiles:
    """The pinned version: out of the package, or in a checkout that has not built it, as `testbed setup web` fetched it
    (by its hash, so the same bytes). Raises EnvironmentFault where it is in neither."""
    folder = resources.files("testbed.segment") / "assets" / "analytics-next" / PINNED_VERSION
    if folder.is_dir():
        return _read(folder, PINNED_VERSION, "make setup")
    return _read(cache_folder() / PINNED_VERSION, PINNED_VERSION, "in a checkout: make setup; else: testbed setup web")


def installed(version: str) -> SdkFiles:
    """A version that `testbed setup web --sdk analytics-next@VERSION` fetched. Raises EnvironmentFault if not."""
    return _read(cache_folder() / version, version, f"testbed setup web --sdk analytics-next@{version}")


def cache_folder() -> Path:
    """Where fetched versions lie, by version: the user's cache folder, shared by all projects."""
    return cache_root() / "analytics-next"


def _read(folder: Traversable, version: str, fix: str) -> SdkFiles:
    files = {f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".js")} if folder.is_dir() else {}
    if MAIN not in files:
        raise EnvironmentFault(f"analytics-next {version} is not on this machine", fix=fix)
    return SdkFiles(version=version, files=files)
