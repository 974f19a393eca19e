"""One straight line: nothing later in it is imported by anything earlier (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[1] / "testbed"

LINE = (
    "errors", "http", "lazy", "interrupts", "owned", "artifacts", "plugin", "scenario", "segment", "jail", "apk",
    "virtual", "runtimes", "devices", "capture", "lenses", "verdict", "events", "redaction", "fleet", "lint", "report",
    "doctor", "config", "cli", "__main__",
)  # fmt: skip

BACKWARDS = {
    # A project to start from has the schemas of both, and is made from the plugin's template.
    ("plugin.scaffolding", "scenario"),
}


class Import(msgspec.Struct, frozen=True):
    """`importer` and `imported` are modules below testbed; wherever in the file, and for types alone, counts."""

    importer: str
    imported: str

    @property
    def edge(self) -> tuple[str, str]:
        return self.importer.partition(".")[0], self.imported.partition(".")[0]


def imports() -> Iterator[Import]:
    for file in ROOT.rglob("*.py"):
        importer = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(file.read_text())):
            for name in _imported(node):
                if name in MODULES and name.partition(".")[0] != importer.partition(".")[0]:
                    yield Import(importer, name)


def _imported(node: ast.AST) -> Iterator[str]:
    """The names that a statement imports from testbed, dotted: of `from a import b` both `a` and `a.b`."""
    if isinstance(node, ast.Import):
        yield from (alias.name.removeprefix("testbed.") for alias in node.names if alias.name.startswith("testbed."))
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "testbed":
        module = (node.module or "").removeprefix("testbed").removeprefix(".")
        yield module
        yield from (f"{module}.{alias.name}".removeprefix(".") for alias in node.names)


MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in ROOT.rglob("*.py")
} - {"__init__"}
IMPORTS = sorted(set(imports()), key=lambda each: (each.importer, each.imported))


def test_every_package_and_module_has_its_place():
    assert {name.partition(".")[0] for name in MODULES} == set(LINE)


def test_nothing_later_is_imported_by_anything_earlier():
    backwards = {
        (each.importer, each.imported) for each in IMPORTS if LINE.index(each.edge[0]) < LINE.index(each.edge[1])
    }
    assert backwards == BACKWARDS


@pytest.mark.parametrize("package", ["capture", "lenses", "verdict", "events", "fleet", "report"])
def test_a_device_is_known_by_its_seam_alone(package: str):
    """What drives it is found by its entry point."""
    reached = {each.imported for each in IMPORTS if each.edge == (package, "devices")}
    assert reached <= {"devices", "devices.api"}


@pytest.mark.parametrize(
    ("package", "knows_no"),
    [
        ("segment", ("devices", "capture")),
        ("lenses", ("scenario", "segment", "devices", "capture")),
        ("capture", ("plugin", "scenario", "segment")),
        ("devices", ("segment",)),
    ],
)
def test_who_does_not_know_whom(package: str, knows_no: tuple[str, ...]):
    known = {each.edge[1] for each in IMPORTS if each.edge[0] == package}
    assert known, f"{package} imports nothing: is the name right?"
    assert known.isdisjoint(knows_no)
