"""Hostile zips at the command line: refused with 7, with nothing written and no memory taken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.errors import ExitCode
from tests.plugin.hostile import HOSTILE, ORDINARY

# In a process of its own: `testbed run ZIP` for each of them, its exit code, what it said, the peak of memory, and the
# files that Python was asked to write, whether that worked or not.
READ_ALL = """
import contextlib, io, json, os, re, sys
from testbed.cli import app

written = []
CHANGES = ("os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.chmod", "os.truncate")

def note(event, args):
    if event in CHANGES or (event == "open" and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
        written.append(f"{event} {args[0]}")

sys.addaudithook(note)

def peak_kib():
    # Not getrusage: its figure begins with what the process had that started this one.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

def run(path):
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            app(["run", path, "--list"], prog_name="testbed")
        except SystemExit as end:
            code = end.code
    return {"code": code, "said": said.getvalue(), "peak_kib": peak_kib()}

print(json.dumps({"runs": [run(path) for path in sys.argv[1:]], "written": written}))
"""
GROWTH_KIB = 100_000_000 // 1024


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """An ordinary zip, then the hostile ones in the order of the table."""
    folder = tmp_path_factory.mktemp("zips")
    made = [folder / "ordinary.zip", *(folder / f"{number}.zip" for number in range(len(HOSTILE)))]
    for path, content in zip(made, (ORDINARY, *(hostile.make() for hostile in HOSTILE)), strict=True):
        path.write_bytes(content)
    return made


def tree(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def test_each_is_refused_with_nothing_written_and_no_memory_taken(zips: list[Path], tmp_path: Path):
    inside = tmp_path / "a" / "b" / "c"  # what climbs out of it is still seen
    for name in ("here", "home", "temporary"):
        (inside / name).mkdir(parents=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(inside / "home"), "TMPDIR": str(inside / "temporary")}
    before = tree(tmp_path)
    done = subprocess.run(
        [sys.executable, "-B", "-c", READ_ALL, *map(str, zips)],
        cwd=inside / "here", env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path) == before
    result = json.loads(done.stdout)
    assert result["written"] == []
    ordinary, *hostile = result["runs"]
    assert ordinary["code"] == ExitCode.PASSED, ordinary["said"]
    for planted, ended in zip(HOSTILE, hostile, strict=True):
        assert ended["code"] == ExitCode.REFUSED, planted.what
        assert planted.says.encode("unicode_escape").decode() in ended["said"], planted.what
        assert "fix: " in ended["said"], planted.what
    assert hostile[-1]["peak_kib"] - ordinary["peak_kib"] < GROWTH_KIB


def test_a_run_refuses_before_a_browser_is_there(zips: list[Path], tmp_path: Path):
    """Without --list: nothing but the refusal, and no report of it is begun in the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "testbed", "run", str(zips[1]), "--no-fleet", "--browser", "/no/such/browser"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "holds '..'" in done.stderr) == (ExitCode.REFUSED, True)
    assert os.listdir() == []
