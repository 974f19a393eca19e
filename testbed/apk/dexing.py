"""Class files to the format that Android runs, by D8."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from testbed.apk.library import Jar
from testbed.apk.manifest import MIN_SDK
from testbed.apk.running import Refused, Runner, java
from testbed.apk.tools import D8, FRAMEWORK, tool

MAIN = "com.android.tools.r8.D8"


async def dexed(jars: Sequence[Jar], *, beside: Sequence[Jar], runner: Runner) -> list[bytes]:
    """The DEX files of `jars`, as many as their methods need; `beside` is what else there is on the class path.
    Raises Refused with what D8 says."""
    folder = runner.folder / "d8"
    (folder / "dex").mkdir(parents=True)
    d8, framework = tool(D8), tool(FRAMEWORK)
    command = java(runner.tools.java, d8, MAIN)
    command += ["--min-api", str(MIN_SDK), "--lib", framework, "--output", folder / "dex"]
    command += ["--map-diagnostics", "warning", "none"]
    for number, jar in enumerate([*beside, *jars]):
        file = folder / f"{number}.jar"
        file.write_bytes(jar.content)
        command += [file] if number >= len(beside) else ["--classpath", file]
    try:
        await runner.run(command, reads=[d8, framework])
    except Refused as error:
        raise Refused(
            _in_words(error.said, {f"{n}.jar": jar.name for n, jar in enumerate([*beside, *jars])})
        ) from error
    return [runner.written(file) for file in sorted((folder / "dex").glob("*.dex"), key=_number)]


def _number(dex: Path) -> int:
    return int(re.sub(r"\D", "", dex.stem) or 1)


def _in_words(said: str, names: Mapping[str, str]) -> str:
    """D8's first error, with the library by the name that the user knows; all that it says, where it names none."""
    if found := re.search(r"^Error in \S*?(\d+\.jar)(?::(\S+))?:\n(.*)$", said, re.MULTILINE):
        file, entry, reason = found.groups()
        return f"{names.get(file, file)}{f', {entry}' if entry else ''}: {reason}"
    return re.sub(r"\S*?/(\d+\.jar)", lambda match: names.get(match[1], match[0]), said)
