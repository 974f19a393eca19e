"""`testbed up`, `status`, `run`, `down` as a user types them, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.census import Census

EXAMPLES = Path(__file__).parents[2] / "examples"
TESTBED = [sys.executable, "-m", "testbed"]

pytestmark = pytest.mark.browser


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "temp").mkdir()
    return {
        **os.environ,
        "TESTBED_RUNTIME_DIR": str(tmp_path / "run"),
        "TMPDIR": str(tmp_path / "temp"),
        "NO_COLOR": "1",
        "XDG_STATE_HOME": str(tmp_path),
    }


def cli(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TESTBED, *args], env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def up(env: dict[str, str]) -> Iterator[dict[str, object]]:
    done = cli(env, "up")
    assert done.returncode == 0, done.stderr
    fleet = json.loads(cli(env, "status", "--json").stdout)
    yield fleet
    cli(env, "down")


def test_a_run_on_a_warm_fleet_and_then_down(env: dict[str, str], up: dict[str, dict[str, object]]):
    assert up["fleet"]["control"] == str(Path(env["TESTBED_RUNTIME_DIR"]) / "control.sock")
    for _ in range(2):
        done = cli(env, "run", str(EXAMPLES / "acme"), "-P", "web", "--json")
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert (events[0]["event"], events[-1]["event"]) == ("run-started", "run-ended")
        assert done.returncode == 0, done.stdout + done.stderr

    assert cli(env, "up").returncode == 6, "a second fleet of one user must be refused"
    assert cli(env, "down").returncode == 0
    assert cli(env, "status").returncode == 6
    assert sorted(p.name for p in Path(env["TESTBED_RUNTIME_DIR"]).iterdir()) == ["fleet.log"]
    assert Census(Path(env["TESTBED_RUNTIME_DIR"]), Path(env["TMPDIR"])).left() == []


def test_a_fleet_is_found_where_nothing_says_where_to_look(env: dict[str, str]):
    """Then the fleet's folder lies in the temp folder, which a fleet moves into its home for itself."""
    bare = {key: value for key, value in env.items() if key not in {"TESTBED_RUNTIME_DIR", "XDG_RUNTIME_DIR"}}
    assert cli(bare, "up").returncode == 0
    assert cli(bare, "status").returncode == 0
    assert cli(bare, "down").returncode == 0
    (root,) = Path(bare["TMPDIR"]).glob("testbed-*")
    assert sorted(p.name for p in root.iterdir()) == ["fleet.log"]


def test_a_fleet_in_the_foreground_says_when_it_is_ready_and_ends_by_ctrl_c(env: dict[str, str]):
    fleet = subprocess.Popen([*TESTBED, "up", "--foreground"], env=env, stderr=subprocess.PIPE, text=True)
    assert fleet.stderr is not None
    try:
        assert "ready" in (line.strip() for line in fleet.stderr)
        assert cli(env, "status").returncode == 0
        fleet.send_signal(signal.SIGINT)
        assert (fleet.wait(timeout=30), fleet.stderr.read()) == (130, "interrupted\n")
    finally:
        fleet.kill()
        fleet.wait()
        fleet.stderr.close()
    assert list(Path(env["TESTBED_RUNTIME_DIR"]).iterdir()) == []


def test_ctrl_c_while_a_fleet_comes_up_leaves_none(env: dict[str, str]):
    coming = subprocess.Popen([*TESTBED, "up"], env=env, stderr=subprocess.PIPE, text=True)
    assert coming.stderr is not None
    assert "booting" in coming.stderr.readline()
    coming.send_signal(signal.SIGINT)
    assert "interrupted" in coming.communicate(timeout=30)[1]
    assert coming.returncode == 130
    assert cli(env, "status").returncode == 6
    assert sorted(p.name for p in Path(env["TESTBED_RUNTIME_DIR"]).iterdir()) == ["fleet.log"]


def test_a_run_without_a_fleet_leaves_nothing(env: dict[str, str]):
    done = cli(env, "run", str(EXAMPLES / "acme"), "-P", "web", "-k", "track")
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(Path(env["TESTBED_RUNTIME_DIR"]).iterdir()) == []


@pytest.mark.parametrize(
    ("args", "more", "code", "says"),
    [
        # usage
        (["run", "--no-such-option"], {}, 2, "No such option"),
        (["run", "{acme}", "-P", "iso"], {}, 2, "-P iso names no target"),
        # nothing ran
        (["run", "{acme}", "-k", "no such scenario"], {}, 5, "matches none of"),
        # environment
        (["run", "{acme}", "-P", "web", "-k", "track"], {"TESTBED_BROWSER": "/no/such/browser"}, 6, "/no/such/browser"),
        (["up"], {"TESTBED_BROWSER": "/no/such/browser"}, 6, "/no/such/browser"),
        (["up", "--foreground"], {"TESTBED_BROWSER": "/no/such/browser"}, 6, "/no/such/browser"),
        (["down"], {}, 6, "no fleet is up"),
        # plugin refused
        (["run", "{bad}"], {}, 7, "plugin.toml"),
    ],
)
def test_exit_codes(env: dict[str, str], tmp_path: Path, args: list[str], more: dict[str, str], code: int, says: str):
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "plugin.toml").write_text('nam = "Acme"\n')
    done = cli({**env, **more}, *[a.format(acme=EXAMPLES / "acme", bad=bad) for a in args])
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
