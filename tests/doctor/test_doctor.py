"""Each check: what it finds, what is needed, how to get it; and that what is required decides the exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from testbed import doctor
from testbed.cli import app
from testbed.devices.chromium.find import FIX
from testbed.doctor import Check
from testbed.errors import ExitCode
from testbed.jail import support
from testbed.segment.sdk import PINNED_VERSION
from tests.cli.fleet import PretendFleet

ANDROID = ["adb", "JDK, aapt2", "Android SDKs", "emulator", "KVM"]
WHAT = ["Python", "mitmproxy", "browser", "analytics.js", "fleet", "disk", "Node", "jail", *ANDROID]
REQUIRED = WHAT[:6]


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("TESTBED_BROWSER", "NO_COLOR", "FORCE_COLOR", "TESTBED_FORCE_TTY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.chdir(tmp_path)


def call(*args: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *args])


def tool(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.browser
def test_a_machine_that_has_all():
    done = call()
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line[2:16].strip() for line in lines[:8]] == WHAT[:8]
    assert all(line.startswith("✓") for line in lines[:6])
    assert lines[-1] == "all that is needed is here"
    assert "Chrom" in lines[2]
    assert f"analytics-next {PINNED_VERSION}" in lines[3]


def test_json():
    found = json.loads(call("--json").stdout)
    assert found["schema"] == 1
    assert [check["what"] for check in found["checks"]] == WHAT
    assert [check["what"] for check in found["checks"] if check["required"]] == REQUIRED
    assert all(set(check) == set(Check.__struct_fields__) for check in found["checks"])


@pytest.mark.parametrize("args", [[], ["--json"]])
def test_what_is_required_and_missing_is_exit_6(monkeypatch: pytest.MonkeyPatch, args: list[str]):
    monkeypatch.setenv("TESTBED_BROWSER", "/no/such")
    done = call(*args)
    assert (done.exit_code, done.stderr) == (ExitCode.ENVIRONMENT, "")
    assert "no browser '/no/such'" in done.stdout
    assert FIX in done.stdout


def test_what_is_missing_is_told_with_the_fix(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_BROWSER", "/no/such")
    lines = call().stdout.splitlines()
    assert lines[2].startswith("✗ browser       no browser '/no/such'")
    assert lines[3:5] == [f"{'':16}needed: a Chromium, headless or not", f"{'':16}fix: {FIX}"]
    assert lines[-1] == "1 of what is needed is missing"


def test_what_is_not_required_is_told_and_no_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(doctor, "chromium", lambda _: Check(what="browser", ok=True, found="", needed="", fix=""))
    done = call()
    assert done.exit_code == 0
    assert "- Node          none\n" in done.stdout
    assert done.stdout.endswith("all that is needed is here\n")


# Each check by itself.


@pytest.mark.parametrize(
    ("script", "says"),
    [
        # it says what is wrong
        ('[ "$1" = --version ] && echo Chromium 1 && exit; echo; echo "error: libnss3.so" >&2; exit 127', "libnss3.so"),
        # it says nothing
        ("exit 0", "it ended with 0 and showed nothing"),
        ("kill -9 $$", "it ended with -9 and showed nothing"),
        # it is no program
        ("\x7fELF", "does not start: "),
    ],
)
def test_a_browser_that_does_not_start(tmp_path: Path, script: str, says: str):
    path = tool(tmp_path / "bin" / "chromium", script)
    found = doctor.chromium(str(path))
    assert not found.ok
    assert found.found.startswith(f"{path} does not start: ")
    assert says in found.found
    assert found.fix == FIX


def test_a_browser_that_starts_is_started_as_a_run_would(tmp_path: Path):
    path = tool(
        tmp_path / "bin" / "chromium",
        f'echo "$@" >> {tmp_path}/args; [ "$1" = --version ] && echo "Chromium 1.2" || echo "<html></html>"',
    )
    found = doctor.chromium(str(path))
    assert (found.ok, found.found) == (True, f"Chromium 1.2 ({path})")
    started = (tmp_path / "args").read_text().splitlines()[1]
    assert "--headless" in started
    assert ("--no-sandbox" in started) is (os.geteuid() == 0)
    assert "debugging" not in started


def test_the_browser_is_the_configured_one(monkeypatch: pytest.MonkeyPatch):
    Path("testbed.toml").write_text('browser = "/from/the/file"')
    assert "/from/the/file" in call().stdout


def test_the_sdk(monkeypatch: pytest.MonkeyPatch):
    assert doctor.sdk().ok
    monkeypatch.setattr("testbed.segment.sdk.PINNED_VERSION", "0.0.0")
    found = doctor.sdk()
    assert (found.ok, found.found) == (False, "analytics-next 0.0.0 is not on this machine")
    assert "testbed setup web" in found.fix


def test_the_fleet(tmp_path: Path):
    assert doctor.fleet().found == "none is up: testbed run boots its own"
    with PretendFleet(tmp_path / "run" / "control.sock"):
        assert doctor.fleet().found == "up-0123 is up"
    (tmp_path / "run").chmod(0o755)
    found = doctor.fleet()
    assert not found.ok
    assert f"chmod 700 {tmp_path / 'run'}" in found.fix


def test_the_disk(monkeypatch: pytest.MonkeyPatch):
    assert doctor.disk().ok
    monkeypatch.setattr(doctor, "MIN_FREE_MB", 10**12)
    found = doctor.disk()
    assert not found.ok
    assert found.needed == "1000000000000 MB for temporary files"

    def nowhere() -> str:
        raise FileNotFoundError("No usable temporary directory")

    monkeypatch.setattr("tempfile.gettempdir", nowhere)
    found = doctor.disk()
    assert (found.ok, found.found) == (False, "No usable temporary directory")


def test_mitmproxy(monkeypatch: pytest.MonkeyPatch):
    assert doctor.proxy().ok

    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", missing)
    assert (doctor.proxy().ok, doctor.proxy().found) == (False, "none")


@pytest.mark.parametrize(
    ("check", "name", "script", "ok"),
    [
        (doctor.node, "node", "exit 0", True),
        (doctor.node, "other", "exit 0", False),
    ],
)
def test_tools(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, check: Callable[[], Check], name: str, script: str, ok: bool
):
    tool(tmp_path / "bin" / name, script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = check()
    assert (found.ok, found.required) == (ok, False)
    assert found.needed
    assert found.fix


def test_a_jail(monkeypatch: pytest.MonkeyPatch):
    assert (doctor.jail().ok, doctor.jail().found) == (True, "namespaces and bubblewrap work")
    monkeypatch.setattr(support, "_known", ["nft not found: apt-get install nftables"])
    found = doctor.jail()
    assert (found.ok, found.required, found.found) == (False, False, "nft not found: apt-get install nftables")
