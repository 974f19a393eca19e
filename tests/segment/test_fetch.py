"""Fetching the web SDK, from a registry of our own on this machine."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from testbed.errors import EnvironmentFault, TestbedError, UsageError
from testbed.segment import PINNED_VERSION, installed
from testbed.segment.fetch import install, registry

GOOD: Mapping[str, str] = {
    "package/dist/umd/standalone.js": "main",
    "package/dist/umd/1.bundle.js": "chunk",
    "package/dist/umd/standalone.js.map": "no",
    "package/dist/umd/deeper/2.js": "no",
    "package/dist/cjs/index.js": "no",
    "package/LICENSE.MD": "MIT",
    "package/../../../evil.js": "no",
}
TARBALL = "/-/sdk.tgz"


class Registry:
    """What an npm registry says, path by path; `asked` is what it was asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self.url = ""

    def publish(self, version: str, data: bytes, *, integrity: str | None = None, tarball: str = "") -> None:
        digest = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
        dist = {"tarball": tarball or self.url + TARBALL, "integrity": integrity or digest}
        self.answers[f"/@segment%2Fanalytics-next/{version}"] = (200, msgspec.json.encode({"dist": dist}))
        self.answers[TARBALL] = (200, data)


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    registry = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append(self.path)
            status, body = registry.answers.get(self.path, (404, b"{}"))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        registry.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"{registry.url}/")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        yield registry
        server.shutdown()
        thread.join()


def packed(files: Mapping[str, str], *, links: Mapping[str, str] = {}) -> bytes:
    """A package as npm publishes it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return buffer.getvalue()


def fetch(version: str) -> Path:
    return install(version, progress=lambda *_: None)


def test_the_browser_build_lands_in_the_cache(npm: Registry, tmp_path: Path):
    data = packed(GOOD, links={"package/dist/umd/link.js": "/etc/passwd"})
    npm.publish("1.2.3", data)
    told: list[tuple[str, int, int | None]] = []
    folder = install("1.2.3", progress=lambda *state: told.append(state))
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "standalone.js": "main",
        "1.bundle.js": "chunk",
        "LICENSE.MD": "MIT",
    }
    assert [file.name for file in folder.parent.iterdir()] == ["1.2.3"]  # and no remains
    assert list(tmp_path.rglob("evil.js")) == []
    assert installed("1.2.3").main == b"main"
    assert told[-1] == ("@segment/analytics-next 1.2.3", len(data), len(data))


def test_what_is_there_is_not_fetched_again(npm: Registry):
    npm.publish("1.2.3", packed(GOOD))
    assert fetch("1.2.3") == fetch("1.2.3")
    assert len(npm.asked) == 2  # the release and its tarball, once


@pytest.mark.parametrize(
    ("version", "data", "change", "error", "says", "fix"),
    [
        # what was fetched is not what was published
        ("1.2.3", packed(GOOD), {"integrity": "sha512-AAAA"}, EnvironmentFault, "is damaged", "try again"),
        ("1.2.3", packed(GOOD), {"integrity": "sha1-AAAA"}, EnvironmentFault, "is damaged", "try again"),
        # the pinned version has its hash in testbed, whatever the registry says
        (PINNED_VERSION, packed(GOOD), {}, EnvironmentFault, "must be sha512-5l7cPBzScxhf", "try again"),
        # a package that is none, or is another
        ("1.2.3", b"no gzip", {}, EnvironmentFault, "is no npm package", "another version"),
        ("1.2.3", packed(GOOD)[:-20], {}, EnvironmentFault, "is no npm package", "another version"),
        ("1.2.3", packed({"package/index.js": ""}), {}, EnvironmentFault, "has no browser build", "a later version"),
        # addresses
        ("1.2.3", b"", {"tarball": "file:///etc/passwd"}, EnvironmentFault, "points to 'file:///", "NPM_CONFIG_REG"),
        ("1.2.3", b"", {"tarball": "http://127.0.0.1:1/x"}, EnvironmentFault, "cannot be reached", "the network"),
        # no version at all: nothing is asked
        ("latest", b"", {}, UsageError, "'latest' is no version", "--sdk analytics-next@"),
        ("../1.2.3", b"", {}, UsageError, "'../1.2.3' is no version", "--sdk analytics-next@"),
    ],
)
def test_refused(
    npm: Registry,
    tmp_path: Path,
    version: str,
    data: bytes,
    change: dict[str, str],
    error: type[TestbedError],
    says: str,
    fix: str,
):
    npm.publish(version, data, **change)
    with pytest.raises(error) as caught:
        fetch(version)
    assert says in caught.value.message
    assert fix in (caught.value.fix or "")
    assert list(tmp_path.rglob("*")) == []  # nothing is left, so nothing is taken for good next time


@pytest.mark.parametrize(
    ("path", "answer", "error", "says"),
    [
        ("/@segment%2Fanalytics-next/1.2.3", (404, b"{}"), UsageError, "has no @segment/analytics-next 1.2.3"),
        ("/@segment%2Fanalytics-next/1.2.3", (500, b"{}"), EnvironmentFault, "cannot be reached: HTTP Error 500"),
        ("/@segment%2Fanalytics-next/1.2.3", (200, b"<html>"), EnvironmentFault, "makes no sense"),
        ("/@segment%2Fanalytics-next/1.2.3", (200, b"[]"), EnvironmentFault, "makes no sense"),
        ("/@segment%2Fanalytics-next/1.2.3", (200, b'{"dist": {}}'), EnvironmentFault, "makes no sense"),
        (TARBALL, (404, b""), UsageError, "has no @segment/analytics-next 1.2.3"),
        (TARBALL, (503, b""), EnvironmentFault, "cannot be reached: HTTP Error 503"),
    ],
)
def test_a_registry_in_trouble(
    npm: Registry, path: str, answer: tuple[int, bytes], error: type[TestbedError], says: str
):
    npm.publish("1.2.3", packed(GOOD))
    npm.answers[path] = answer
    with pytest.raises(error) as caught:
        fetch("1.2.3")
    assert says in caught.value.message
    assert caught.value.fix


def test_a_cache_that_cannot_be_written(npm: Registry, tmp_path: Path):
    (tmp_path / "testbed").write_text("a file where the folder should be")
    npm.publish("1.2.3", packed(GOOD))
    with pytest.raises(EnvironmentFault, match="cannot write to") as caught:
        fetch("1.2.3")
    assert caught.value.fix == "set XDG_CACHE_HOME"


def test_a_broken_folder_in_the_cache_is_named(npm: Registry, tmp_path: Path):
    broken = tmp_path / "testbed" / "analytics-next" / "1.2.3"
    broken.mkdir(parents=True)
    (broken / "chunk.js").write_text("all that is left")
    npm.publish("1.2.3", packed(GOOD))
    with pytest.raises(EnvironmentFault, match="cannot write") as caught:
        fetch("1.2.3")
    assert caught.value.fix == f"remove {broken}"


@pytest.mark.parametrize(
    ("environment", "npmrc", "expected"),
    [
        ({}, None, "https://registry.npmjs.org"),
        ({}, "//host/:_authToken=x\nregistry = https://npm.example/a/\n", "https://npm.example/a"),
        ({"npm_config_registry": "https://one.example"}, "registry=https://two.example", "https://one.example"),
        ({"NPM_CONFIG_REGISTRY": "https://one.example/"}, None, "https://one.example"),
    ],
)
def test_the_registry_is_the_one_that_npm_would_ask(
    environment: dict[str, str],
    npmrc: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    if npmrc is not None:
        (tmp_path / ".npmrc").write_text(npmrc)
    assert registry() == expected
