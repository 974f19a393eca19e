"""Pinned files from a repository of our own: whole and right, or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from testbed.artifacts import Pin, cached, fetch, path_of
from testbed.errors import EnvironmentFault
from tests.artifacts.repository import Served

CONTENT = bytes(range(256)) * 4_096
AT = "com.acme:sdk:aar:1.0"


def quiet(pin: Pin, size: int) -> None:
    pass


def left(folder: Path) -> list[str]:
    """The files in the cache."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_is_there_is_not_asked_for_again(maven: Served):
    pins = [maven.put(AT, CONTENT), maven.put("com.acme:core:1.0", b"core")]
    told: dict[str, int] = {}
    fetch(pins, repository=f"{maven.url}/", progress=lambda pin, size: told.update({str(pin.coordinates): size}))
    assert told == {"com.acme:sdk:aar:1.0": len(CONTENT), "com.acme:core:1.0": 4}
    assert [path.read_bytes() for path in cached(pins, fix="")] == [CONTENT, b"core"]
    assert sum(maven.asked.values()) == 2
    maven.deaf = True
    fetch(pins, repository=maven.url, progress=quiet)
    assert sum(maven.asked.values()) == 2


def test_what_is_not_there_is_said(maven: Served):
    pins = [maven.put(AT, CONTENT), maven.put("com.acme:core:1.0", b"core")]
    with pytest.raises(EnvironmentFault, match=r"com\.acme:sdk:aar:1\.0 and 1 more not on this machine") as raised:
        cached(pins, fix="testbed setup android")
    assert raised.value.fix == "testbed setup android"


def test_a_broken_connection_is_gone_on_with(maven: Served):
    pin = maven.put(AT, CONTENT)
    maven.breaks[pin.coordinates.path] = [300_000, 300_000]
    fetch([pin], repository=maven.url, progress=quiet)
    starts = [start for _, start in maven.ranges]
    assert starts == [0, 300_000, 600_000]
    assert path_of(pin.coordinates).read_bytes() == CONTENT


def test_what_an_interrupted_one_left_is_gone_on_with_later(maven: Served, tmp_path: Path):
    pin = maven.put(AT, CONTENT)
    maven.breaks[pin.coordinates.path] = [200_000, 0, 0, 0]
    with pytest.raises(EnvironmentFault, match="cannot be had from"):
        fetch([pin], repository=maven.url, progress=quiet)
    assert left(tmp_path) == ["sdk-1.0.aar.part"]
    maven.ranges.clear()
    fetch([pin], repository=maven.url, progress=quiet)
    assert maven.ranges[0][1] == 200_000
    assert left(tmp_path) == ["sdk-1.0.aar"]
    assert path_of(pin.coordinates).read_bytes() == CONTENT


def test_what_was_left_of_another_file_is_fetched_anew(maven: Served):
    pin = maven.put(AT, CONTENT)
    file = path_of(pin.coordinates)
    file.parent.mkdir(parents=True)
    file.with_name(f"{file.name}.part").write_bytes(b"of another release" * 100)
    fetch([pin], repository=maven.url, progress=quiet)
    assert [start for _, start in maven.ranges] == [1_800, 0]
    assert file.read_bytes() == CONTENT


def test_a_file_of_another_size_is_fetched_anew(maven: Served):
    pin = maven.put(AT, CONTENT)
    file = path_of(pin.coordinates)
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT[:-1])
    fetch([pin], repository=maven.url, progress=quiet)
    assert file.read_bytes() == CONTENT


PAGE = b"<!DOCTYPE html><html>Sign in</html>"


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        (lambda content: ("application/java-archive", b"x" * len(content)), "is not what it must be: its sha256 is"),
        (lambda content: ("application/java-archive", content[:-1]), "answers with 1048575 of application/java-archi"),
        (lambda content: ("text/html", PAGE), "and .* answers with 35 of text/html"),
        (lambda content: ("text/html", PAGE.ljust(len(content))), r"is not what it must be \(it is an HTML page\)"),
    ],
    ids=["wrong hash", "short", "HTML", "HTML of the right size"],
)
def test_a_lie_is_refused_and_nothing_of_it_is_left(
    maven: Served, tmp_path: Path, lie: Callable[[bytes], tuple[str, bytes]], says: str
):
    pin = maven.put(AT, CONTENT)
    maven.lies[pin.coordinates.path] = lie(CONTENT)
    with pytest.raises(EnvironmentFault, match=says) as raised:
        fetch([pin], repository=maven.url, progress=quiet)
    assert "com.acme:sdk:aar:1.0" in raised.value.message
    assert "TESTBED_MAVEN_URL" in str(raised.value.fix)
    assert left(tmp_path) == []


@pytest.mark.parametrize(("deaf", "says"), [(False, "has no com.acme:sdk:aar:1.0"), (True, "503")])
def test_a_repository_that_does_not_have_it(maven: Served, tmp_path: Path, deaf: bool, says: str):
    pin = maven.put(AT, CONTENT)
    maven.files.clear()
    maven.deaf = deaf
    with pytest.raises(EnvironmentFault, match=says):
        fetch([pin], repository=maven.url, progress=quiet)
    assert left(tmp_path) == []


def test_a_cache_that_cannot_be_written(maven: Served, tmp_path: Path):
    pin = maven.put(AT, CONTENT)
    (tmp_path / "testbed").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentFault, match="cannot be written") as raised:
        fetch([pin], repository=maven.url, progress=quiet)
    assert raised.value.fix == "set XDG_CACHE_HOME"


TWO = """
import sys, msgspec
from testbed.artifacts import Pin, fetch
pin = msgspec.json.decode(sys.argv[2], type=Pin)
print("ready", flush=True)
sys.stdin.readline()
fetch([pin], repository=sys.argv[1], progress=lambda *_: None)
"""


def test_two_processes_at_once_fetch_it_once(maven: Served):
    pin = maven.put(AT, CONTENT)
    command = [sys.executable, "-c", TWO, maven.url, msgspec.json.encode(pin).decode()]
    two = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]
    for process in two:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in two:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    assert [process.wait() for process in two] == [0, 0]
    for process in two:
        process.communicate()
    assert maven.asked[pin.coordinates.path] == 1
    assert path_of(pin.coordinates).read_bytes() == CONTENT
