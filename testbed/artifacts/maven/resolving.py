"""From what is asked for to all the files of a class path: the nearest version wins, the first of those as near."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from testbed.artifacts.coordinates import Coordinates
from testbed.artifacts.maven.effective import Effective, Impossible, effective
from testbed.artifacts.maven.pom import Dependency
from testbed.artifacts.maven.repository import Repository
from testbed.artifacts.transfer import Absent
from testbed.errors import TestbedError

NO_FILE = frozenset({"pom"})
MOST = 500
"""Artifacts of one class path."""

Chain = tuple[str, ...]


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the class path. `asked_by` leads from what was asked for to who needs it."""

    coordinates: Coordinates
    file: Path
    sha256: str
    asked_by: Chain


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody needs and `without` leaves out."""

    coordinates: str
    asked_by: Chain


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    artifacts: tuple[Resolved, ...]
    left_out: tuple[LeftOut, ...]


class Unresolved(TestbedError):
    """A dependency that cannot be had; the message names it and who asked for it."""

    def __init__(self, what: str, chain: Chain, reason: str) -> None:
        by = f", asked for by {' <- '.join(reversed(chain))}" if chain else ""
        fix = "correct the coordinates, name a version of it in `maven`, which then wins, or put the file itself there"
        super().__init__(f"{what}{by}: {reason}", fix=fix)


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    group: str
    artifact: str
    version: str
    type: str
    classifier: str
    chain: Chain
    exclusions: frozenset[tuple[str, str]] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.group}:{self.artifact}"


def resolve(roots: Iterable[str], repository: Repository, *, without: Sequence[str] = ()) -> Resolution:
    """The class path of `roots` (`group:artifact[:packaging]:version`), which come first; `without` are globs on
    `group:artifact` that are left out with all that only they need. Raises Unresolved, EnvironmentFault."""
    queue = deque(_root(text) for text in roots)
    chosen: dict[str, Resolved | None] = {}
    left_out: dict[str, LeftOut] = {}
    while queue:
        wanted = queue.popleft()
        if any(fnmatchcase(wanted.name, glob) for glob in without):
            said = LeftOut(coordinates=f"{wanted.name}:{wanted.version}", asked_by=wanted.chain)
            left_out.setdefault(wanted.name, said)
            continue
        coordinates = _coordinates(wanted)
        if coordinates.key in chosen:
            continue
        if len(chosen) == MOST:
            raise Unresolved(str(coordinates), wanted.chain, f"it needs more than {MOST} artifacts")
        pom = _effective(coordinates, wanted, repository)
        if pom.relocated is not None:
            queue.appendleft(_relocated(wanted, pom))
            chosen[coordinates.key] = None
            continue
        chosen[coordinates.key] = _file(coordinates, wanted, pom, repository)
        queue.extend(_needed(pom, wanted))
    files = tuple(each for each in chosen.values() if each is not None)
    return Resolution(artifacts=files, left_out=tuple(left_out.values()))


def _root(text: str) -> _Wanted:
    try:
        at = Coordinates.parse(text)
    except ValueError as error:
        raise Unresolved(text, (), str(error)) from error
    # Written without a packaging it is what its POM says.
    given = at.packaging if text.count(":") > 2 else ""
    return _Wanted(
        group=at.group, artifact=at.artifact, version=at.version, type=given, classifier=at.classifier, chain=()
    )  # fmt: skip


def _coordinates(wanted: _Wanted) -> Coordinates:
    version = wanted.version
    if version.startswith("[") and version.endswith("]") and "," not in version:
        version = version[1:-1]
    if not version:
        raise Unresolved(wanted.name, wanted.chain, "no version is given, neither there nor by a parent or BOM")
    if any(char in version for char in "[(,)]") or version in {"LATEST", "RELEASE"} or version.endswith("-SNAPSHOT"):
        raise Unresolved(f"{wanted.name}:{version}", wanted.chain, "not one version, but whichever is newest")
    middle = f"{wanted.type or 'jar'}:{wanted.classifier}" if wanted.classifier else wanted.type or "jar"
    try:
        return Coordinates.parse(f"{wanted.name}:{middle}:{version}")
    except ValueError as error:
        raise Unresolved(f"{wanted.name}:{version}", wanted.chain, str(error)) from error


def _effective(coordinates: Coordinates, wanted: _Wanted, repository: Repository) -> Effective:
    try:
        return effective(coordinates, repository)
    except Absent as error:
        raise Unresolved(str(coordinates), wanted.chain, f"{repository.url} has no such POM") from error
    except Impossible as error:
        raise Unresolved(str(coordinates), wanted.chain, str(error)) from error


def _relocated(wanted: _Wanted, pom: Effective) -> _Wanted:
    to = pom.relocated
    assert to is not None
    return msgspec.structs.replace(
        wanted,
        group=to.group or wanted.group,
        artifact=to.artifact or wanted.artifact,
        version=to.version or wanted.version,
        chain=(*wanted.chain, f"{wanted.name}:{wanted.version}"),
    )


def _file(coordinates: Coordinates, wanted: _Wanted, pom: Effective, repository: Repository) -> Resolved | None:
    """The artifact's file. What a POM calls a `bundle` or the like is a JAR; that a dependency is an AAR, POMs do not
    say, so its own is asked, and where that is silent too, the repository."""
    if not wanted.type and pom.packaging in NO_FILE:
        return None
    if wanted.type in {"", "jar"} and not wanted.classifier:
        packagings = ["aar", "jar"] if pom.packaging == "aar" else ["jar", "aar"]
    else:
        packagings = [coordinates.packaging]
    for packaging in packagings:
        candidate = msgspec.structs.replace(coordinates, packaging=packaging)
        try:
            file = repository.file(candidate)
        except Absent:
            continue
        with file.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        return Resolved(coordinates=candidate, file=file, sha256=sha256, asked_by=wanted.chain)
    raise Unresolved(str(coordinates), wanted.chain, f"{repository.url} has its POM, and no {' or '.join(packagings)}")


def _needed(pom: Effective, by: _Wanted) -> Iterable[_Wanted]:
    for each in pom.dependencies:
        if each.scope not in {"", "compile", "runtime"} or each.optional == "true" or _excluded(each, by):
            continue
        yield _Wanted(
            group=each.group,
            artifact=each.artifact,
            version=each.version,
            type=each.type,
            classifier=each.classifier,
            chain=(*by.chain, f"{by.name}:{by.version}"),
            exclusions=by.exclusions | frozenset(each.exclusions),
        )


def _excluded(dependency: Dependency, by: _Wanted) -> bool:
    return any(
        group in {"*", dependency.group} and artifact in {"*", dependency.artifact} for group, artifact in by.exclusions
    )
