"""The wheel, installed alone in an empty virtual environment, does the main job."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]

pytestmark = pytest.mark.browser


def do(*command: str | Path, cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_the_wheel_alone_makes_a_plugin_and_runs_it(tmp_path: Path):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "VIRTUAL_ENV", "TESTBED_"))}
    env |= {"TESTBED_RUNTIME_DIR": str(tmp_path / "run"), "XDG_STATE_HOME": str(tmp_path / "state"), "NO_COLOR": "1"}
    do(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path / "dist", CHECKOUT, cwd=tmp_path, env=env)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / "bin"
    do(binaries / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path, env=env)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    do(binaries / "testbed", "new", "acme", cwd=elsewhere, env=env)
    assert "8 passed" in do(binaries / "testbed", "run", "acme", cwd=elsewhere, env=env)
    assert "8 passed" in do(binaries / "testbed", "run", cwd=elsewhere / "acme" / "web", env=env)
