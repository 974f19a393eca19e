"""docs/commands.md names every command, option, variable, key, code, file and event, and none that does not exist."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import typer

from testbed import events
from testbed.capture.flow import Disposition
from testbed.capture.spool import MAX_IN_MEMORY
from testbed.cli import app
from testbed.cli.config import OTHERS
from testbed.config import OPTIONS
from testbed.devices.api import LogLine, Tool
from testbed.doctor import Check as DoctorCheck
from testbed.errors import PRECEDENCE, ExitCode
from testbed.fleet.model import DeviceStatus
from testbed.lint import Finding
from testbed.redaction.content import LONGEST_LEARNT, SHORTEST_LEARNT
from testbed.redaction.credentials import HEADERS, KEYS, NAMES
from testbed.redaction.redactor import MAX_SHOWN
from testbed.redaction.vault import SHORTEST
from testbed.segment.model import Rule
from testbed.verdict.model import Check, Verdict
from tests.cli.conftest import ACME, Cli
from tests.cli.fleet import PretendFleet

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/commands.md").read_text()
ROOT_COMMAND: Any = typer.main.get_command(app)


def section(title: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(rf"^#+ {title}\n(.*?)(?=^#+ |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of each row of the tables in `text`, without heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if "---" not in line]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(ROOT_COMMAND, "testbed"))


def options(command: Any) -> set[str]:
    params = [param for param in command.params if param.param_type_name == "option"]
    return {spelling for param in params for spelling in (*param.opts, *param.secondary_opts)} - {"--help", "-h"}


# Commands and their options.


def test_every_command_has_a_section_and_no_other():
    titles = re.findall(r"^## (testbed .*)$", TEXT, re.MULTILINE)
    assert {re.sub(r" \[?[A-Z]+\]?$", "", title) for title in titles} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_arguments_are_in_the_heading(name: str):
    arguments = [param for param in COMMANDS[name].params if param.param_type_name == "argument"]
    said = "".join(f" {a.name.upper()}" if a.required else f" [{a.name.upper()}]" for a in arguments)
    assert f"\n## {name}{said}\n" in TEXT


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_row_and_no_other(name: str):
    found = [option for row in rows(section(rf"{name}(?: [^\n]*)?"))[1:] for option in quoted(row[0])]
    assert len(found) == len(set(found))
    assert set(found) == options(COMMANDS[name])


def test_the_options_of_testbed_itself():
    found = {option for row in rows(section("Commands"))[1:] for option in quoted(row[0])}
    assert found == options(ROOT_COMMAND)


def test_no_option_is_mentioned_that_does_not_exist():
    known = set().union(*map(options, [ROOT_COMMAND, *COMMANDS.values()])) | {"--help", "-h"}
    text = re.sub(r"^\|[-|]+$", "", TEXT, flags=re.MULTILINE)
    assert set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", text)) <= known


# Configuration.


def configured() -> dict[str, tuple[str, str]]:
    """(variable, key) of each option in the tables with three columns and a text."""
    tables = [row for name in COMMANDS for row in rows(section(rf"{name}(?: [^\n]*)?"))[1:]]
    return {row[0]: (row[1].strip("`"), row[2].strip("`")) for row in tables if len(row) == 4}


def test_an_options_variable_and_key_are_named_where_it_has_some():
    for cell, (variable, key) in configured().items():
        name = next(option for option in quoted(cell) if option.startswith("--")).removeprefix("--").replace("-", "_")
        option = OPTIONS.get({"device": "devices"}.get(name, name))
        assert (variable, key) == ((option.env, option.name) if option else ("", "")), cell


def test_every_variable_and_key_is_named():
    assert {key for _, key in configured().values() if key} == set(OPTIONS)


def test_every_other_variable_is_named_and_no_other():
    named = [name for row in rows(section("Configuration"))[1:] for name in quoted(row[0])]
    assert {name for name in named if name.startswith("TESTBED_")} == set(OTHERS)
    assert set(re.findall(r"TESTBED_[A-Z_]+", TEXT)) == {*OTHERS, *(option.env for option in OPTIONS.values())}
    sources = "".join(path.read_text() for path in (ROOT / "testbed").rglob("*.py"))
    assert [name for name in named if f'"{name}"' not in sources] == []


def test_every_variable_of_ours_in_the_code_is_known():
    sources = "".join(path.read_text() for path in (ROOT / "testbed").rglob("*.py"))
    known = {*OTHERS, *(option.env for option in OPTIONS.values())}
    assert set(re.findall(r"""["'](TESTBED_[A-Z_]+)["']""", sources)) <= known


def test_the_example_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli):
    (example,) = re.findall(r"```toml\n(.*?)```", section("Configuration"), re.DOTALL)
    assert set(tomllib.loads(example)["tool"]["testbed"]) <= set(OPTIONS)
    Path("pyproject.toml").write_text(example)
    assert cli("config", "show").exit_code == 0


# Exit codes, files, JSON.


def test_the_exit_codes():
    assert [(int(row[0]), *quoted(row[1])) for row in rows(section("Exit codes"))[1:]] == [
        (int(code), code.name) for code in ExitCode
    ]


def test_which_exit_code_beats_which():
    said = " beats ".join(str(int(code)) for code in PRECEDENCE)
    assert f"Where scenarios differ, {said}." in section("Exit codes")


def test_the_files(cli: Cli, fleet: PretendFleet):
    cli("run", ACME, "--output", "out")
    assert {name for row in rows(section("Reports"))[1:] for name in quoted(row[0])} == {
        path.name for path in Path("out").iterdir()
    }


def test_how_short_a_secret_may_be():
    assert f"of fewer than {SHORTEST} characters" in section("Secrets")
    assert f"of fewer than {SHORTEST_LEARNT} or more than {LONGEST_LEARNT}" in section("Secrets")


def test_what_is_a_credential_by_its_name():
    words = {word.lower() for word in quoted(section("Secrets"))}
    assert words >= NAMES | KEYS | HEADERS


def test_what_is_said_of_a_large_body():
    assert (
        OBJECT_ROWS["Whole"][2]
        == f"Of a body of more than {MAX_IN_MEMORY >> 20} MiB, of which `body` has the first {MAX_SHOWN >> 10} KiB."
    )


def test_the_objects_of_json(cli: Cli, fleet: PretendFleet):
    def said(name: str) -> set[str]:
        (row,) = [row for row in rows(section(rf"{name}(?: [^\n]*)?")) if row[0] == "`--json`"]
        return set(re.findall(r'"(\w+)"', row[1]))

    status = json.loads(cli("status", "--json").stdout)
    assert said("testbed status") == {
        *status,
        *status["fleet"],
        *DeviceStatus.__struct_fields__,
        *Tool.__struct_fields__,
    }
    left = json.loads(cli("clean", "--json", "--dry-run").stdout)  # what is up here has no lock
    assert said("testbed clean") == {*left, *left["found"][0]}
    assert said("testbed doctor") == {"schema", "checks", *DoctorCheck.__struct_fields__}
    report = json.loads(cli("lint", ACME, "--json").stdout)
    assert said("testbed lint") == {*report, *Finding.__struct_fields__}
    config = json.loads(cli("config", "show", "--json").stdout)
    assert said("testbed config show") == {*config, *config["settings"][0]}


# Events.


def objects() -> dict[str, tuple[str, ...]]:
    """The fields of every Struct that an event holds, by its name."""
    found: dict[str, tuple[str, ...]] = {}
    to_see: list[Any] = [msgspec.inspect.type_info(events.Event)]
    while to_see:
        kind = to_see.pop()
        if isinstance(kind, msgspec.inspect.StructType) and kind.cls.__name__ not in found:
            found[kind.cls.__name__] = tuple(field.encode_name for field in kind.fields)
            to_see += [field.type for field in kind.fields]
        for name in ("types", "item_types"):
            to_see += getattr(kind, name, ())
        to_see += [getattr(kind, name) for name in ("item_type", "key_type", "value_type") if hasattr(kind, name)]
    return found


KINDS = get_args(events.Event)
OBJECTS = {name: fields for name, fields in objects().items() if name not in {kind.__name__ for kind in KINDS}}
EVENT_ROWS = {quoted(row[0])[0]: row for row in rows(section("Events")) if row[0].startswith("`")}
OBJECT_ROWS = {row[0]: row for row in rows(section("Events")) if row[0][0].isupper()}


def test_every_event_has_a_row_and_no_other():
    assert list(EVENT_ROWS) == [kind.__struct_config__.tag for kind in sorted(KINDS, key=_in_order)]
    assert set(OBJECT_ROWS) == set(OBJECTS)


def _in_order(kind: Any) -> int:
    return list(EVENT_ROWS).index(kind.__struct_config__.tag)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__struct_config__.tag)
def test_an_event_has_these_fields(kind: Any):
    assert ["time", *quoted(EVENT_ROWS[kind.__struct_config__.tag][1])] == list(kind.__struct_encode_fields__)


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_these_fields(name: str):
    assert tuple(quoted(OBJECT_ROWS[name][1])) == OBJECTS[name]


def choice(kind: Any, field: str) -> tuple[Any, ...]:
    found: Any = msgspec.inspect.type_info(kind)
    (values,) = [each.type.values for each in found.fields if each.name == field]
    return tuple(values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("device", choice(events.DeviceState, "state")),
        ("step", choice(events.StepPlayed, "outcome")),
        ("Flow", tuple(Disposition)),
        ("LogLine", choice(LogLine, "source")),
        ("Rule", choice(Rule, "severity")),
        ("Verdict", choice(Verdict, "outcome")),
        ("Check", choice(Check, "outcome")),
    ],
)
def test_every_value_of_a_choice_is_named(name: str, values: tuple[str, ...]):
    text = (EVENT_ROWS.get(name) or OBJECT_ROWS[name])[2]
    assert [value for value in values if f"`{value}`" not in text] == []
