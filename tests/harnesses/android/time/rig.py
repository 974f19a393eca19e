"""The Java program `rig/`: domains of virtual time without a device in them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
ASSETS = HERE.parents[3] / "testbed" / "runtimes" / "jvm" / "assets"


class Fired(msgspec.Struct, frozen=True):
    """A timer: so many milliseconds after it was begun, by the clock of its own thread."""

    domain: str
    kind: str
    ms: int


class Rig:
    """`said`: what came unasked, while the last order was obeyed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.said: list[str] = []

    def ask(self, domain: str, verb: str, argument: str = "") -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{domain} {verb} {argument}\n")
        self._process.stdin.flush()
        self.said = []
        for line in self._process.stdout:
            if line.startswith("done "):
                return line.removeprefix("done ").strip()
            self.said.append(line.strip())
        raise AssertionError(f"the rig has ended: {self.said}")

    @property
    def fired(self) -> list[Fired]:
        words = [line.split() for line in self.said if line.startswith("fired ")]
        return [Fired(domain, kind, int(ms)) for _, domain, kind, ms in words]


def compiled(into: Path) -> Path:
    """Classes of the rig in `into`/rig, of the apps that it runs in `into`/app."""
    for part in ("rig", "app"):
        sources = [str(file) for file in (HERE / part).glob("*.java")]
        subprocess.run(
            ["javac", "-d", str(into / part), "-cp", str(ASSETS / "bridge.jar"), *sources], check=True, timeout=120
        )
    return into


@contextmanager
def running(classes: Path, *, agent: bool = True) -> Iterator[Rig]:
    """`agent`: whether it runs under the javaagent, or all keeps real time."""
    under = [f"-javaagent:{ASSETS / 'agent.jar'}"] if agent else ["-Xbootclasspath/a:" + str(ASSETS / "bridge.jar")]
    command = ["java", "-Xmx64m", "-XX:TieredStopAtLevel=1", *under, "-cp", str(classes / "rig"), "rig.Rig"]
    with subprocess.Popen(
        [*command, f"{classes / 'app'}/"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Rig(process)
        process.kill()
