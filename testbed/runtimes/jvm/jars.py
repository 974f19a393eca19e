"""What a worker's class path is made of: jars.toml names it, and pins each by its hash."""

from __future__ import annotations

from pathlib import Path

import msgspec

from testbed.errors import EnvironmentFault

LIST = Path(__file__).with_name("jars.toml")
WORKER = Path(__file__).with_name("assets") / "worker.jar"
FIX = "testbed setup android"


class Jar(msgspec.Struct, frozen=True):
    """A jar of Maven Central. `api` is the API level that it is the framework of, 0 for a part of the class path."""

    maven: str
    sha256: str
    size: int
    api: int = 0

    @property
    def file(self) -> str:
        _, artifact, version = self.maven.split(":")
        return f"{artifact}-{version}.jar"


class Jars(msgspec.Struct, frozen=True):
    """The jars in a folder. `boot`, where there is one, comes before the JDK's own: the bridge."""

    folder: Path
    listed: tuple[Jar, ...]
    worker: Path = WORKER
    agent: Path | None = None
    bridge: Path | None = None

    @classmethod
    def at(cls, folder: Path) -> Jars:
        """Raises EnvironmentFault for what is not there."""
        jars = cls(folder, tuple(read_list()))
        for path in (jars.worker, *(folder / each.file for each in jars.listed)):
            if not path.is_file():
                raise EnvironmentFault(f"{path} is not there", fix=FIX)
        return jars

    def class_path(self, api: int) -> list[Path]:
        """Robolectric loads what it needs to know of Android's classes before it has a sandbox from the last one."""
        own = [self.folder / each.file for each in self.listed if not each.api]
        return [self.worker, *([self.bridge] if self.bridge else []), *own, self.framework(api)]

    def framework(self, api: int) -> Path:
        for each in self.listed:
            if each.api == api:
                return self.folder / each.file
        raise EnvironmentFault(f"no framework of API level {api}")


class _List(msgspec.Struct):
    jar: list[Jar]


def read_list() -> list[Jar]:
    return msgspec.toml.decode(LIST.read_bytes(), type=_List).jar
