"""Which files of the web SDK a run gets, and what is said where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from testbed.errors import EnvironmentFault, TestbedError, UsageError
from testbed.segment import PINNED_VERSION, bundled, installed, sdk_named
from testbed.segment.sdk import cache_folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "testbed" / "analytics-next"


def put(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)


@pytest.mark.parametrize("name", ["", PINNED_VERSION, f"analytics-next@{PINNED_VERSION}", "analytics-next@"])
def test_the_pinned_version_comes_with_testbed(name: str, cache: Path):
    sdk = sdk_named(name)
    assert sdk == bundled()
    assert sdk.version == PINNED_VERSION
    assert all(file.endswith(".js") for file in sdk.files)


def test_the_pinned_version_may_come_from_the_cache(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("testbed.segment.sdk.resources.files", lambda _: tmp_path / "a checkout that was not built")
    with pytest.raises(EnvironmentFault, match="is not on this machine"):
        sdk_named("")
    put(cache / PINNED_VERSION, standalone_js="main")
    assert (sdk_named("").version, sdk_named(PINNED_VERSION).main) == (PINNED_VERSION, b"main")


@pytest.mark.parametrize("name", ["1.2.3", "analytics-next@1.2.3", "@segment/analytics-next@1.2.3"])
def test_another_version_comes_from_the_users_cache(name: str, cache: Path):
    put(cache / "1.2.3", standalone_js="main", chunk_js="chunk", LICENSE="text")
    sdk = sdk_named(name)
    assert (sdk.version, sdk.main) == ("1.2.3", b"main")
    assert sdk.files == {"standalone.js": b"main", "chunk.js": b"chunk"}


@pytest.mark.parametrize(
    ("name", "error", "says", "fix"),
    [
        # not fetched, or not completely
        ("1.2.3", EnvironmentFault, "1.2.3 is not on this machine", "testbed setup web --sdk analytics-next@1.2.3"),
        ("9.9.9", EnvironmentFault, "9.9.9 is not on this machine", "testbed setup web --sdk analytics-next@9.9.9"),
        # another package
        ("analytics-swift@1.0.0", UsageError, "unknown web SDK 'analytics-swift'", "--sdk analytics-next@VERSION"),
        # no version
        ("latest", UsageError, "'latest' is no version", "--sdk analytics-next@"),
        ("analytics-next", UsageError, "'analytics-next' is no version", "--sdk analytics-next@"),
        ("analytics-next@1", UsageError, "'1' is no version", "--sdk analytics-next@"),
        ("@../../etc", UsageError, "'../../etc' is no version", "--sdk analytics-next@"),
    ],
)
def test_what_there_is_not(name: str, error: type[TestbedError], says: str, fix: str, cache: Path):
    put(cache / "9.9.9", chunk_js="chunk")
    with pytest.raises(error) as caught:
        sdk_named(name)
    assert says in caught.value.message
    assert fix in (caught.value.fix or "")


def test_installed_gives_what_setup_fetched(cache: Path):
    put(cache / "1.2.3-beta.1", standalone_js="main")
    assert installed("1.2.3-beta.1").main == b"main"
    assert cache_folder() == cache
