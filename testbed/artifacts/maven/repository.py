"""A Maven repository, read through the cache. What is not pinned is held to the repository's own checksum."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from testbed.artifacts.cache import path_of
from testbed.artifacts.coordinates import Coordinates
from testbed.artifacts.markup import NotRead
from testbed.artifacts.maven.pom import Pom, read_pom
from testbed.artifacts.transfer import FIX, Expected, download, read
from testbed.errors import EnvironmentFault

MAX_POM = 4 << 20
MAX_FILE = 512 << 20


class Repository:
    """`url` is its root. Raises EnvironmentFault where it is not reached, or what it says makes no sense."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._poms: dict[Coordinates, Pom] = {}

    def pom(self, coordinates: Coordinates) -> Pom:
        """The POM beside an artifact. Raises Absent."""
        wanted = msgspec.structs.replace(coordinates, packaging="pom", classifier="")
        if wanted not in self._poms:
            file = self.file(wanted, most=MAX_POM)
            try:
                self._poms[wanted] = read_pom(file.read_bytes())
            except NotRead as error:
                file.unlink()
                raise EnvironmentFault(f"{self.url}/{wanted.path} is {error}", fix=FIX) from error
        return self._poms[wanted]

    def file(self, coordinates: Coordinates, *, most: int = MAX_FILE) -> Path:
        """The artifact's file in the cache. Raises Absent."""
        file = path_of(coordinates)
        if not file.is_file():
            digest = self._checksum(coordinates)
            expected = Expected(digest=digest, algorithm="sha1", most=most)
            download(f"{self.url}/{coordinates.path}", file, expected, what=str(coordinates))
        return file

    def _checksum(self, coordinates: Coordinates) -> str:
        """What Maven itself checks by: every artifact has a file NAME.sha1 beside it."""
        url = f"{self.url}/{coordinates.path}.sha1"
        found = re.match(rb"\s*([0-9a-fA-F]{40})\b", read(url, most=1024))
        if found is None:
            raise EnvironmentFault(f"{url} is no checksum", fix=FIX)
        return found[1].decode().lower()
