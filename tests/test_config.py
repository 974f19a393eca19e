"""One option, four places; and a configuration that is wrong is told with its place and the fix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from testbed.cli import app
from testbed.config import OPTIONS, Config, shown
from testbed.errors import ExitCode, UsageError


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for option in OPTIONS.values():
        monkeypatch.delenv(option.env, raising=False)
    monkeypatch.chdir(tmp_path)


def show(*args: str) -> Result:
    return CliRunner().invoke(app, ["config", "show", *args])


# Where a value comes from.


@pytest.mark.parametrize(
    ("flag", "env", "file", "value", "source"),
    [
        (2, "3", "workers = 4", 2, "flag"),
        (None, "3", "workers = 4", 3, "TESTBED_WORKERS"),
        (None, "", "workers = 4", 4, "{folder}/testbed.toml:1:1"),
        (None, None, "\n  workers = 4", 4, "{folder}/testbed.toml:2:3"),
        (None, None, "", 1, "default"),
    ],
)
def test_precedence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flag: Any, env: str | None, file: str, value: int, source: str
):
    Path("testbed.toml").write_text(file)
    if env is not None:
        monkeypatch.setenv("TESTBED_WORKERS", env)
    setting = Config().setting("workers", flag)
    assert (setting.value, setting.source) == (value, source.format(folder=tmp_path))
    assert setting.given is (source != "default")


def test_an_empty_list_of_flags_is_no_flag(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_LIVE", "a.example")
    assert Config().get("live", []) == ["a.example"]


@pytest.mark.parametrize(
    ("files", "value"),
    [
        # either file
        ({"testbed.toml": "workers = 2"}, 2),
        ({"pyproject.toml": "[tool.testbed]\nworkers = 3"}, 3),
        ({"pyproject.toml": "tool.testbed.workers = 3"}, 3),
        # both: testbed.toml, and only that
        ({"testbed.toml": "workers = 2", "pyproject.toml": "[tool.testbed]\nworkers = 3"}, 2),
        ({"testbed.toml": "", "pyproject.toml": "[tool.testbed]\nworkers = 3"}, 1),
        # above: the nearest
        ({"../testbed.toml": "workers = 2"}, 2),
        ({"../../pyproject.toml": "[tool.testbed]\nworkers = 3"}, 3),
        ({"../testbed.toml": "workers = 2", "pyproject.toml": "[tool.testbed]\nworkers = 3"}, 3),
        # a pyproject.toml without our table is passed over, also one that is broken
        ({"../testbed.toml": "workers = 2", "pyproject.toml": "[tool.ruff]"}, 2),
        ({"../testbed.toml": "workers = 2", "pyproject.toml": "tool = 1"}, 2),
        ({"../testbed.toml": "workers = 2", "pyproject.toml": "[broken"}, 2),
        # none
        ({}, 1),
    ],
)
def test_the_file_is_looked_for_upward(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, files: dict[str, str], value: int
):
    here = tmp_path / "a" / "b"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    for name, text in files.items():
        Path(name).write_text(text)
    assert Config().get("workers") == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("out", "{folder}/out"),
        ("../out", "{folder}/../out"),
        ("/tmp/out", "/tmp/out"),
        ("~/out", "{home}/out"),
        ("", ""),
    ],
)
def test_a_path_in_a_file_is_relative_to_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str, value: str
):
    Path("testbed.toml").write_text(f'output = "{written}"\nbrowser = "chromium"')
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert Config().get("output") == value.format(folder=tmp_path, home=Path.home())
    assert Config().get("browser") == "chromium"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("browser", "/usr/bin/chromium", "/usr/bin/chromium"),
        ("devices", "web, android:pixel ios", ["web", "android:pixel", "ios"]),
        ("workers", " 4 ", 4),
        ("wait_timeout", "1.5", 1.5),
        ("wait_timeout", "0", 0.0),
        *(("fail_fast", text, True) for text in ("1", "true", "YES", "On")),
        *(("fail_fast", text, False) for text in ("0", "False", "no", "off ")),
    ],
)
def test_environment(monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: Any):
    monkeypatch.setenv(OPTIONS[name].env, text)
    found = Config().get(name)
    assert (found, type(found)) == (value, type(value))


# What is wrong.


@pytest.mark.parametrize(
    ("file", "text", "says", "fix"),
    [
        # unknown keys: the nearest, or all
        ("testbed.toml", "x = 1", "{path}:1:1: unknown key 'x'", "keys are browser, devices, "),
        ("testbed.toml", "\nwrokers = 1", "{path}:2:1: unknown key 'wrokers'; did you mean 'workers'?", "keys are "),
        (
            "testbed.toml",
            "fail-fast = true",
            "{path}:1:1: unknown key 'fail-fast'; did you mean 'fail_fast'?",
            "keys are ",
        ),
        ("testbed.toml", "[tool.testbed]", "{path}:1:1: unknown key 'tool'", "keys are "),
        (
            "pyproject.toml",
            "[tool.testbed]\njuint = 'x'",
            "{path}:2:1: unknown key 'juint'; did you mean 'junit'?",
            "keys ",
        ),
        # wrong types
        ("testbed.toml", "workers = '2'", '{path}:1:1: workers = "2": it takes a whole number', "write workers = 1"),
        ("testbed.toml", "workers = true", "{path}:1:1: workers = true: it takes a whole number", "write workers = 1"),
        ("testbed.toml", "workers = 2.0", "workers = 2.0: it takes a whole number", "write workers = 1"),
        ("testbed.toml", "workers = 0", "workers = 0: it takes a whole number from 1 up", "write workers = 1"),
        ("testbed.toml", "devices = 'web'", 'devices = "web": it takes a list of texts', 'write devices = ["web"]'),
        ("testbed.toml", "live = [1]", "live = [1]: it takes a list of texts", "write live = []"),
        ("testbed.toml", "fail_fast = 1", "fail_fast = 1: it takes true or false", "write fail_fast = false"),
        ("testbed.toml", "junit = false", "junit = false: it takes a path", 'write junit = ""'),
        ("testbed.toml", "sdk = 1", "sdk = 1: it takes text", 'write sdk = ""'),
        ("testbed.toml", "wait_timeout = -1", "wait_timeout = -1: it takes a number of seconds from 0 up", "= 60.0"),
        ("testbed.toml", "wait_timeout = inf", "wait_timeout = inf: it takes a number of seconds", "= 60.0"),
        ("testbed.toml", "wait_timeout = true", "wait_timeout = true: it takes a number of seconds", "= 60.0"),
        # no TOML
        ("testbed.toml", "workers", "{path}: cannot be read as TOML: ", "correct it"),
        ("testbed.toml", "\udcff", "{path}: cannot be read as TOML: ", "correct it"),
        ("pyproject.toml", "[tool.testbed]\nworkers", "{path}: cannot be read as TOML: ", "correct it"),
        ("pyproject.toml", "[tool]\ntestbed = 1", "{path}: tool.testbed is not a table", "write [tool.testbed]"),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, file: str, text: str, says: str, fix: str):
    Path(file).write_bytes(text.encode("utf-8", "surrogateescape"))
    done = show()
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    first, second = done.stderr.splitlines()[:2]
    assert says.format(path=tmp_path / file) in first
    assert fix in second.removeprefix("  fix: ")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("TESTBED_WORKERS", "two", "TESTBED_WORKERS='two' is not a whole number from 1 up"),
        ("TESTBED_WORKERS", "0", "TESTBED_WORKERS='0' is not a whole number from 1 up"),
        ("TESTBED_WAIT_TIMEOUT", "nan", "TESTBED_WAIT_TIMEOUT='nan' is not a number of seconds"),
        ("TESTBED_WAIT_TIMEOUT", "1s", "TESTBED_WAIT_TIMEOUT='1s' is not a number of seconds"),
        ("TESTBED_FAIL_FAST", "maybe", "TESTBED_FAIL_FAST='maybe' is not true or false"),
    ],
)
def test_a_variable_that_is_wrong(monkeypatch: pytest.MonkeyPatch, name: str, text: str, says: str):
    monkeypatch.setenv(name, text)
    with pytest.raises(UsageError, match=says) as caught:
        Config().settings()
    assert caught.value.fix == f"correct or unset {name}"


# The table itself.


@pytest.mark.parametrize("option", OPTIONS.values(), ids=list(OPTIONS))
def test_a_default_is_a_value_that_the_option_takes(option):
    assert option.kind.takes(option.default)
    assert option.help.endswith(".")


@pytest.mark.parametrize("option", OPTIONS.values(), ids=list(OPTIONS))
def test_a_value_shown_is_what_a_file_would_say(option):
    Path("testbed.toml").write_text(f"{option.name} = {shown(option.default)}")
    assert Config().get(option.name) == option.default


@pytest.mark.parametrize("value", ['a "b" \\c', ["a", 'b"'], 1, 1.5, True, False, []])
def test_shown_is_toml(value: Any):
    import tomllib

    assert tomllib.loads(f"x = {shown(value)}") == {"x": value}


# config show


def test_show_names_value_and_source_of_each(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    Path("testbed.toml").write_text('live = ["a.example"]')
    monkeypatch.setenv("TESTBED_WORKERS", "2")
    done = show()
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert list(rows) == list(OPTIONS)
    assert rows["live"].split()[1:3] == ['["a.example"]', f"{tmp_path}/testbed.toml:1:1"]
    assert rows["workers"].split()[1:3] == ["2", "TESTBED_WORKERS"]
    assert rows["junit"].split()[1:3] == ['""', "default"]
    assert all(line.rstrip().endswith(OPTIONS[name].help) for name, line in rows.items())


def test_show_as_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    found = json.loads(show("--json").stdout)
    assert (found["schema"], found["file"]) == (1, None)
    assert [row["name"] for row in found["settings"]] == list(OPTIONS)
    Path("testbed.toml").write_text("workers = 3")
    found = json.loads(show("--json").stdout)
    assert found["file"] == f"{tmp_path}/testbed.toml"
    assert {"name": "workers", "value": 3, "source": f"{tmp_path}/testbed.toml:1:1", "env": "TESTBED_WORKERS"} in (
        found["settings"]
    )


def test_show_tells_of_a_variable_that_means_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_WROKERS", "3")
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", "/tmp/x")
    done = show()
    assert done.exit_code == 0
    assert done.stderr == "testbed: TESTBED_WROKERS is set and means nothing; did you mean TESTBED_WORKERS?\n"
