"""The Java that workers run on, and how they are started on it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from testbed.errors import EnvironmentFault

LEAST = 17
FIX = "install a JDK 17 (apt-get install openjdk-17-jdk-headless), or set JAVA_HOME to one"

HEAP_MB = 384
OPENED = (
    # Robolectric reads and sets fields of the classes in these, and the worker to put a JVM back as it was.
    *("java.base/java.io", "java.base/java.lang", "java.base/java.lang.reflect", "java.base/java.net"),
    *("java.base/java.nio", "java.base/java.security", "java.base/java.text", "java.base/java.util"),
    *("java.base/java.util.concurrent", "java.base/javax.net.ssl", "java.base/jdk.internal.access"),
    *("java.base/sun.net.www.http", "java.base/sun.nio.ch", "java.desktop/java.awt.font"),
)


class Java(msgspec.Struct, frozen=True):
    """An installation: `home` as it was named, without links resolved."""

    home: Path

    @classmethod
    def found(cls, environment: Mapping[str, str]) -> Java:
        """By JAVA_HOME, else PATH. Raises EnvironmentFault with what to install."""
        home = environment.get("JAVA_HOME", "")
        program = os.path.join(home, "bin", "java") if home else shutil.which("java", path=environment.get("PATH"))
        if program is None or not os.access(program, os.X_OK):
            raise EnvironmentFault(f"no Java{f' in {home}' if home else ''}", fix=FIX)
        java = cls(Path(os.path.realpath(program)).parents[1])
        if (version := java.version) < LEAST:
            raise EnvironmentFault(f"Java {version} in {java.home} is too old", fix=FIX)
        return java

    @property
    def program(self) -> str:
        return str(self.home / "bin" / "java")

    @property
    def version(self) -> int:
        """The feature version, from the file `release` that each JDK since 9 has; 0 if there is none."""
        try:
            lines = (self.home / "release").read_text().splitlines()
        except OSError:
            return 0
        numbers = [line.split('"')[1] for line in lines if line.startswith("JAVA_VERSION=")]
        return int(re.split(r"\D", numbers[0])[0]) if numbers else 0

    @property
    def reads(self) -> tuple[str, ...]:
        """What a jail must let it read: distributions keep its configuration in /etc, and link to it."""
        real = {Path(os.path.realpath(path)) for path in (self.home / "conf").rglob("*")}
        outside = {str(path if path.is_dir() else path.parent) for path in real if not path.is_relative_to(self.home)}
        own = () if self.home.is_relative_to("/usr") else (str(self.home),)
        return (*own, *sorted(_tops(outside)))

    def command(
        self, main: str, *arguments: str, agent: Path, class_path: Sequence[Path], properties: Mapping[str, str]
    ) -> list[str]:
        return [
            self.program,
            f"-javaagent:{agent}",
            f"-Xmx{HEAP_MB}m",
            *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-XX:-UsePerfData"),
            *("-XX:MaxMetaspaceSize=320m", "-XX:ReservedCodeCacheSize=64m", "-XX:MaxDirectMemorySize=32m", "-Xss1m"),
            "-XX:-OmitStackTraceInFastThrow",
            "-Dfile.encoding=UTF-8",  # Android's, whatever the locale here is
            "-XX:SoftRefLRUPolicyMSPerMB=10",  # caches of the JDK's would hold the classes of ended apps for minutes
            *(f"--add-opens={each}=ALL-UNNAMED" for each in OPENED),
            *(f"-D{key}={value}" for key, value in properties.items()),
            *("-cp", os.pathsep.join(map(str, class_path)), main, *arguments),
        ]


def _tops(folders: set[str]) -> set[str]:
    """Without those that lie in others of them."""
    return {each for each in folders if not any(str(up) in folders for up in Path(each).parents)}
