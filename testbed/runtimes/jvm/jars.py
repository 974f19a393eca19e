"""What a worker's class path is made of: jars.toml names it, and pins each by its hash."""

from __future__ import annotations

from pathlib import Path

import msgspec

from testbed.errors import EnvironmentFault
from testbed.runtimes.jvm.java import Java

LIST = Path(__file__).with_name("jars.toml")
OURS = Path(__file__).with_name("assets")
"""What harnesses/android builds: agent.jar, which has bridge.jar beside it, worker.jar and shims-host.jar."""

MAIN = "dev.testbed.worker.Main"
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
    """Those of jars.toml in one folder, and our own in another."""

    folder: Path
    listed: tuple[Jar, ...]
    ours: Path = OURS

    @classmethod
    def at(cls, folder: Path) -> Jars:
        """Raises EnvironmentFault for what is not there."""
        jars = cls(folder, tuple(read_list()))
        ours = [jars.agent, *jars._own, jars.ours / "bridge.jar"]
        for path in (*ours, *(folder / each.file for each in jars.listed)):
            if not path.is_file():
                raise EnvironmentFault(f"{path} is not there", fix="make" if path in ours else FIX)
        return jars

    @property
    def agent(self) -> Path:
        return self.ours / "agent.jar"

    def class_path(self, api: int) -> list[Path]:
        """The framework last: Robolectric looks at some of its classes before it loads them in a sandbox."""
        return [*self._own, *(self.folder / each.file for each in self.listed if not each.api), self.framework(api)]

    def framework(self, api: int) -> Path:
        for each in self.listed:
            if each.api == api:
                return self.folder / each.file
        raise EnvironmentFault(f"no framework of API level {api}: there are those of {', '.join(self._levels)}")

    def command(self, java: Java, api: int, *, jailed: bool, temporary: str, home: str) -> list[str]:
        """The command line of a worker; the last two are the folders that it takes for these."""
        return java.command(
            *(MAIN, str(api), str(jailed).lower()),
            agent=self.agent,
            class_path=self.class_path(api),
            properties={
                "java.io.tmpdir": temporary,
                "user.home": home,
                "robolectric.offline": "true",
                "robolectric.dependency.dir": str(self.folder),
                # With more, CompletableFuture's threads would be the JVM's and not the app's.
                "java.util.concurrent.ForkJoinPool.common.parallelism": "1",
            },
        )

    @property
    def _own(self) -> list[Path]:
        return [self.ours / "worker.jar", self.ours / "shims-host.jar"]

    @property
    def _levels(self) -> list[str]:
        return [str(each.api) for each in self.listed if each.api]


class _List(msgspec.Struct):
    jar: list[Jar]


def read_list() -> list[Jar]:
    return msgspec.toml.decode(LIST.read_bytes(), type=_List).jar
