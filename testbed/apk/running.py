"""A build tool over strangers' files: in a jail where there can be one, with a bound on its memory and time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from glob import glob
from pathlib import Path

import msgspec

from testbed.apk.tools import Tools
from testbed.errors import EnvironmentFault
from testbed.jail import Box, readable, started, why_not

HEAP_MB = 640
JAVA_OPTIONS = (
    *(f"-Xmx{HEAP_MB}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-XX:-UsePerfData"),
    "-XX:MaxJavaStackTraceDepth=1",  # of what a tool says, the end is kept: its frames must not push out the cause
)
WITHIN_S = 120.0
BOX = Box(memory_mb=2_048, scratch_mb=512, processes=512)


class Refused(Exception):
    """The tool ended with an error; `said` is what it wrote last."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(said)


class Runner:
    """Runs `tools` one after the other; each may read what it is given, and write to `folder` alone. `env` is that of
    the fleet, if there is one, whose journal has each tool before it starts."""

    def __init__(self, folder: Path, env: Mapping[str, str], tools: Tools) -> None:
        self.folder, self.tools = folder, tools
        self._env = {key: value for key, value in env.items() if key in {"PATH", "TESTBED_HOME"}}

    async def run(self, command: Sequence[str | Path], *, reads: Sequence[Path] = ()) -> str:
        """What it said. Raises Refused; EnvironmentFault where it took too long."""
        words = [str(word) for word in command]
        box = None
        if not await why_not():
            paths = (*readable(words[0]), *glob("/etc/java-*"), *map(str, reads))  # /etc: a JDK's links lead there
            box = msgspec.structs.replace(BOX, reads=tuple(dict.fromkeys(paths)), writes=(str(self.folder),))
        async with started(words, env=self._env, box=box) as process:
            try:
                async with asyncio.timeout(WITHIN_S):
                    while (code := await process.ended()) is None:
                        pass
            except TimeoutError:
                name = os.path.basename(words[0])
                raise EnvironmentFault(f"{name} was not done within {WITHIN_S:g} s", fix="try again") from None
        if code != 0:
            raise Refused(process.said or f"it ended with {code}")
        return process.said

    def written(self, file: Path) -> bytes:
        """A file in `folder` as a tool left it, which may be a stranger's doing: no link leads out. Raises Refused."""
        if not file.resolve().is_relative_to(self.folder.resolve()) or not file.is_file():
            raise Refused(f"it made no file {file.name}")
        return file.read_bytes()


def java(program: str, jar: Path | str, *main: str) -> list[str | Path]:
    """The command line of a program that is a JAR: its manifest's main class, or `main`."""
    if main:
        return [program, *JAVA_OPTIONS, "-cp", str(jar), *main]
    return [program, *JAVA_OPTIONS, "-jar", str(jar)]
