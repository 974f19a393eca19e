"""Maven coordinates of android targets to files of the zip, so that it needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from testbed.artifacts import ANDROID, Coordinates, read_pins
from testbed.artifacts.maven import Repository, Resolution, Resolved, Unresolved, resolve
from testbed.errors import Place, PluginRefused
from testbed.plugin.classpath import LOCK, MAVEN, Artifact, Lock
from testbed.plugin.entries import MAX_FILE
from testbed.plugin.locate import nearest_place
from testbed.plugin.model import Manifest, Target

PLATFORM = ("androidx.*", "com.google.android:android", "org.jetbrains.kotlin:kotlin-stdlib*", "org.robolectric:*")
"""What devices have, or the harness app for all its SDKs; of androidx, no more than the SDKs need."""


def embedded(manifest: Manifest, places: Mapping[str, Place], repository: Repository) -> dict[str, bytes]:
    """The files that the targets' `maven` stands for, by their names in the zip, with the list of them; nothing where
    no target has any. Raises PluginRefused for what cannot be resolved, with who asked for it; EnvironmentFault where
    the repository is not reached."""
    resolutions = {key: _resolved(key, target, places, repository) for key, target in _with_maven(manifest)}
    if not resolutions:
        return {}
    files: dict[str, Resolved] = {}
    for resolution in resolutions.values():
        files |= {name_of(each): each for each in resolution.artifacts}
    lock = Lock(
        targets={key: tuple(map(name_of, each.artifacts)) for key, each in resolutions.items()},
        artifacts={
            name: Artifact(str(each.coordinates), each.sha256, each.asked_by) for name, each in sorted(files.items())
        },
        left_out={
            key: {left.coordinates: left.asked_by for left in each.left_out}
            for key, each in resolutions.items()
            if each.left_out
        },
    )
    content = {name: each.file.read_bytes() for name, each in files.items()}
    return {**content, LOCK: msgspec.json.format(msgspec.json.encode(lock)) + b"\n"}


def name_of(artifact: Resolved) -> str:
    """`maven/GROUP/ARTIFACT-VERSION.aar`."""
    return f"{MAVEN}{artifact.coordinates.group}/{artifact.coordinates.file}"


def provided(sdk: str) -> tuple[str, ...]:
    """Globs on group:artifact of what an app with this SDK has itself."""
    tables = read_pins(ANDROID)
    names = [_name(pin.coordinates) for pin in tables[sdk].pins]
    # `kotlinx-coroutines-core` is the same as its `-jvm`, which it leads to.
    return (*PLATFORM, *names, *(name.removesuffix("-jvm") for name in names if name.endswith("-jvm")))


def _name(coordinates: Coordinates) -> str:
    return f"{coordinates.group}:{coordinates.artifact}"


def _with_maven(manifest: Manifest) -> Iterator[tuple[str, Target]]:
    return ((key, target) for key, target in manifest.targets.items() if target.maven)


def _resolved(key: str, target: Target, places: Mapping[str, Place], repository: Repository) -> Resolution:
    place = nearest_place(places, ("targets", key, "maven"))
    try:
        found = resolve(target.maven, repository, without=provided(target.sdk))
    except Unresolved as error:
        raise PluginRefused(f"targets.{key}.maven: {error.message}", place=place, fix=error.fix) from error
    for each in found.artifacts:
        if (size := each.file.stat().st_size) > MAX_FILE:
            message = (
                f"targets.{key}.maven: {each.coordinates} has {size} bytes; a file of a plugin has at most {MAX_FILE}"
            )
            raise PluginRefused(message, place=place)
        if each.coordinates.packaging not in {"aar", "jar"}:
            raise PluginRefused(f"targets.{key}.maven: {each.coordinates} is no AAR or JAR", place=place)
    return found
