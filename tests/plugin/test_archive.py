"""What a stranger's zip may hold: read in memory, and refused with the entry's name where it may not."""

from __future__ import annotations

import io
import shutil
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.errors import ExitCode, PluginRefused
from testbed.plugin import archive, entries, library
from testbed.plugin.archive import read_archive
from testbed.plugin.classpath import admitted
from tests.plugin.hostile import CLASS, FILES, HOSTILE, ORDINARY, PLUGIN, Hostile, aar, jar
from tests.plugin.rawzip import DEFLATED, DESCRIBED, STORED, UTF8, Raw, build, descriptor, field


def make(*entries: tuple[str | ZipInfo, bytes], method: int = ZIP_DEFLATED, stream: io.BytesIO | None = None) -> bytes:
    buffer = stream or io.BytesIO()
    with ZipFile(buffer, "w", method) as zipped:
        for name, content in entries:
            zipped.writestr(name, content)
    return buffer.getvalue()


class OneWay(io.BytesIO):
    """A pipe, as far as a writer can tell: sizes have to follow the content."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


@pytest.mark.parametrize("method", [ZIP_DEFLATED, ZIP_STORED])
@pytest.mark.parametrize("stream", [io.BytesIO, OneWay])
def test_files_come_back_as_they_went_in(method: int, stream: type[io.BytesIO]) -> None:
    files = {"plugin.toml": b"name", "web/acme.js": b"\0\xff" * 70_000, "leer/ä.txt": b"", "a.css": b"a{}" * 300_000}
    assert read_archive(make(*files.items(), method=method, stream=stream()), source="a.zip") == files


def test_what_other_packers_write(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    made = shutil.make_archive(str(tmp_path / "out"), "zip", tmp_path / "in")
    assert read_archive(Path(made).read_bytes(), source="a.zip") == FILES


@pytest.mark.parametrize("method", [ZIP_STORED, ZIP_DEFLATED])  # jar deflates nothing to two bytes
def test_folders_are_no_files(method: int) -> None:
    folder = ZipInfo("web/")
    folder.external_attr = (stat.S_IFDIR | 0o755) << 16 | 0x10
    folder.compress_type = method
    assert read_archive(make((folder, b""), ("web/a", b"1")), source="a.zip") == {"web/a": b"1"}


INFO_ZIP = field(0x5455, b"\3" + bytes(8)) + field(0x7875, b"\1\4" + bytes(4) + b"\4" + bytes(4))
NAME = "scenarios/ä.txt".encode()


@pytest.mark.parametrize(
    "entry",
    [
        Raw(name=b"a", content=b"", method=STORED),
        Raw(name=b"a", content=b"", packed_content=b""),
        Raw(name=b"a", attributes=0x20),
        Raw(name=b"a", attributes=0),
        Raw(name=b"a", flags=0x2),
        Raw(name=b"a", extra=INFO_ZIP, own={"extra": INFO_ZIP + field(0xCAFE, b"")}),
        Raw(name=NAME, flags=UTF8),
        Raw(name=NAME, extra=field(0x7075, b"\1" + zlib.crc32(NAME).to_bytes(4, "little") + NAME)),
        Raw(name=b"a", flags=DESCRIBED, descriptor=descriptor(b"x")),
        Raw(name=b"a", flags=DESCRIBED, descriptor=descriptor(b"x", mark=b"")),
        Raw(name=b"a", flags=DESCRIBED, descriptor=descriptor(b"x"), own={"crc": 0, "packed": 0, "size": 0}),
        Raw(name=b"a", extra=field(0xD, bytes(12))),
    ],
)
def test_what_is_odd_and_sound(entry: Raw) -> None:
    files = {**FILES, entry.name.decode(): entry.content}
    assert read_archive(build([*PLUGIN, entry], comment=b"made by hand"), source="a.zip") == files


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.what)
def test_refused(hostile: Hostile) -> None:
    with pytest.raises(PluginRefused) as caught:
        read_archive(hostile.make(), source="evil.zip", admit=admitted)
    assert hostile.says in caught.value.message
    assert str(caught.value).startswith("evil.zip: ")
    assert caught.value.exit_code is ExitCode.REFUSED
    assert caught.value.fix


def test_each_of_them_would_be_read_but_for_its_fault() -> None:
    assert read_archive(ORDINARY, source="a.zip") == FILES
    assert len({hostile.what for hostile in HOSTILE}) == len(HOSTILE) >= 40


CLASSES_JAR = Raw(name=b"libs/more.jar", content=build([CLASS]))


@pytest.mark.parametrize(
    "make_zip",
    [
        jar(),
        jar(Raw(name=b"acme/acme.class"), Raw(name=b"META-INF/", content=b"", method=STORED)),  # shrunk: other case
        jar(Raw(name=b"META-INF/", content=b"", method=STORED, attributes=0xFFFF << 16 | 0x10)),  # plexus-archiver 2
        jar(Raw(name=b"okhttp3/publicsuffixes.gz", content=b"\x1f\x8b\x08 packed data is data")),
        aar(),
        aar(CLASSES_JAR, Raw(name=b"lint.jar", content=build([CLASS])), Raw(name=b"res/values/v.xml")),
    ],
)
def test_a_library_that_a_target_names(make_zip: Callable[[], bytes]) -> None:
    files = read_archive(make_zip(), source="a.zip", admit=admitted)
    (name,) = files.keys() - FILES.keys()
    (first, classes), *_ = library.jars_of(name, files[name])
    assert library.members(classes)["acme/Acme.class"] == CLASS.content
    assert first == ("libs/acme.aar!/classes.jar" if name.endswith(".aar") else "libs/acme.jar")


@pytest.mark.parametrize(
    ("module", "limit", "value", "says"),
    [
        (archive, "MAX_ARCHIVE", 100, "at most 100 are read"),
        (archive, "MAX_ENTRIES", 1, "has 2 entries; at most 1"),
        (entries, "MAX_FILE", 3, "'a' has 4 bytes; at most 3"),
        (archive, "MAX_TOTAL", 7, "add up to 8 bytes; at most 7"),
    ],
)
def test_limits(monkeypatch: pytest.MonkeyPatch, module: ModuleType, limit: str, value: int, says: str) -> None:
    data = make(("a", b"1234"), ("b", b"1234"))
    assert len(read_archive(data, source="a.zip")) == 2
    monkeypatch.setattr(module, limit, value)
    with pytest.raises(PluginRefused, match=says):
        read_archive(data, source="a.zip")


# Whatever the bytes are, they are read or refused; and what is read, every reader reads so.

WHOLE = build([
    Raw(name=b"a.js", content=b"hello" * 50),
    Raw(name=b"b/c", content=b"x" * 3000, flags=DESCRIBED, descriptor=descriptor(b"x" * 3000)),
    Raw(name=b"e/", content=b"", method=STORED),
    Raw(name=NAME, flags=UTF8, extra=INFO_ZIP, method=STORED),
], comment=b"comment")  # fmt: skip

ENTRIES = st.builds(
    Raw,
    name=st.sampled_from([b"a", b"b/c", b"A", b"d/", b"..", NAME]),
    content=st.sampled_from([b"", b"x", b"hello" * 50, b"PK\5\6" + bytes(18)]),
    method=st.sampled_from([STORED, DEFLATED, 99]),
    flags=st.sampled_from([0, 0x1, DESCRIBED, UTF8]),
    size=st.none() | st.integers(0, 2**32 - 1),
    packed=st.none() | st.integers(0, 300),
    extra=st.sampled_from([b"", INFO_ZIP, field(1, bytes(8))]) | st.binary(max_size=12),
    attributes=st.integers(0, 2**32 - 1) | st.just(0),
    offset=st.none() | st.integers(0, 300),
    gap=st.binary(max_size=3),
    hidden=st.booleans(),
)


def read_or_refused(data: bytes) -> None:
    try:
        files = read_archive(data, source="any.zip")
    except PluginRefused:
        return
    with ZipFile(io.BytesIO(data)) as zipped:
        assert {name: zipped.read(name) for name in zipped.namelist() if not name.endswith("/")} == files


@settings(max_examples=500, derandomize=True, deadline=None)
@given(
    damage=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=4),
    cut=st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40)),
    insert=st.tuples(st.integers(0, len(WHOLE)), st.binary(max_size=30)),
)
def test_a_damaged_zip(damage: list[tuple[int, int]], cut: tuple[int, int], insert: tuple[int, bytes]) -> None:
    data = bytearray(WHOLE)
    for position, byte in damage:
        data[position] = byte
    del data[cut[0] : sum(cut)]
    data[insert[0] : insert[0]] = insert[1]
    read_or_refused(bytes(data))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(data=st.binary(max_size=300) | st.binary(max_size=60).map(lambda tail: b"PK\5\6" + tail))
def test_any_bytes(data: bytes) -> None:
    read_or_refused(data)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(raws=st.lists(ENTRIES, max_size=4), before=st.binary(max_size=3), end=st.dictionaries(
    st.sampled_from(["disk", "here", "count", "length", "start", "comment_length"]), st.integers(0, 400), max_size=1,
))  # fmt: skip
def test_any_structure(raws: list[Raw], before: bytes, end: dict[str, Any]) -> None:
    read_or_refused(build(raws, before=before, **end))


def test_undamaged_it_is_read() -> None:
    assert len(read_archive(WHOLE, source="a.zip")) == 3
