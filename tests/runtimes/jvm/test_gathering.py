"""The jars of workers, out of the cache into one folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.artifacts import path_of
from testbed.errors import EnvironmentFault
from testbed.runtimes.jvm import Jars, gathering
from testbed.runtimes.jvm.jars import read_list


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with all of them, as far as names and sizes go."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(Jars, "at", lambda folder: Jars(folder, tuple(read_list())))  # our own may not be built
    for pin in gathering.pins():
        path = path_of(pin.coordinates)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.truncate(pin.size)
    return tmp_path / "testbed"


def test_they_lie_side_by_side(cache: Path):
    jars = gathering.gathered()
    assert {path.name for path in jars.folder.iterdir()} == {jar.file for jar in read_list()}
    assert all((jars.folder / jar.file).stat().st_size == jar.size for jar in read_list())
    assert jars.framework(34).is_file()


def test_once(cache: Path):
    before = {path: path.stat().st_ino for path in gathering.gathered().folder.iterdir()}
    assert {path: path.stat().st_ino for path in gathering.gathered().folder.iterdir()} == before


def test_what_was_not_fetched_is_named_with_the_fix(cache: Path):
    pin = gathering.pins()[3]
    path_of(pin.coordinates).unlink()
    with pytest.raises(EnvironmentFault, match=pin.coordinates.artifact) as caught:
        gathering.gathered()
    assert caught.value.fix == "testbed setup android"
