"""The seam of a reporter: it sees every event of a run, and makes of it what it is for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO, Any, Protocol, TextIO

from testbed import events
from testbed.errors import Place, UsageError


class Outputs:
    """Where a run's reports go.

    `files` has the paths that were asked for, by reporter (`junit`, `har`), and the folder for all of them (`output`);
    what is falsy was not asked for. `json` wants the events themselves on `stdout`. `source` is the plugin as the user
    named it, None where it was looked for; `folder` is where the plugin's files lie, None for a zip."""

    def __init__(
        self,
        *,
        stdout: TextIO,
        stderr: TextIO,
        json: bool = False,
        files: Mapping[str, Any] | None = None,
        source: Path | None = None,
        folder: Path | None = None,
    ) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.json = json
        self.source = source
        self.written: list[Path] = []
        """The files that reporters opened so far."""
        self._files = files or {}
        self._folder = folder

    def open(self, reporter: str, default: str) -> IO[bytes] | None:
        """The file of `reporter`: its own, else `default` in the output folder; None where neither was asked for.

        Opened before anything runs, so that a path that cannot be written is told at once, and so that no run leaves an
        earlier one's report in place. Raises UsageError."""
        own, folder = self._files.get(reporter), self._files.get("output")
        if not own and not folder:
            return None
        option, path = (reporter, Path(own)) if own else ("output", Path(str(folder)) / default)
        fix = f"choose another place with --{option}, TESTBED_{option.upper()} or `{option}` in the configuration file"
        if path in self.written:
            raise UsageError(f"two reports would go to {path}", fix=fix)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("wb")
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}", fix=fix) from error
        self.written.append(path)
        return file

    def locate(self, place: Place) -> str:
        """A place in the plugin as a path from where the user is, so that it can be clicked."""
        if self._folder is None:
            return str(place)
        path = os.path.abspath(self._folder / place.file)
        return str(Place(min(os.path.relpath(path), path, key=len), place.line, place.column))


class Reporter(Protocol):
    """`for_outputs` gives one where the outputs ask for it. `handle` must not raise on any event, but OSError where
    what it writes to fails; `close` writes what is left to write, also when the run was cut short."""

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> Reporter | None: ...

    def handle(self, event: events.Event) -> None: ...

    def close(self) -> None: ...


def reporters(outputs: Outputs) -> list[Reporter]:
    """The reporters that these outputs ask for, from the entry points, in order of their names. Raises UsageError where
    one cannot write."""
    found = sorted(entry_points(group="testbed.reporters"), key=lambda entry: entry.name)
    made = (entry.load().for_outputs(outputs) for entry in found)
    return [reporter for reporter in made if reporter is not None]
