"""Every option that can be set from more than one place, declared once.

A value comes from the first that gives one: the flag, the environment (TESTBED_NAME), the configuration file, the
default. The file is testbed.toml, or pyproject.toml with a [tool.testbed] table, in the current folder or the nearest
one above that has either; where a folder has both, testbed.toml.
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from testbed.artifacts.central import CENTRAL
from testbed.errors import Place, UsageError


@dataclass(frozen=True)
class Kind:
    """What values an option takes. `wanted` says so in words; `read` makes one of an environment variable's text, and
    may raise ValueError; `takes` judges a value, wherever it is from. `is_path`: relative to the file it stands in."""

    wanted: str
    read: Callable[[str], Any]
    takes: Callable[[Any], bool]
    is_path: bool = False


@dataclass(frozen=True)
class Option:
    """One option."""

    name: str
    help: str
    default: Any
    kind: Kind

    @property
    def env(self) -> str:
        return f"TESTBED_{self.name.upper()}"


@dataclass(frozen=True)
class Setting:
    """A value, and where it came from: `flag`, the environment variable, the file with its line, or `default`."""

    name: str
    value: Any
    source: str

    @property
    def given(self) -> bool:
        return self.source != "default"


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUTHS:
        raise ValueError(text)
    return _TRUTHS[word]


_TRUTHS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

TEXT = Kind("text", str, lambda value: isinstance(value, str))
PATH = Kind("a path", str, lambda value: isinstance(value, str), is_path=True)
WORDS = Kind(
    "a list of texts; in the environment, words with commas or spaces between",
    _words,
    lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
)
COUNT = Kind("a whole number from 1 up", int, lambda value: type(value) is int and value >= 1)
SECONDS = Kind(
    "a number of seconds from 0 up", float, lambda value: type(value) in (int, float) and 0 <= value < math.inf
)
TRUTH = Kind("true or false", _truth, lambda value: isinstance(value, bool))

OPTIONS: Mapping[str, Option] = {
    option.name: option
    for option in (
        Option("browser", "Browser to use: headless-shell, chromium, chrome, or a path.", "", TEXT),
        Option("devices", "Devices to run on, for example web.", [], WORDS),
        Option("workers", "How many devices of each platform run at once.", 1, COUNT),
        Option("spares", "Have the page of the next run ready while a run ends.", True, TRUTH),
        Option("live", "Vendor hosts (globs) that may really be talked to.", [], WORDS),
        Option("require_jail", "Run nothing where plugin code cannot be jailed.", False, TRUTH),
        Option("sdk", "Web SDK to use: analytics-next@VERSION.", "", TEXT),
        Option("maven_url", "Maven repository to fetch from.", CENTRAL, TEXT),
        Option("fail_fast", "Stop after the first scenario that does not pass.", False, TRUTH),
        Option("output", "Folder for all artefacts of a run.", "", PATH),
        Option("junit", "Write a JUnit report to this file.", "", PATH),
        Option("har", "Write the captured traffic as HAR to this file.", "", PATH),
        Option("wait_timeout", "How long `up` waits for the fleet, in seconds.", 60.0, SECONDS),
    )
}


class Config:
    """The settings of one invocation. Raises UsageError for a file with an unknown key or a value of the wrong type;
    asking for a setting raises it for such an environment variable."""

    def __init__(self, folder: Path | None = None) -> None:
        self.file, self._settings = _from_file(folder or Path.cwd())

    def get(self, name: str, flag: Any = None) -> Any:
        return self.setting(name, flag).value

    def setting(self, name: str, flag: Any = None) -> Setting:
        """`flag` is what the command line gave; None, or an empty list, means that it gave nothing. An environment
        variable that is empty gives nothing either."""
        option = OPTIONS[name]
        if flag is not None and flag != []:
            return Setting(name, flag, "flag")
        if text := os.environ.get(option.env):
            return Setting(name, _from_environment(option, text), option.env)
        return self._settings.get(name, Setting(name, option.default, "default"))

    def settings(self) -> list[Setting]:
        return [self.setting(name) for name in OPTIONS]


def _from_environment(option: Option, text: str) -> Any:
    try:
        value = option.kind.read(text)
    except ValueError:
        value = None
    if value is None or not option.kind.takes(value):
        raise UsageError(f"{option.env}={text!r} is not {option.kind.wanted}", fix=f"correct or unset {option.env}")
    return value


def _from_file(folder: Path) -> tuple[Path | None, dict[str, Setting]]:
    for parent in (folder, *folder.parents):
        for name in ("testbed.toml", "pyproject.toml"):
            path = parent / name
            if path.is_file() and (table := _table(path)) is not None:
                return path, _checked(path, table)
    return None, {}


def _table(path: Path) -> dict[str, Any] | None:
    """testbed.toml as a whole, or [tool.testbed] of a pyproject.toml; None where that has none."""
    own = path.name == "testbed.toml"
    try:
        text = path.read_bytes().decode()
        found = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        if not own and not (isinstance(error, tomllib.TOMLDecodeError) and "tool.testbed" in text):
            return None  # somebody else's file, and somebody else's error
        fix = "correct it, or move it away"
        raise UsageError(f"cannot be read as TOML: {error}", place=Place(str(path)), fix=fix) from error
    if own:
        return found
    tools = found.get("tool")
    table = tools.get("testbed") if isinstance(tools, dict) else None
    if table is None or isinstance(table, dict):
        return table
    raise UsageError("tool.testbed is not a table", place=Place(str(path)), fix="write [tool.testbed], and keys below")


def _checked(path: Path, table: dict[str, Any]) -> dict[str, Setting]:
    from testbed.plugin.locate import locate

    places = locate(path.read_bytes().decode().replace("\r\n", "\n"), file=str(path))
    prefix = "" if path.name == "testbed.toml" else "tool.testbed."
    found = {}
    for key, value in table.items():
        place = places.get(prefix + key, Place(str(path)))
        option = OPTIONS.get(key)
        if option is None:
            raise UsageError(f"unknown key {key!r}{_nearest(key)}", place=place, fix=f"keys are {', '.join(OPTIONS)}")
        if not option.kind.takes(value):
            like = [value] if option.kind is WORDS and isinstance(value, str) else option.default
            fix = f"write {key} = {shown(like)}, or leave it out"
            raise UsageError(f"{key} = {shown(value)}: it takes {option.kind.wanted}", place=place, fix=fix)
        rooted = str(path.parent / Path(value).expanduser()) if option.kind.is_path and value else value
        found[key] = Setting(key, rooted, str(place))
    return found


def _nearest(key: str) -> str:
    near = get_close_matches(key, OPTIONS, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def shown(value: Any) -> str:
    """A value as the configuration file would have it."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{', '.join(map(shown, value))}]"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case _:
            return str(value)
