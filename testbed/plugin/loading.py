"""A plugin.zip, or the folder that it is made from, to a Plugin."""

from __future__ import annotations

import hashlib
from pathlib import Path

from testbed.errors import Place, PluginRefused, UsageError
from testbed.plugin.archive import MAX_ARCHIVE, read_archive
from testbed.plugin.check import check
from testbed.plugin.manifest import FILE, read_manifest
from testbed.plugin.model import Plugin
from testbed.plugin.packing import pack


def load(source: Path) -> Plugin:
    """The plugin of a zip, or of a folder, which is packed in memory first: both go through the same reader. Raises
    UsageError where there is nothing to read, PluginRefused for what may not be run."""
    if source.is_dir():
        return read_zip(pack(source), source=str(source))
    try:
        # One byte more than allowed, so that read_archive sees that it is too large.
        with source.open("rb") as file:
            data = file.read(MAX_ARCHIVE + 1)
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}", fix="name a plugin's folder or zip") from error
    return read_zip(data, source=str(source))


def read_zip(data: bytes, *, source: str) -> Plugin:
    """The plugin of a zip's bytes; `source` says in messages where they came from. Raises PluginRefused."""
    files = read_archive(data, source=source)
    if FILE not in files:
        raise _no_manifest(files, source)
    manifest, places = read_manifest(files[FILE])
    check(manifest, files, places)
    digest = hashlib.sha256(data).hexdigest()
    return Plugin(manifest=manifest, files=files, sha256=digest, source=source, places=places)


def _no_manifest(files: dict[str, bytes], source: str) -> PluginRefused:
    deeper = next((name for name in sorted(files) if name.endswith(f"/{FILE}")), None)
    message = f"no {FILE} at the root of the zip" + (f"; there is {deeper}" if deeper else "")
    return PluginRefused(message, place=Place(source), fix="zip the folder's content, or use `testbed pack`")
