"""A zip and the folder that it is made from give the same Plugin."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from testbed.errors import PluginRefused, UsageError
from testbed.plugin import load, pack, read_zip
from testbed.plugin.archive import MAX_ARCHIVE

MANIFEST = b'name = "Acme Inc."\nversion = "1"\n[targets.web]\nsdk = "web"\nentry = "acme.js"\n'
FILES = {"plugin.toml": MANIFEST, "acme.js": b"//", "scenarios/track.yaml": b"name: track"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "acme" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "acme"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_folder_and_zip(folder: Path, tmp_path: Path) -> None:
    data = pack(folder)
    (tmp_path / "acme.zip").write_bytes(data)
    from_folder, from_zip = load(folder), load(tmp_path / "acme.zip")
    assert from_folder.files == from_zip.files == FILES
    assert from_folder.manifest == from_zip.manifest
    assert from_folder.sha256 == from_zip.sha256 == hashlib.sha256(data).hexdigest()
    assert (from_folder.source, from_zip.source) == (str(folder), str(tmp_path / "acme.zip"))
    assert str(from_zip.places["targets.web.entry"]) == "plugin.toml:5:1"
    assert (from_zip.name, from_zip.slug) == ("Acme Inc.", "acme-inc")


def test_what_is_read_is_checked(folder: Path) -> None:
    (folder / "acme.js").unlink()
    with pytest.raises(PluginRefused, match=r"plugin.toml:5:1: targets.web.entry: there is no file 'acme.js'"):
        load(folder)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "acme.zip: no plugin.toml at the root of the zip\n"),
        ({"acme/plugin.toml": MANIFEST}, "acme.zip: no plugin.toml at the root of the zip; there is acme/plugin.toml"),
        ({"Plugin.toml": MANIFEST}, "acme.zip: no plugin.toml at the root of the zip\n"),
    ],
)
def test_no_manifest(files: dict[str, bytes], says: str) -> None:
    with pytest.raises(PluginRefused) as caught:
        read_zip(zipped(files), source="acme.zip")
    assert str(caught.value).startswith(says)


def test_a_zip_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "big.zip").open("wb") as file:
        file.truncate(MAX_ARCHIVE * 64)
    with pytest.raises(PluginRefused, match=f"the zip has {MAX_ARCHIVE + 1} bytes"):
        load(tmp_path / "big.zip")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"acme.zip cannot be read: No such file"):
        load(tmp_path / "acme.zip")
    with pytest.raises(UsageError, match=r"there is no plugin.toml in"):
        load(tmp_path)
