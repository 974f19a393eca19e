"""The whole line on a real browser: examples, with or without a planted fault, through a fleet that stays up."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from testbed import events
from testbed.devices.api import DeviceSpec
from testbed.fleet.fleet import Fleet, open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.plugin import pack
from tests.outcome import Outcome
from tests.web_alone import web_alone


class Patch(msgspec.Struct, frozen=True):
    """A fault to plant: `old`, which must be there, becomes `new` in `file`. An empty `old` appends, to a file that is
    made where there is none."""

    file: str
    old: str
    new: str


class Bench:
    """Runs examples on the fleet of the session."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self.fleet = fleet
        self._folder = folder

    def zip(self, example: str, patches: Sequence[Patch] = ()) -> bytes:
        """The example's zip, with each patch applied. A patch that does not apply is an error in the test."""
        copy = self.copy(example, self._folder / example)
        for patch in patches:
            path = copy / patch.file
            path.parent.mkdir(exist_ok=True)
            text = path.read_text() if path.exists() else ""
            assert patch.old in text, f"{patch.file} no longer has {patch.old!r}: renew the patch"
            path.write_text(text.replace(patch.old, patch.new) if patch.old else text + patch.new)
        self.build(copy, patches)
        return pack(copy)

    def copy(self, example: str, into: Path) -> Path:
        return web_alone(example, into)

    def build(self, copy: Path, patches: Sequence[Patch]) -> None:
        """Make anew what the patched files are sources of."""

    async def run(self, zipped: bytes, request: RunRequest | None = None) -> Outcome:
        stream: list[events.Event] = []
        code = await self.fleet.run(zipped, request or RunRequest(), stream.append)
        return Outcome(code, tuple(stream))

    async def play(self, example: str, *patches: Patch, scenarios: tuple[str, ...] = ()) -> Outcome:
        return await self.run(self.zip(example, patches), RunRequest(scenarios=scenarios))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    before = os.environ.get("TESTBED_RUNTIME_DIR")
    root = tmp_path_factory.mktemp("run")
    os.environ["TESTBED_RUNTIME_DIR"] = str(root)
    root.chmod(0o700)
    with Home.make("test") as home:
        yield home
    if before is None:
        del os.environ["TESTBED_RUNTIME_DIR"]
    else:
        os.environ["TESTBED_RUNTIME_DIR"] = before


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fleet(home: Home) -> AsyncIterator[Fleet]:
    options = FleetOptions(devices=(DeviceSpec(platform="web"),), workers=2)
    async with open_fleet(options, env=home.env, emit=lambda _: None) as fleet:
        yield fleet


@pytest.fixture
def bench(fleet: Fleet, tmp_path: Path) -> Bench:
    return Bench(fleet, tmp_path)
