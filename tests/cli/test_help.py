"""Before any command does anything: help, completion, misspelled words, and that none of it loads what is heavy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from testbed import __version__
from testbed.cli import app
from testbed.errors import ExitCode
from tests.cli.conftest import Cli

VERBS = ("new", "lint", "run", "up", "status", "down", "clean", "doctor", "setup", "pack", "adb", "config")


def process(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "testbed", *args],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help(cli: Cli, verb: str, flag: str):
    done = cli(*filter(None, [verb]), flag)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: ")


def test_help_lists_the_verbs_in_the_order_of_a_days_work(cli: Cli):
    commands = cli("--help").stdout.partition("Commands:\n")[2]
    assert tuple(line.split()[0] for line in commands.splitlines() if not line.startswith("   ")) == VERBS


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(cli: Cli, flag: str):
    assert cli(flag).stdout == f"testbed {__version__}\n"


HEAVY = (
    # the proxy, the browser's driver, the server; what reads YAML; what paints boxes; the fleet itself
    "mitmproxy",
    "pyppeteer",
    "starlette",
    "uvicorn",
    "ruamel",
    "yaml",
    "jmespath",
    "rich",
    "asyncio",
    "testbed.capture",
    "testbed.devices",
    "testbed.fleet",
    "testbed.lint",
    "tree_sitter",
    "testbed.report",
    "testbed.verdict",
    "testbed.plugin",
)
LOADED = """
import json, sys
from testbed.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["config", "--help"], ["--version"], ["--no-such"]])
def test_what_is_heavy_is_not_loaded_for_help(args: list[str]):
    done = subprocess.run([sys.executable, "-c", LOADED, *args], capture_output=True, text=True, check=False)
    loaded = json.loads(done.stderr.splitlines()[-1])
    assert "testbed.cli.run" in loaded
    assert [name for name in loaded if name.startswith(tuple(f"{heavy}." for heavy in HEAVY)) or name in HEAVY] == []


# Misspelled.


@pytest.mark.parametrize(
    ("args", "says"),
    [
        # a command
        (["statsu"], "Did you mean 'status'?"),
        (["rnu"], "No such command 'rnu'"),
        (["config", "shwo"], "Did you mean 'show'?"),
        # an option
        (["run", "--juint", "x"], "--junit"),
        (["run", "--last-faild"], "--last-failed"),
        (["up", "--foregruond"], "--foreground"),
        # too few, too many
        (["new"], "Missing argument"),
        (["run", "a", "b"], "unexpected extra argument"),
        (["run", "--junit"], "requires an argument"),
    ],
)
def test_a_misspelled_word_is_met_with_the_nearest(cli: Cli, args: list[str], says: str):
    done = cli(*args)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert says.lower() in done.stderr.lower()


# Completion.


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown(shell: str):
    done = process("--show-completion", shell)
    assert done.returncode == 0
    assert "_TESTBED_COMPLETE" in done.stdout


def test_completion_can_be_installed(tmp_path: Path):
    done = process("--install-completion", "bash", HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "testbed" in (tmp_path / ".bashrc").read_text()
    assert any("_TESTBED_COMPLETE" in path.read_text() for path in tmp_path.rglob("*testbed*") if path.is_file())


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("testbed ", set(VERBS)),
        ("testbed d", {"down", "doctor"}),
        ("testbed config s", {"show"}),
        ("testbed run --ju", {"--junit"}),
        ("testbed run --last", {"--last-failed"}),
        ("testbed new Acme --style re", {"remote", "register"}),
    ],
)
def test_bash_completes(typed: str, offered: set[str]):
    words = typed.split(" ")
    done = process(_TESTBED_COMPLETE="complete_bash", COMP_WORDS=typed.rstrip(), COMP_CWORD=str(len(words) - 1))
    assert set(done.stdout.split()) == offered


def test_no_verb_is_forgotten():
    assert {group.name for group in app.registered_groups} | {
        command.callback.__name__ for command in app.registered_commands if command.callback
    } == set(VERBS)
