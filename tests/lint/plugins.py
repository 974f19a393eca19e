"""examples/acme, which lint has nothing to say of, with something changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from testbed.lint import Finding, lint, read_subject

ACME = Path(__file__).parents[2] / "examples" / "acme"
FILES = tuple(str(path.relative_to(ACME)) for path in ACME.rglob("*") if path.is_file())


class Edit(msgspec.Struct, frozen=True):
    """In a file, `old` becomes `new`; without `old`, `new` is added at the end. Where `new` is None the file goes;
    bytes are the whole file."""

    file: str
    new: str | bytes | None
    old: str = ""


def manifest(new: str, old: str = "") -> Edit:
    return Edit("plugin.toml", new, old)


def code(new: str, old: str = "") -> Edit:
    return Edit("web/acme.js", new, old)


def scenario(new: str, old: str = "") -> Edit:
    return Edit("scenarios/track.yaml", new, old)


def file(name: str, content: str | bytes | None = "") -> Edit:
    return Edit(name, content)


def phone(*libraries: tuple[str, bytes], sdk: str = "android-java", factory: str = "acme.Acme") -> tuple[Edit, ...]:
    """One more target, with these files as its class path."""
    names = ", ".join(f'"{name}"' for name, _ in libraries)
    table = f'\n[targets.phone]\nsdk = "{sdk}"\nclasspath = [{names}]\nfactory = "{factory}"\n'
    return (manifest(table), *(file(name, content) for name, content in libraries))


CLASSIC = (
    manifest('style = "classic"', 'style = "remote"'),
    manifest("", 'library = "acmeDestination" # the global that the bundle sets\n'),
    code("acmeIntegration", "acmeDestination"),
)


def edit(folder: Path, edits: tuple[Edit, ...]) -> None:
    for each in edits:
        path = folder / each.file
        if each.new is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(each.new, bytes):
            path.write_bytes(each.new)
            continue
        text = path.read_text() if path.exists() else ""
        assert each.old in text, f"{each.old!r} is not in {each.file}: the edit does nothing"
        path.write_text(text.replace(each.old, each.new) if each.old else text + each.new)


def linted(folder: Path, *edits: Edit) -> tuple[Finding, ...]:
    """What lint finds in a copy of acme with these edits."""
    shutil.copytree(ACME, folder / "acme")
    edit(folder / "acme", edits)
    return lint(read_subject(folder / "acme")).findings


def by_id(findings: tuple[Finding, ...]) -> Mapping[str, str]:
    return {finding.id: finding.severity for finding in findings}
