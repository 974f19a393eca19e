"""A folder becomes a zip of what the plugin needs: the same bytes every time, and nothing else."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from testbed.errors import PluginRefused, UsageError
from testbed.plugin import pack
from testbed.plugin.entries import MAX_FILE

MANIFEST = """\
name = "Acme"
version = "1"
include = ["web/chunks/**", "*.map"]
egress.hosts = ["cdn.acme.example"]
[[stub]]
host = "cdn.acme.example"
file = "web/vendor.js"
[targets.web]
sdk = "web"
entry = "web/acme.js"
page = "page.html"
[targets.phone]
sdk = "android-java"
classpath = ["android/*.jar", "../*.jar", "", "/*.jar"]
"""
PACKED = (
    "LICENSE",
    "README.md",
    "acme.map",
    "android/acme.jar",
    "page.html",
    "plugin.toml",
    "scenarios/deep/page.yaml",
    "scenarios/track.yaml",
    "web/acme.js",
    "web/chunks/1.js",
    "web/chunks/more/2.js",
    "web/vendor.js",
)
LEFT_OUT = (
    "android/libs/deeper.jar",
    "android/notes.txt",
    ".git/HEAD",
    ".testbed/schema/plugin.schema.json",
    "node_modules/x/index.js",
    "notes.txt",
    "src/acme.js",
    "scenarios/.track.yaml.swp",
    "web/other.js",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (*PACKED, *LEFT_OUT):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}")
    (tmp_path / "plugin.toml").write_text(MANIFEST)
    return tmp_path


def unzipped(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_packed(folder: Path) -> None:
    files = unzipped(pack(folder))
    assert tuple(files) == PACKED
    assert all(content == (folder / name).read_bytes() for name, content in files.items())


def test_the_same_files_make_the_same_bytes(folder: Path) -> None:
    first = pack(folder)
    for number, path in enumerate(sorted(folder.rglob("*"))):
        path.chmod(0o700)
        os.utime(path, (number, number))
    assert pack(folder) == first
    (folder / "README.md").write_text("other")
    assert pack(folder) != first


def test_the_format_is_stable(tmp_path: Path) -> None:
    """Evidence names a plugin by its hash: this one may only change together with a note to users."""
    (tmp_path / "plugin.toml").write_text('name = "Acme"\nversion = "1"\n')
    assert (
        hashlib.sha256(pack(tmp_path)).hexdigest() == "878939b7719d314b42cfcfc4f5dd2197b48b2f944a2ebf08d9caf96b52b125ea"
    )


def test_named_files_that_are_not_there_are_left_to_the_reader(folder: Path) -> None:
    (folder / "web/acme.js").unlink()
    assert "web/acme.js" not in unzipped(pack(folder))


@pytest.mark.parametrize("name", ["/etc/hostname", "../outside.js", "web/../web/acme.js"])
def test_named_files_outside_are_never_read(folder: Path, name: str) -> None:
    (folder.parent / "outside.js").write_text("secret")
    (folder / "plugin.toml").write_text(MANIFEST.replace("web/vendor.js", name))
    assert b"secret" not in pack(folder)
    assert name not in unzipped(pack(folder))


def test_links(folder: Path) -> None:
    (folder / "web/vendor.js").unlink()
    (folder / "web/vendor.js").symlink_to(folder / "src/acme.js")
    assert unzipped(pack(folder))["web/vendor.js"] == b"content of src/acme.js"
    (folder.parent / "outside.js").write_text("secret")
    (folder / "web/vendor.js").unlink()
    (folder / "web/vendor.js").symlink_to(folder.parent / "outside.js")
    with pytest.raises(PluginRefused, match=r"web/vendor.js: a link out of the folder"):
        pack(folder)


@pytest.mark.parametrize(
    ("include", "says"),
    [
        ("dist/**", r"plugin.toml:3:12: include 'dist/\*\*' matches no file"),
        ("../**", r"plugin.toml:3:12: include '../\*\*' leads out of the folder"),
        ("/etc/*", r"plugin.toml:3:12: include '/etc/\*' leads out of the folder"),
        ("", "plugin.toml:3:12: include '' leads out of the folder"),
    ],
)
def test_includes_that_are_refused(folder: Path, include: str, says: str) -> None:
    (folder / "plugin.toml").write_text(MANIFEST.replace("web/chunks/**", include))
    with pytest.raises(PluginRefused, match=says):
        pack(folder)


def test_a_scenario_that_no_zip_may_hold_is_not_dropped_silently(folder: Path) -> None:
    (folder / "scenarios/why?.yaml").write_text("")
    with pytest.raises(PluginRefused, match=r"scenarios/why.* the file name holds one of"):
        pack(folder)


def test_a_file_that_is_too_large(folder: Path) -> None:
    with (folder / "web/acme.js").open("wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(PluginRefused, match=r"web/acme.js: \d+ bytes; a file of a plugin has at most"):
        pack(folder)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_no_plugin_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"there is no plugin.toml in"):
        pack(tmp_path / name)
