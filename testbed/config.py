"""Every option that can be set from more than one place, declared once.

A value comes from the first that gives one: the flag, the environment (TESTBED_NAME), the configuration file
([tool.testbed] in pyproject.toml, else testbed.toml, looked for upward from the current folder), the default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from testbed.errors import Place, UsageError


@dataclass(frozen=True)
class Option:
    """One option. `read` turns the text of an environment variable into the value; `accepts` says which values a file
    may give."""

    name: str
    help: str
    default: Any
    read: Callable[[str], Any]
    accepts: type | tuple[type, ...]

    @property
    def env(self) -> str:
        return f"TESTBED_{self.name.upper()}"


@dataclass(frozen=True)
class Setting:
    """A value, and where it came from: `flag`, the environment variable, the file with its line, or `default`."""

    name: str
    value: Any
    source: str


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _truth(text: str) -> bool:
    return text.strip().lower() not in {"", "0", "no", "false", "off"}


OPTIONS: Mapping[str, Option] = {
    option.name: option
    for option in (
        Option("browser", "Browser to use: headless-shell, chromium, or a path.", "", str, str),
        Option("devices", "Devices to run on, for example web.", [], _words, list),
        Option("workers", "How many devices of each platform run at once.", 1, int, int),
        Option("live", "Vendor hosts (globs) that may really be talked to.", [], _words, list),
        Option("sdk", "Web SDK to use: analytics-next@VERSION.", "", str, str),
        Option("fail_fast", "Stop after the first scenario that does not pass.", False, _truth, bool),
        Option("output", "Folder for all artefacts of a run.", "", str, str),
        Option("junit", "Write a JUnit report to this file.", "", str, str),
        Option("har", "Write the captured traffic as HAR to this file.", "", str, str),
        Option("wait_timeout", "How long `up` waits for the fleet, in seconds.", 60.0, float, (int, float)),
    )
}


class Config:
    """The settings of one invocation. Raises UsageError for a file with an unknown key or a value of the wrong type."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file, self._values, self._lines = _from_file(folder or Path.cwd())

    def get(self, name: str, flag: Any = None) -> Any:
        return self.setting(name, flag).value

    def setting(self, name: str, flag: Any = None) -> Setting:
        """`flag` is what the command line gave; None, or an empty list, means that it gave nothing."""
        option = OPTIONS[name]
        if flag is not None and flag != [] and flag != ():
            return Setting(name, flag, "flag")
        if (text := os.environ.get(option.env)) is not None:
            try:
                return Setting(name, option.read(text), option.env)
            except ValueError:
                kind = type(option.default).__name__
                raise UsageError(f"{option.env}={text!r} is no {kind}", fix=f"unset {option.env}") from None
        if name in self._values:
            return Setting(name, self._values[name], str(self._lines[name]))
        return Setting(name, option.default, "default")

    def settings(self) -> list[Setting]:
        return [self.setting(name) for name in OPTIONS]


def _from_file(folder: Path) -> tuple[Path | None, dict[str, Any], dict[str, Place]]:
    for parent in (folder, *folder.parents):
        for name in ("testbed.toml", "pyproject.toml"):
            path = parent / name
            if path.is_file() and (table := _table(path)) is not None:
                return path, table, _checked(path, table)
    return None, {}, {}


def _table(path: Path) -> dict[str, Any] | None:
    """testbed.toml as a whole, or [tool.testbed] of a pyproject.toml; None where that has none."""
    try:
        found = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        if path.name == "pyproject.toml":
            return None  # somebody else's file, and somebody else's error
        raise UsageError(f"not valid TOML: {error}", place=Place(str(path))) from error
    table = found if path.name == "testbed.toml" else found.get("tool", {}).get("testbed")
    return table if isinstance(table, dict) else None


def _checked(path: Path, table: dict[str, Any]) -> dict[str, Place]:
    from testbed.plugin.locate import locate

    places = locate(path.read_text().replace("\r\n", "\n"), file=str(path))
    prefix = "" if path.name == "testbed.toml" else "tool.testbed."
    found = {}
    for key, value in table.items():
        place = places.get(prefix + key, Place(str(path)))
        if key not in OPTIONS:
            near = get_close_matches(key, OPTIONS, n=1)
            fix = f"did you mean {near[0]!r}?" if near else f"keys are: {', '.join(OPTIONS)}"
            raise UsageError(f"unknown key {key!r}", place=place, fix=fix)
        wanted = OPTIONS[key].accepts
        if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
            raise UsageError(f"{key} = {value!r} has the wrong type", place=place, fix=f"like {OPTIONS[key].default!r}")
        found[key] = place
    return found
