"""Whatever a plugin holds, lint has an answer."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from testbed.lint import lint, read_subject
from testbed.lint.classfile import NoClass, read_class
from testbed.lint.script import read_script
from testbed.plugin import pack
from tests.lint.classes import class_file
from tests.lint.plugins import ACME
from tests.plugin.hostile import FILES
from tests.plugin.rawzip import STORED, Raw, build

EXAMPLES = Path(__file__).parents[2] / "examples"
PIECES = st.sampled_from([
    "var a = 1;", "let b;", "window[", "x.y", "=", "`${", "}`", "(", ")", "{", "}", "'", "\\u{110000}", "\\x", "/*",
    "//", "class C {", "import ", "export default ", "eval(", "Function(", "\0", "\ud800", "é", "https://h.example",
])  # fmt: skip


@settings(max_examples=300, derandomize=True, deadline=None)
@given(
    source=st.binary(max_size=200) | st.lists(PIECES, max_size=30).map(lambda p: "".join(p).encode("utf-8", "replace"))
)
def test_any_script_is_read(source: bytes) -> None:
    script = read_script("a.js", source, "bundle")
    for place in filter(None, (script.broken, script.module, *(text.place for text in script.texts))):
        assert 1 <= place.line <= source.count(b"\n") + 1


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    name=st.sampled_from(sorted(FILES)), at=st.floats(0, 1), insert=st.binary(max_size=12) | PIECES.map(
        lambda piece: piece.encode("utf-8", "replace")
    ), cut=st.integers(0, 12),
)  # fmt: skip
def test_a_damaged_plugin_is_looked_over(tmp_path_factory, name: str, at: float, insert: bytes, cut: int) -> None:
    content = FILES[name]
    start = int(at * len(content))
    files = {**FILES, name: content[:start] + insert + content[start + cut :]}
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(build([Raw(name=key.encode(), content=value, method=STORED) for key, value in files.items()]))
    report = lint(read_subject(path))
    assert report.sha256 or [finding.id for finding in report.findings] == ["archive"]


SOUND = class_file("acme/Acme", implements=["a/B"], static={"A": "La/B;"}, texts=["x", "https://h.example"])


@settings(max_examples=500, derandomize=True, deadline=None)
@given(damage=st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 255)), max_size=4),
       cut=st.integers(0, len(SOUND)))  # fmt: skip
def test_any_class_is_read_or_none(damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(SOUND)
    for position, byte in damage:
        data[position] = byte
    with contextlib.suppress(NoClass):
        read_class(bytes(data[:cut] if cut % 2 else data))


def test_the_class_itself_is_read() -> None:
    found = read_class(SOUND)
    assert (found.name, found.extends, found.static) == ("acme/Acme", ("a/B",), {"A": "a/B"})
    assert found.texts == ("x", "https://h.example")


def test_the_examples_have_no_errors() -> None:
    """They are real integrations: what is an error here is a fault of the rule. They are built before."""
    folders = sorted(path.parent for path in EXAMPLES.glob("*/plugin.toml"))
    assert ACME in folders
    assert len(folders) >= 4
    for folder in folders:
        assert [found for found in lint(read_subject(folder)).findings if found.severity == "error"] == []


def test_folder_and_zip_are_one(tmp_path: Path) -> None:
    path = tmp_path / "mixpanel.zip"
    path.write_bytes(pack(EXAMPLES / "mixpanel"))
    assert lint(read_subject(path)) == lint(read_subject(EXAMPLES / "mixpanel"))
