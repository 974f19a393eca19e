"""testbed adb: adb itself, led to the fleet's server; its arguments, streams and exit code are its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from testbed.devices.api import Tool
from testbed.errors import ExitCode
from tests.cli.conftest import Cli
from tests.cli.fleet import PretendFleet


@pytest.fixture
def adb(fleet: PretendFleet, tmp_path: Path) -> Path:
    """What stands for adb in the fleet that is up: it says what it was given, and ends with 7."""
    program = tmp_path / "adb"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$ANDROID_ADB_SERVER_PORT" "$MINE" "$@"\ncat\necho bad >&2\nexit 7\n')
    program.chmod(0o755)
    tool = Tool(name="adb", program=str(program), address="127.0.0.1:6", env={"ANDROID_ADB_SERVER_PORT": "6"})
    fleet.status = msgspec.structs.replace(fleet.status, tools=(tool,))
    return program


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("devices", "-l"),
        ("-s", "127.0.0.1:5555", "shell", "ls -l; echo $?"),
        ("shell", "--help"),
        ("push", "-p", "--sync", "a b", "/sdcard"),
    ],
)
def test_it_is_adbs(adb: Path, args: tuple[str, ...]):
    done = subprocess.run(
        [sys.executable, "-m", "testbed", "adb", *args],
        env={**os.environ, "MINE": "kept"},
        input="typed",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "\n".join(["6", "kept", *args, "typed"])
    assert (done.stderr, done.returncode) == ("bad\n", 7)


def test_without_a_fleet(cli: Cli):
    done = cli("adb", "devices")
    assert (done.exit_code, done.stderr) == (ExitCode.ENVIRONMENT, "testbed: no fleet is up\n  fix: testbed up\n")


def test_on_a_fleet_without_an_android_device(cli: Cli, fleet: PretendFleet):
    fleet.status = msgspec.structs.replace(fleet.status, tools=())
    done = cli("adb", "devices")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "has no Android device" in done.stderr
    assert "testbed up -d android" in done.stderr


def test_the_status_names_it(cli: Cli, adb: Path):
    assert cli("status").stdout.splitlines()[-1] == "  adb          127.0.0.1:6"
