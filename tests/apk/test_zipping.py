"""Where things lie in an APK: Android 11 maps resources.arsc into memory, and refuses one that is not aligned."""

from __future__ import annotations

import struct
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

import pytest

from testbed.apk.zipping import zipped


@pytest.mark.parametrize("length", range(1, 9))
def test_what_is_stored_is_aligned_whatever_comes_before(length: int):
    files = {"a" * length: b"b" * length, "resources.arsc": b"arsc", "dé.txt": b"text", "x.png": b"png"}
    content = zipped(files)
    with ZipFile(BytesIO(content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        stored = [entry for entry in archive.infolist() if entry.compress_type == ZIP_STORED]
    assert [entry.filename for entry in stored] == ["resources.arsc", "x.png"]
    for entry in stored:
        lengths = struct.unpack_from("<HH", content, entry.header_offset + 26)
        assert (entry.header_offset + 30 + sum(lengths)) % 4 == 0


def test_the_same_content_is_the_same_bytes():
    files = {"a": b"1", "resources.arsc": b"2"}
    assert zipped(files) == zipped(dict(files))
