"""What the rules look at: a plugin, read as far as it can be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec

from testbed.artifacts.central import CENTRAL
from testbed.errors import PluginRefused
from testbed.fleet.naming import check_names
from testbed.lenses import lenses_for
from testbed.lint.library import Library, read_libraries
from testbed.lint.script import Role, Script, read_script
from testbed.plugin import Plugin, zip_of
from testbed.plugin.archive import read_archive
from testbed.plugin.check import check
from testbed.plugin.classpath import admitted
from testbed.plugin.loading import read_unchecked
from testbed.plugin.manifest import FILE
from testbed.scenario import Scenario, read_scenarios

T = TypeVar("T")

_CODE = {".js", ".mjs", ".cjs"}


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """`refused` says why something could not be read, by the id of the rule that reports it. What could not be read is
    empty here: `plugin` is None without a manifest that can be made sense of."""

    source: str
    refused: Mapping[str, tuple[PluginRefused, ...]]
    files: Mapping[str, bytes] = {}
    sha256: str = ""
    plugin: Plugin | None = None
    scenarios: tuple[Scenario, ...] = ()
    scripts: tuple[Script, ...] = ()
    libraries: tuple[Library, ...] = ()

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Every file by its name, those within libraries too."""
        within = {library.file: library.contents for library in self.libraries}
        for name, content in self.files.items():
            yield from within[name].items() if name in within else ((name, content),)

    def bundles(self) -> Iterator[Script]:
        return (script for script in self.scripts if script.role == "bundle")


def read_subject(source: Path, *, maven_url: str = CENTRAL) -> Subject:
    """A plugin.zip, or a plugin's folder. Raises UsageError where there is nothing to read."""
    notes = _Notes()
    try:
        data = zip_of(source, maven_url=maven_url)
        files = read_archive(data, source=str(source), admit=admitted)
    except PluginRefused as error:
        by_manifest = error.place is not None and error.place.file == FILE
        return Subject(source=str(source), refused={"manifest" if by_manifest else "archive": error.all})
    plugin = notes.attempt("manifest", lambda: read_unchecked(data, files, source=str(source)))
    scenarios, unread = read_scenarios(files)
    notes.add("scenario", unread)
    if plugin is not None:
        notes.attempt("manifest", partial(check, plugin.manifest, files, plugin.places))
        lenses = notes.attempt("lens", partial(lenses_for, plugin))
        if lenses is not None:
            notes.attempt("scenario", partial(check_names, scenarios, plugin, [lens.vendor for lens in lenses]))
    return Subject(
        source=str(source),
        refused=notes.refused,
        files=files,
        sha256=hashlib.sha256(data).hexdigest(),
        plugin=plugin,
        scenarios=tuple(scenarios),
        scripts=tuple(read_script(name, files[name], role) for name, role in _scripts(plugin, files)),
        libraries=read_libraries(plugin) if plugin is not None and not notes.refused.get("manifest") else (),
    )


class _Notes:
    """What was refused, by rule, with the reading going on."""

    def __init__(self) -> None:
        self.refused: dict[str, tuple[PluginRefused, ...]] = {}

    def add(self, rule: str, reasons: Sequence[PluginRefused]) -> None:
        self.refused[rule] = (*self.refused.get(rule, ()), *reasons)

    def attempt(self, rule: str, make: Callable[[], T]) -> T | None:
        try:
            return make()
        except PluginRefused as error:
            self.add(rule, error.all)
            return None


def _scripts(plugin: Plugin | None, files: Mapping[str, bytes]) -> Iterator[tuple[str, Role]]:
    bundles = {target.entry for target in plugin.manifest.targets.values() if target.sdk == "web"} if plugin else set()
    served = {stub.file for stub in plugin.manifest.stub} if plugin else set()
    for name in files:
        if name in bundles:
            yield name, "bundle"
        elif PurePosixPath(name).suffix in _CODE:
            yield name, "vendor" if name in served else "code"
