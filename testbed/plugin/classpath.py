"""What an android target puts on the class path: AARs and JARs that lie in the zip, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

import msgspec

from testbed.errors import Place, PluginRefused
from testbed.plugin.library import LIBRARIES
from testbed.plugin.manifest import FILE, read_manifest
from testbed.plugin.model import Plugin, Target

MAVEN = "maven/"
"""The folder of what `testbed pack` resolved."""

LOCK = "maven/classpath.json"
"""Which of it belongs to which target, in class path order."""

# groupId:artifactId:version, with a packing before the version where it is not to be guessed (Maven, "POM reference").
COORDINATE = re.compile(r"[\w.-]+:[\w.-]+(?::(?:aar|jar))?:[\w.+-]+")


class Artifact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an embedded file is: its Maven coordinates, its hash, and who asked for it, from the target's own
    coordinates on; nobody for those."""

    coordinates: str
    sha256: str
    asked_by: tuple[str, ...] = ()


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`maven/classpath.json`: for each android target with `maven` coordinates, the names of the libraries that they
    stand for, dependencies included, as files of the zip; `artifacts` by those names. `left_out` are coordinates that
    the app has itself and who asked for them, by target."""

    targets: dict[str, tuple[str, ...]] = {}
    artifacts: dict[str, Artifact] = {}
    left_out: dict[str, dict[str, tuple[str, ...]]] = {}


def classpath_of(plugin: Plugin, target: Target) -> tuple[str, ...]:
    """The target's libraries by their names in the zip, in class path order: what `classpath` names, glob by glob, then
    what its `maven` coordinates were resolved to."""
    return tuple(dict.fromkeys([*named(target, plugin.files), *read_lock(plugin.files).targets.get(target.id, ())]))


def named(target: Target, files: Mapping[str, bytes]) -> Iterator[str]:
    """What `classpath` names: for each of its globs the libraries that it covers, by their names."""
    for glob in target.classpath:
        yield from sorted(name for name in files if covers(glob, name))


def covers(glob: str, name: str) -> bool:
    """Whether the library `name` is one that `glob` means, of which `*` spans no slash."""
    parts, wanted = name.split("/"), glob.split("/")
    fits = len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
    return fits and name.endswith(LIBRARIES)


def admitted(files: Mapping[str, bytes]) -> frozenset[str]:
    """The files that may be archives: the libraries of every android target. Raises PluginRefused where the manifest,
    which says so, cannot be read."""
    targets = read_manifest(files[FILE])[0].targets if FILE in files else {}
    android = [target for target in targets.values() if target.platform == "android"]
    resolved = {name for target in android for name in read_lock(files).targets.get(target.id, ())}
    return frozenset({name for target in android for name in named(target, files)} | resolved)


def read_lock(files: Mapping[str, bytes]) -> Lock:
    """The lock, empty where there is none. Raises PluginRefused for one that is not as `testbed pack` makes it."""
    if LOCK not in files:
        return Lock()
    try:
        lock = msgspec.json.decode(files[LOCK], type=Lock)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PluginRefused(f"is no list of libraries: {error}", place=Place(LOCK), fix=_PACK) from error
    for names in lock.targets.values():
        for name in names:
            if not name.startswith(MAVEN) or not name.endswith(LIBRARIES) or name not in files:
                raise PluginRefused(f"names {name!r}, which is no library here", place=Place(LOCK), fix=_PACK)
    return lock


_PACK = "make the zip with `testbed pack`"
