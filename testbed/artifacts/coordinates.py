"""The name of an artifact in a Maven repository, and where it lies there."""

from __future__ import annotations

import re

import msgspec

_PART = r"[A-Za-z0-9_][A-Za-z0-9_.+-]*"
_COORDINATES = re.compile(rf"({_PART}):({_PART})(?::({_PART})(?::({_PART}))?)?:({_PART})")


class Coordinates(msgspec.Struct, frozen=True, order=True):
    """`packaging` is the file's ending. Written as Maven does: `group:artifact[:packaging[:classifier]]:version`, where
    the packaging is `jar` unless it is given."""

    group: str
    artifact: str
    version: str
    packaging: str = "jar"
    classifier: str = ""

    @classmethod
    def parse(cls, text: str) -> Coordinates:
        """Raises ValueError for anything else: each part becomes part of a URL and of a path."""
        found = _COORDINATES.fullmatch(text)
        if found is None or ".." in text:
            raise ValueError(f"{text!r} is not of the form group:artifact:version")
        group, artifact, packaging, classifier, version = found.groups()
        return cls(group, artifact, version, packaging or "jar", classifier or "")

    @property
    def key(self) -> str:
        """What there is one version of on a class path."""
        return f"{self.group}:{self.artifact}" + (f":{self.classifier}" if self.classifier else "")

    @property
    def file(self) -> str:
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{classifier}.{self.packaging}"

    @property
    def path(self) -> str:
        """Below a repository's root (Maven, "Repository Layout - Default")."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file}"

    def __str__(self) -> str:
        middle = ":".join([self.packaging, self.classifier] if self.classifier else [self.packaging])
        middle = "" if middle == "jar" else f":{middle}"
        return f"{self.group}:{self.artifact}{middle}:{self.version}"
