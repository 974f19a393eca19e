"""A POM with all that it inherits: parents, properties, managed versions, imported BOMs."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from testbed.artifacts.coordinates import Coordinates
from testbed.artifacts.maven.pom import Dependency, Parent, Pom
from testbed.artifacts.maven.repository import Repository
from testbed.artifacts.transfer import Absent

_PROPERTY = re.compile(r"\$\{([^${}]+)\}")
MOST_ANCESTORS = 30
MOST_NESTED = 20

Managed = dict[tuple[str, str, str, str], Dependency]


class Impossible(Exception):
    """A POM that cannot be made whole, and why."""


class Effective(msgspec.Struct, frozen=True, kw_only=True):
    """What counts of a POM: its dependencies in order, each with version and scope as managed."""

    packaging: str
    relocated: Parent | None
    dependencies: tuple[Dependency, ...]


def effective(coordinates: Coordinates, repository: Repository) -> Effective:
    """Raises Absent where the repository has no such POM, Impossible."""
    lineage = _lineage(coordinates, repository)
    properties = _properties(lineage)
    managed = _managed(lineage, properties, repository, (coordinates,))
    dependencies: dict[tuple[str, str, str, str], Dependency] = {}
    for pom in lineage:  # a child's own come first, and stand for its parent's of the same name
        for each in pom.dependencies:
            filled = _fill(each, properties)
            dependencies.setdefault(filled.managed_as, _manage(filled, managed))
    own = lineage[0]
    relocated = msgspec.convert(_filled(msgspec.to_builtins(own.relocated), properties), Parent | None)
    return Effective(packaging=own.packaging, relocated=relocated, dependencies=tuple(dependencies.values()))


def _lineage(coordinates: Coordinates, repository: Repository) -> list[Pom]:
    """The POM, its parent, and so on."""
    lineage, seen, at = [], [coordinates], coordinates
    while True:
        pom = repository.pom(at)
        lineage.append(pom)
        if pom.parent is None:
            return lineage
        at = _coordinates(pom.parent.group, pom.parent.artifact, pom.parent.version, f"the parent of {at}")
        if at in seen or len(seen) > MOST_ANCESTORS:
            raise Impossible(f"its parents go in a circle: {' -> '.join(map(_brief, [*seen, at]))}")
        seen.append(at)


def _properties(lineage: list[Pom]) -> dict[str, str]:
    properties: dict[str, str] = {}
    for pom in reversed(lineage):
        properties.update(pom.properties)
    own, parent = lineage[0], lineage[0].parent
    named = {
        "groupId": next((pom.group for pom in lineage if pom.group), parent.group if parent else ""),
        "artifactId": own.artifact,
        "version": next((pom.version for pom in lineage if pom.version), parent.version if parent else ""),
    }
    if parent is not None:
        named |= {
            "parent.groupId": parent.group,
            "parent.artifactId": parent.artifact,
            "parent.version": parent.version,
        }
    for name, value in named.items():
        for prefix in ("project.", "pom.", ""):
            properties.setdefault(prefix + name, value)
    return properties


def _managed(
    lineage: list[Pom], properties: Mapping[str, str], repository: Repository, importers: tuple[Coordinates, ...]
) -> Managed:
    """What is said of versions: the nearest declaration wins, and any wins over an import (POM Reference, "Importing
    Dependencies")."""
    managed: Managed = {}
    imports = []
    for pom in lineage:
        for each in (_fill(each, properties) for each in pom.managed):
            if each.scope == "import":
                imports.append(each)
            else:
                managed.setdefault(each.managed_as, each)
    for each in imports:
        bom = _coordinates(each.group, each.artifact, each.version, f"the BOM {each.group}:{each.artifact}")
        if bom in importers:
            raise Impossible(f"its BOMs go in a circle: {' -> '.join(map(_brief, [*importers, bom]))}")
        try:
            theirs = _lineage(bom, repository)
        except Absent as error:
            raise Impossible(f"there is no {_brief(bom)}, whose versions it imports") from error
        for key, value in _managed(theirs, _properties(theirs), repository, (*importers, bom)).items():
            managed.setdefault(key, value)
    return managed


def _manage(dependency: Dependency, managed: Managed) -> Dependency:
    said = managed.get(dependency.managed_as)
    if said is None:
        return dependency
    return msgspec.structs.replace(
        dependency,
        version=dependency.version or said.version,
        scope=dependency.scope or said.scope,
        optional=dependency.optional or said.optional,
        exclusions=dependency.exclusions + said.exclusions,
    )


def _fill(dependency: Dependency, properties: Mapping[str, str]) -> Dependency:
    return msgspec.convert(_filled(msgspec.to_builtins(dependency), properties), Dependency)


def _filled(value: object, properties: Mapping[str, str]) -> object:
    """Every text in it, with its properties in place; one that nobody defines stays as it is written."""
    if isinstance(value, dict):
        return {key: _filled(each, properties) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(each, properties) for each in value]
    if not isinstance(value, str):
        return value
    for _ in range(MOST_NESTED):
        text = _PROPERTY.sub(lambda found: properties.get(found[1].strip(), found[0]), value)
        if text == value or len(text) > 10_000:
            break
        value = text
    return value


def _coordinates(group: str, artifact: str, version: str, what: str) -> Coordinates:
    try:
        return Coordinates.parse(f"{group}:{artifact}:pom:{version}")
    except ValueError as error:
        raise Impossible(f"{what} is {group or '?'}:{artifact or '?'}:{version or '?'}, which names no POM") from error


def _brief(coordinates: Coordinates) -> str:
    return f"{coordinates.group}:{coordinates.artifact}:{coordinates.version}"
