"""A fleet's folder: private, gone at the end, and cleared away by the next one after kill -9."""

import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from testbed.errors import EnvironmentFault
from testbed.fleet.home import Home, reap_dead
from testbed.fleet.paths import control_socket, runtime_root

ORPHAN_MAKER = """
import os, subprocess, sys
from testbed.fleet.home import Home
with Home.make("test") as home:
    child = subprocess.Popen(["tail", "-f", "/dev/null"], env={**os.environ, **home.env}, stdout=subprocess.DEVNULL)
    print(home.folder, child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _own_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(tmp_path / "run"))


def test_a_home_is_private_holds_the_temporary_files_and_goes():
    before = tempfile.tempdir
    with Home.make("test") as home:
        assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
        assert Path(tempfile.mkdtemp()).parent == home.folder
        assert home.env["TESTBED_HOME"] == home.id
    assert not home.folder.exists()
    assert tempfile.tempdir == before


def test_a_living_owner_is_left_alone():
    with Home.make("test") as home:
        assert reap_dead() == []
        assert home.folder.exists()


def test_a_home_that_was_killed_before_it_had_an_owner_is_cleared_away():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for pid in (ended.pid, os.getpid()):
        (runtime_root() / f".new.{pid}.up-0").mkdir()
    reap_dead()
    assert [folder.name for folder in runtime_root().iterdir()] == [f".new.{os.getpid()}.up-0"]


def test_what_a_killed_owner_left_is_cleared_away():
    owner = subprocess.Popen(
        [sys.executable, "-c", ORPHAN_MAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    folder, child = owner.stdout.readline().split()
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    descriptor = os.pidfd_open(int(child))

    assert reap_dead() == [Path(folder).name]
    assert not Path(folder).exists()
    os.set_blocking(descriptor, False)

    assert select.select([descriptor], [], [], 10)[0], "the child outlived its owner"
    os.close(descriptor)


def test_a_root_that_others_can_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(shared))
    with pytest.raises(EnvironmentFault, match="0700"):
        runtime_root()


def test_a_path_too_long_for_a_socket_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(tmp_path / ("x" * 90)))
    with pytest.raises(EnvironmentFault, match="too long"):
        control_socket()
