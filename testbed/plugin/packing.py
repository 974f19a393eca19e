"""A plugin's folder to a plugin.zip: the same bytes for the same files, on every machine."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from testbed.artifacts.central import CENTRAL
from testbed.errors import Place, PluginRefused, UsageError
from testbed.plugin.entries import MAX_FILE
from testbed.plugin.locate import nearest_place
from testbed.plugin.manifest import FILE, read_manifest
from testbed.plugin.model import Manifest
from testbed.plugin.names import name_problem

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the zip format knows no earlier time


def pack(folder: Path, *, maven_url: str = CENTRAL) -> bytes:
    """The zip of the plugin in `folder`: plugin.toml, scenarios/, README and LICENSE, the files that the manifest
    names, those of its `include`, and what its Maven coordinates stand for, fetched from `maven_url` where this machine
    does not have it. A file that is named and not there is left out: reading the zip refuses it with the place. Raises
    UsageError where there is no plugin, PluginRefused for an invalid manifest, an `include` that matches nothing, a
    link out of the folder and coordinates that cannot be resolved, EnvironmentFault where Maven is not reached."""
    text = _read_manifest_text(folder)
    manifest, places = read_manifest(text)
    found = set(_fixed(folder))
    for index, glob in enumerate(manifest.include):
        found.update(_included(folder, glob, nearest_place(places, ("include", index))))
    named = {name for name in _named(manifest, folder) if not name_problem(name) and (folder / name).is_file()}
    files = {name: _read(folder, name) for name in found | named}
    return _zip({FILE: text, **files, **_embedded(manifest, places, maven_url)})


def _embedded(manifest: Manifest, places: Mapping[str, Place], maven_url: str) -> dict[str, bytes]:
    if not any(target.maven for target in manifest.targets.values()):
        return {}
    from testbed.artifacts.maven import Repository  # here, since most plugins do without
    from testbed.plugin.embedding import embedded

    return embedded(manifest, places, Repository(maven_url))


def _read_manifest_text(folder: Path) -> bytes:
    try:
        return (folder / FILE).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        fix = "name a plugin's folder or zip; `testbed new NAME` makes one"
        raise UsageError(f"there is no {FILE} in {folder}", fix=fix) from error


def _fixed(folder: Path) -> Iterator[str]:
    for path in [*folder.glob("scenarios/**/*"), *folder.glob("README*"), *folder.glob("LICENSE*")]:
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            yield name


def _named(manifest: Manifest, folder: Path) -> Iterator[str]:
    for target in manifest.targets.values():
        yield target.entry
        yield target.page or ""
        for glob in target.classpath:
            if not _leads_out(glob):
                yield from (path.relative_to(folder).as_posix() for path in folder.glob(glob))
    for stub in manifest.stub:
        yield stub.file or ""


def _included(folder: Path, glob: str, place: Place | None) -> Iterator[str]:
    # Before Python 3.13 a last ** matches folders only.
    pattern = f"{glob}/*" if glob.endswith("**") else glob
    if _leads_out(pattern):
        raise PluginRefused(f"include {glob!r} leads out of the folder", place=place, fix="use a relative glob")
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    if not found:
        raise PluginRefused(f"include {glob!r} matches no file", place=place, fix="build first, or correct the glob")
    for path in found:
        yield path.relative_to(folder).as_posix()


def _leads_out(pattern: str) -> bool:
    return not pattern or pattern.startswith("/") or ".." in pattern.split("/")


def _read(folder: Path, name: str) -> bytes:
    if problem := name_problem(name):
        raise PluginRefused(f"the file name {problem}", place=Place(name), fix="rename it")
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise PluginRefused("a link out of the folder", place=Place(name), fix="put the file itself there")
    if (size := path.stat().st_size) > MAX_FILE:
        raise PluginRefused(f"{size} bytes; a file of a plugin has at most {MAX_FILE}", place=Place(name))
    return path.read_bytes()


def _zip(files: dict[str, bytes]) -> bytes:
    """Stored, not deflated: the bytes must not depend on the zlib at hand."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name in sorted(files):
            entry = ZipInfo(name, _EARLIEST)
            entry.create_system = 3  # Unix, wherever it is made: the mode below is Unix's
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()
