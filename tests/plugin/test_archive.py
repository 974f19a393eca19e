"""What a stranger's zip may hold: read in memory, and refused with the entry's name where it may not."""

from __future__ import annotations

import stat
import struct
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.errors import ExitCode, PluginRefused
from testbed.plugin import archive
from testbed.plugin.archive import read_archive


def make(*entries: tuple[str | ZipInfo, bytes], method: int = ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", method) as zipped:
        for name, content in entries:
            zipped.writestr(name, content)
    return buffer.getvalue()


def entry(name: str, *, mode: int = 0) -> ZipInfo:
    info = ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def named(raw: bytes) -> bytes:
    """A zip whose one entry has exactly this name: zipfile would clean it first."""
    return make(("#" * len(raw), b"x")).replace(b"#" * len(raw), raw)


def flagged(bits: int) -> bytes:
    """A zip whose one entry has these flag bits, in both of its headers."""
    data = bytearray(make(("a", b"x")))
    struct.pack_into("<H", data, data.index(b"PK\x03\x04") + 6, bits)
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 8, bits)
    return bytes(data)


def claiming(size: int, content: bytes) -> bytes:
    """A zip whose headers say that its one entry inflates to `size` bytes."""
    data = bytearray(make(("a", content)))
    struct.pack_into("<I", data, data.index(b"PK\x03\x04") + 22, size)
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, size)
    return bytes(data)


def overlapping() -> bytes:
    """Two entries of the directory that point to the same bytes."""
    data = bytearray(make(("a", b"same"), ("b", b"same")))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    return bytes(data)


def broken_content() -> bytes:
    data = bytearray(make(("a", b"content"), method=ZIP_STORED))
    data[data.index(b"content")] ^= 0xFF
    return bytes(data)


def test_files_come_back_as_they_went_in() -> None:
    files = {"plugin.toml": b"name", "web/acme.js": b"\0\xff" * 70_000, "leer/ä.txt": b""}
    assert read_archive(make(*files.items()), source="a.zip") == files
    assert read_archive(make(*files.items(), method=ZIP_STORED), source="a.zip") == files


def test_folders_are_no_files() -> None:
    assert read_archive(make((entry("web/", mode=stat.S_IFDIR | 0o755), b""), ("web/a", b"1")), source="a.zip") == {
        "web/a": b"1"
    }


@pytest.mark.parametrize(
    ("data", "says"),
    [
        # names that leave the folder, or mean something else on another system
        (named(b"\0a"), "control"),
        (named(b"../evil"), "holds '..'"),
        (named(b"a/../../evil"), "holds '..'"),
        (named(b"/etc/passwd"), "is absolute"),
        (named(b"C:/evil"), "holds one of"),
        (named(b"..\\evil"), "backslash"),
        (named(b"a\0.js"), "control"),
        (named(b"a\x1b[2J"), "control"),
        (named(b"a//b"), "empty folder name"),
        (named(b"./a"), "holds '.'"),
        (named(b"a./b"), "ends in a dot or space"),
        (named(b"web/NUL.js"), "a device on Windows"),
        (named(b"com1"), "a device on Windows"),
        (named(b"x" * 241), "longer than"),
        (named(b"/".join([b"d"] * 17)), "deeper than"),
        (make(("a\u202ejs.exe", b"")), "invisible"),
        # two names for one file
        (make(("README", b""), ("readme", b"")), "'README' and 'readme' are one file"),
        (make(("\u00e9", b""), ("e\u0301", b"")), "are one file"),
        (make(("a", b""), ("a/b", b"")), "'a' is both a file and the folder of 'a/b'"),
        # what is no plain file
        (make((entry("link", mode=stat.S_IFLNK | 0o777), b"/etc/passwd")), "is a symbolic link"),
        (make((entry("tty", mode=stat.S_IFCHR | 0o666), b"")), "is a device"),
        (make((entry("pipe", mode=stat.S_IFIFO | 0o666), b"")), "is a pipe"),
        # what we do not decode
        (flagged(0x1), "is encrypted"),
        (flagged(0x40), "is encrypted"),
        (make(("a", b"x"), method=ZIP_BZIP2), "compression method 12"),
        # bombs: by claim, by ratio, by sharing bytes
        (claiming(17 << 20, b"x"), "at most"),
        (make(("a", bytes(8 << 20))), "more than 200 times its size"),
        (overlapping(), "overlap"),
        # what is no zip, or a broken one
        (b"", "not a readable zip"),
        (b"<html>", "not a readable zip"),
        (make(("a", b"x" * 999))[:-30], "not a readable zip"),
        (broken_content(), "not a readable zip: Bad CRC-32"),
        (claiming(5, b"hello world, hello world"), "not a readable zip: Bad CRC-32"),
    ],
)
def test_refused(data: bytes, says: str) -> None:
    with pytest.raises(PluginRefused) as caught:
        read_archive(data, source="evil.zip")
    assert says in caught.value.message
    assert str(caught.value).startswith("evil.zip: ")
    assert caught.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("MAX_ARCHIVE", 100, "at most 100 are read"),
        ("MAX_ENTRIES", 1, "has 2 entries; at most 1"),
        ("MAX_FILE", 3, "'a' has 4 bytes; at most 3"),
        ("MAX_TOTAL", 7, "add up to 8 bytes; at most 7"),
    ],
)
def test_limits(monkeypatch: pytest.MonkeyPatch, limit: str, value: int, says: str) -> None:
    data = make(("a", b"1234"), ("b", b"1234"))
    assert len(read_archive(data, source="a.zip")) == 2
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(PluginRefused, match=says):
        read_archive(data, source="a.zip")


WHOLE = make(("a.js", b"hello" * 50), ("b/c", b"x" * 3000), ("e/", b""))


@settings(max_examples=500, derandomize=True, deadline=None)
@given(damage=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_zip_is_read_or_refused_and_nothing_else(damage: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for position, byte in damage:
        data[position] = byte
    try:
        files = read_archive(bytes(data), source="damaged.zip")
    except PluginRefused:
        return
    assert len(files) <= 3
