"""Whatever an APK holds, it is read or refused: nothing crashes, nothing is read beyond its end, nothing grows."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from testbed.virtual.android.packages.archive import Archive
from testbed.virtual.android.packages.axml import read_xml
from testbed.virtual.android.packages.checking import check
from testbed.virtual.android.packages.cursor import Cursor
from testbed.virtual.android.packages.manifest import read_manifest
from testbed.virtual.android.packages.refusal import Malformed, Refused
from testbed.virtual.android.packages.signing import SCHEMES, _certificates
from tests.virtual.android.apks import Maker

ONCE = settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(scope="module")
def manifest(apk: Maker) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "app.apk"
        file.write_bytes(apk())
        with Archive.opened(file) as archive:
            return archive.read("AndroidManifest.xml", at_most=1 << 20)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def written(data: bytes) -> Path:
        (tmp_path / "app.apk").write_bytes(data)
        return tmp_path / "app.apk"

    return written


def changed(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    """With numbers of four bytes put in at places, both modulo what there is."""
    result = bytearray(data)
    for place, number in changes:
        at = place % max(1, len(result) - 4)
        result[at : at + 4] = struct.pack("<I", number % (1 << 32))
    return bytes(result)


CHANGES = st.lists(
    st.tuples(st.integers(0, 1 << 20), st.sampled_from([0, 1, 2, 7, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])),
    min_size=1,
    max_size=6,
)


@ONCE
@given(changes=CHANGES)
def test_a_manifest_whose_numbers_lie(manifest: bytes, changes: list[tuple[int, int]]):
    try:
        read_manifest(changed(manifest, changes))
    except Malformed:
        return


@ONCE
@given(st.binary(max_size=300))
@example(struct.pack("<HHI", 3, 8, 8))
@example(struct.pack("<HHIHHI", 3, 8, 16, 0x102, 16, 8))
@example(struct.pack("<HHIHHI", 3, 8, 16, 1, 28, 8))
def test_what_is_no_manifest(data: bytes):
    for start in (b"", struct.pack("<HHI", 3, 8, 8 + len(data))):
        try:
            read_xml(start + data)
        except Malformed:
            continue


def test_elements_in_each_other_without_end_are_refused():
    element = struct.pack("<HHIIIIIHHHHHH", 0x102, 16, 36, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 20, 20, 0, 0, 0, 0)
    with pytest.raises(Malformed, match="too deep"):
        read_xml(struct.pack("<HHI", 3, 8, 8 + 36 * 10_000) + element * 10_000)


@ONCE
@given(changes=CHANGES)
def test_an_apk_whose_numbers_lie(apk: Maker, file: Callable[[bytes], Path], changes: list[tuple[int, int]]):
    """Around the signing block and the directory, where they stand; whatever is changed, it is never installed."""
    data = apk()
    start = data.index(struct.pack("<I", SCHEMES[1].key)) - 64
    other = data[:start] + changed(data[start:], changes)
    if other == data:
        return
    try:
        check(file(other), "/data/app/vmdl1.tmp/base.apk", api=34, abis=["arm64-v8a"])
    except Refused:
        return
    assert _padding_alone(data, other), "a changed APK is taken"


def _padding_alone(data: bytes, other: bytes) -> bool:
    """The block's own padding, and the older scheme where the newer one holds, are nobody's."""
    start = data.index(struct.pack("<I", SCHEMES[2].key)) - 8
    end = data.index(b"APK Sig Block 42") - 8
    third = data.index(struct.pack("<I", SCHEMES[1].key)) - 8
    size = struct.unpack_from("<Q", data, third)[0]
    inside = set(range(start, end)) - set(range(third, third + 8 + size))
    return {at for at, (one, two) in enumerate(zip(data, other, strict=True)) if one != two} <= inside


@ONCE
@given(
    st.binary(max_size=400)
    | st.lists(st.binary(max_size=40), max_size=8).map(lambda all: b"".join(_prefixed(each) for each in all))
)
def test_what_is_no_signature(apk: Maker, file: Callable[[bytes], Path], value: bytes):
    with Archive.opened(file(apk())) as archive:
        for scheme in (2, 3):
            for wrapped in (value, _prefixed(value), _prefixed(_prefixed(value))):
                try:
                    assert not _certificates(wrapped, scheme, 34, archive, archive.directory)
                except Malformed:
                    continue


def _prefixed(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


@ONCE
@given(changes=CHANGES, cut=st.integers(0, 40))
def test_a_zip_whose_numbers_lie(apk: Maker, file: Callable[[bytes], Path], changes: list[tuple[int, int]], cut: int):
    data = apk()
    start = int(struct.unpack_from("<I", data, data.rindex(b"PK\5\6") + 16)[0])
    other = data[:start] + changed(data[start : len(data) - cut], changes)
    try:
        with Archive.opened(file(other)) as archive:
            for name, entry in archive.entries.items():
                assert 0 <= entry.start <= entry.start + entry.packed <= archive.directory
                try:
                    assert len(archive.read(name, at_most=1 << 20)) <= 1 << 20
                except Malformed:
                    continue
    except Malformed:
        return


@given(st.binary(max_size=60), st.integers(-5, 1 << 40))
def test_a_cursor_never_goes_beyond_its_end(data: bytes, length: int):
    cursor = Cursor(data)
    if 0 <= length <= len(data):
        assert bytes(cursor.take(length)) == data[:length]
    else:
        with pytest.raises(Malformed):
            cursor.take(length)
        assert cursor.left == len(data)
