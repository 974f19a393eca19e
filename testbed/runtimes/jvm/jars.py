"""What a worker is made of: jars of others', as jars.toml pins them, and our own, which harnesses/android builds."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from testbed.artifacts import cached, read_pins
from testbed.errors import EnvironmentFault
from testbed.runtimes.jvm.java import Java

WORKER: Traversable = resources.files("testbed.runtimes.jvm") / "jars.toml"
"""Robolectric, and the framework of each API level."""

OURS = Path(__file__).with_name("assets")

MAIN = "dev.testbed.worker.Main"

_FRAMEWORK = "api-"


class Jars(msgspec.Struct, frozen=True, kw_only=True):
    """`libraries` in class path order; `frameworks` by API level; `ours` is the folder with agent.jar, which has
    bridge.jar beside it, worker.jar and shims-host.jar."""

    libraries: tuple[Path, ...]
    frameworks: Mapping[int, Path]
    ours: Path = OURS

    @classmethod
    def found(cls) -> Jars:
        """Those on this machine. Raises EnvironmentFault for what is not there, with what fetches it."""
        paths = {name: cached(table.pins, fix="testbed setup android") for name, table in read_pins(WORKER).items()}
        levels = {name: int(name.removeprefix(_FRAMEWORK)) for name in paths if name.startswith(_FRAMEWORK)}
        jars = cls(
            libraries=tuple(paths["worker"]), frameworks={level: paths[name][0] for name, level in levels.items()}
        )
        if missing := [path for path in (jars.agent, *jars._own) if not path.is_file()]:
            raise EnvironmentFault(f"{missing[0]} was not built", fix="make setup")
        return jars

    @property
    def agent(self) -> Path:
        return self.ours / "agent.jar"

    def framework(self, api: int) -> Path:
        if api not in self.frameworks:
            there = ", ".join(map(str, sorted(self.frameworks)))
            raise EnvironmentFault(f"no framework of API level {api}: there are those of {there}")
        return self.frameworks[api]

    def class_path(self, api: int) -> list[Path]:
        """The framework last: Robolectric looks at some of its classes before it loads them in a sandbox."""
        return [*self._own, *self.libraries, self.framework(api)]

    def reads(self, api: int) -> tuple[str, ...]:
        """What a jail must let a worker read."""
        return (str(self.ours), *map(str, (*self.libraries, self.framework(api))))

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
                "robolectric.dependency.dir": str(self.framework(api).parent),
                # With more, CompletableFuture's threads would be the JVM's and not the app's.
                "java.util.concurrent.ForkJoinPool.common.parallelism": "1",
            },
        )

    @property
    def _own(self) -> list[Path]:
        return [self.ours / "worker.jar", self.ours / "shims-host.jar"]
