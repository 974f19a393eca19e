"""testbed lint: what it prints, and what it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testbed.errors import ExitCode
from tests.cli.conftest import Cli
from tests.plugin.hostile import HOSTILE

WARNING = 'fetch("https://cdn.other.example/sdk.js");\n'
ERROR = "const broken = ;\n"


def add(text: str, *, file: str = "acme/web/acme.js") -> None:
    with Path(file).open("a") as opened:
        opened.write(text)


def test_a_clean_plugin(cli: Cli, acme: Path):
    done = cli("lint", "acme")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "Acme 0.1.0: nothing to complain of\n", "")


def test_without_an_argument_it_is_the_plugin_that_you_are_in(cli: Cli, acme: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir("acme/web")
    assert cli("lint").stdout == "Acme 0.1.0: nothing to complain of\n"


def test_what_is_found_is_told_by_severity_with_place_and_fix(cli: Cli, acme: Path):
    add(WARNING + ERROR)
    done = cli("lint", "acme")
    assert done.exit_code == ExitCode.REFUSED
    assert done.stdout == (
        "1 error\n"
        "  acme/web/acme.js:89:14  bundle-syntax\n"
        "    no JavaScript, from about here on\n"
        "    fix: build it again; `node --check` says more\n"
        "\n"
        "1 warning\n"
        "  acme/web/acme.js:88:7  undeclared-host\n"
        "    the code names cdn.other.example, which is not declared\n"
        '    fix: add "cdn.other.example" to `hosts` of [egress], if the plugin talks to it\n'
    )


@pytest.mark.parametrize(
    ("added", "option", "code"),
    [
        ("", (), ExitCode.PASSED),
        ("", ("--strict",), ExitCode.PASSED),
        (WARNING, (), ExitCode.PASSED),
        (WARNING, ("--strict",), ExitCode.REFUSED),
        (ERROR, (), ExitCode.REFUSED),
        (WARNING, ("--strict", "--json"), ExitCode.REFUSED),
    ],
)
def test_what_it_ends_with(cli: Cli, acme: Path, added: str, option: tuple[str, ...], code: ExitCode):
    add(added)
    assert cli("lint", "acme", *option).exit_code == code


def test_a_note_never_counts(cli: Cli, acme: Path):
    text = (acme / "plugin.toml").read_text()
    (acme / "plugin.toml").write_text(text.replace("hosts = [", 'hosts = ["eu.acme.example", '))
    done = cli("lint", "acme", "--strict")
    assert done.exit_code == ExitCode.PASSED
    assert done.stdout.startswith("1 note\n  acme/plugin.toml:13:10  unused-host\n")


def test_json_is_one_object(cli: Cli, acme: Path):
    add(WARNING)
    report = json.loads(cli("lint", "acme", "--json").stdout)
    assert report.pop("sha256")
    assert report == {
        "schema": 1,
        "plugin": "Acme",
        "version": "0.1.0",
        "findings": [
            {
                "id": "undeclared-host",
                "severity": "warning",
                "message": "the code names cdn.other.example, which is not declared",
                "place": {"file": "web/acme.js", "line": 88, "column": 7},
                "fix": 'add "cdn.other.example" to `hosts` of [egress], if the plugin talks to it',
            }
        ],
    }


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("FORCE_COLOR", True)])
def test_colour(cli: Cli, acme: Path, monkeypatch: pytest.MonkeyPatch, variable: str, coloured: bool):
    monkeypatch.setenv("TESTBED_FORCE_TTY", "80")
    monkeypatch.setenv(variable, "1")
    add(WARNING)
    assert ("\x1b[" in cli("lint", "acme").stdout) is coloured


def test_a_hostile_zip_is_refused(cli: Cli):
    Path("evil.zip").write_bytes(HOSTILE[0].make())
    done = cli("lint", "evil.zip")
    assert done.exit_code == ExitCode.REFUSED
    assert done.stdout.startswith("1 error\n  evil.zip  archive\n    entry '../../")
    assert json.loads(cli("lint", "evil.zip", "--json").stdout)["findings"][0]["place"] is None


def test_strangers_text_is_no_terminals_command(cli: Cli, acme: Path):
    add('name: "\\e]0;owned\\a"\nsteps: [{track: x}]\n', file="acme/scenarios/odd.yaml")
    done = cli("lint", "acme")
    assert "no-expectation" in done.stdout
    assert "\x1b" not in done.stdout
    assert "x1b]0;owned" in done.stdout


@pytest.mark.parametrize("where", ["nowhere.zip", "."])
def test_no_plugin_there(cli: Cli, where: str):
    done = cli("lint", where)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert "fix: name a plugin" in done.stderr
