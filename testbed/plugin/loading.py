"""A plugin.zip, or the folder that it is made from, to a Plugin."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from testbed.artifacts.central import CENTRAL
from testbed.errors import Place, PluginRefused, UsageError
from testbed.plugin.archive import MAX_ARCHIVE, read_archive
from testbed.plugin.check import check
from testbed.plugin.classpath import admitted
from testbed.plugin.manifest import FILE, read_manifest
from testbed.plugin.model import Plugin
from testbed.plugin.packing import pack


def load(source: Path) -> Plugin:
    """The plugin of a zip, or of a folder: both go through the same reader. Raises UsageError where there is nothing to
    read, PluginRefused for what may not be run."""
    return read_zip(zip_of(source), source=str(source))


def zip_of(source: Path, *, maven_url: str = CENTRAL) -> bytes:
    """A plugin's zip: the file as it is, or the folder packed. Raises UsageError where there is nothing."""
    if source.is_dir():
        return pack(source, maven_url=maven_url)
    try:
        with source.open("rb") as file:
            return file.read(MAX_ARCHIVE + 1)  # one more than is allowed, so that the reader sees that it is too large
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}", fix="name a plugin.zip or a folder") from error


def read_zip(data: bytes, *, source: str) -> Plugin:
    """The plugin of a zip's bytes; `source` says in messages where they came from. Raises PluginRefused."""
    plugin = read_unchecked(data, read_archive(data, source=source, admit=admitted), source=source)
    check(plugin.manifest, plugin.files, plugin.places)
    return plugin


def read_unchecked(data: bytes, files: Mapping[str, bytes], *, source: str) -> Plugin:
    """The plugin of a zip and its files, whatever its manifest refers to. Raises PluginRefused."""
    if FILE not in files:
        raise _no_manifest(files, source)
    manifest, places = read_manifest(files[FILE])
    digest = hashlib.sha256(data).hexdigest()
    return Plugin(manifest=manifest, files=files, sha256=digest, source=source, places=places)


def _no_manifest(files: Mapping[str, bytes], source: str) -> PluginRefused:
    deeper = next((name for name in sorted(files) if name.endswith(f"/{FILE}")), None)
    message = f"no {FILE} at the root of the zip" + (f"; there is {deeper}" if deeper else "")
    return PluginRefused(message, place=Place(source), fix="zip the folder's content, or use `testbed pack`")
