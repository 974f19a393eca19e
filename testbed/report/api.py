"""The seam of a reporter: it sees every event of a run, and makes of it what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, TextIO

import msgspec

from testbed import events


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run's reports go. `files` has the paths that were asked for, by reporter (`junit`, `har`), and the folder
    for all of them (`output`); what is falsy was not asked for."""

    stdout: TextIO
    stderr: TextIO
    json: bool = False
    files: Mapping[str, Any] = {}

    def path(self, reporter: str, default: str) -> Path | None:
        """The file of `reporter`: its own option, else `default` in the output folder, else none."""
        if self.files.get(reporter):
            return Path(self.files[reporter])
        return Path(self.files["output"]) / default if self.files.get("output") else None


class Reporter(Protocol):
    """`for_outputs` gives one where the outputs ask for it. `handle` must not raise on any event; `close` writes what
    is left to write, also when the run was cut short."""

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> Reporter | None: ...

    def handle(self, event: events.Event) -> None: ...

    def close(self) -> None: ...


def reporters(*, json: bool, stdout: TextIO, stderr: TextIO, files: Mapping[str, Any]) -> list[Reporter]:
    """The reporters that these outputs ask for, from the entry points, in order of their names."""
    outputs = Outputs(stdout=stdout, stderr=stderr, json=json, files=files)
    found = sorted(entry_points(group="testbed.reporters"), key=lambda entry: entry.name)
    made = (entry.load().for_outputs(outputs) for entry in found)
    return [reporter for reporter in made if reporter is not None]
