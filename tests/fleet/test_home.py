"""A fleet's folder: private, and gone at the end. What becomes of it after kill -9 is in tests/owned."""

import stat
import tempfile
from pathlib import Path

import pytest

from testbed.errors import EnvironmentFault
from testbed.fleet.home import Home, reap_dead
from testbed.fleet.paths import control_socket, runtime_root


@pytest.fixture(autouse=True)
def _own_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(tmp_path / "run"))


def test_a_home_is_private_holds_the_temporary_files_and_goes():
    before = tempfile.tempdir
    with Home.make("test") as home:
        assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
        assert Path(tempfile.mkdtemp()).parent == home.folder
        assert home.env["TESTBED_HOME"] == str(home.folder)
    assert not home.folder.exists()
    assert tempfile.tempdir == before


def test_a_living_owner_is_left_alone():
    with Home.make("test") as home:
        assert reap_dead() == []
        assert home.folder.exists()


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
