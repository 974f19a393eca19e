"""What the documents point at is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*/README.md")]
PACKAGES = (
    "cli",
    "plugin",
    "scenario",
    "segment",
    "owned",
    "jail",
    "artifacts",
    "apk",
    "virtual",
    "runtimes",
    "devices",
    "capture",
    "lenses",
    "lint",
    "verdict",
    "redaction",
    "fleet",
    "report",
    "doctor",
)

QUESTIONS = ("a vendor lens", "a step", "a reporter", "a platform", "a Spec rule")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_example_is_listed_and_run():
    examples = {path.parent.name for path in ROOT.glob("examples/*/plugin.toml")}
    assert (
        set(re.findall(r"^\| \[(\w+)\]\(examples/\1\) \|", (ROOT / "README.md").read_text(), re.MULTILINE)) == examples
    )
    (run,) = re.findall(r"^EXAMPLES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(run.split()) == examples


def test_the_architecture_names_what_is_there():
    for path in _named_paths(ROOT / "docs" / "architecture.md"):
        assert any((root / path).exists() for root in (ROOT, ROOT / "testbed")), path


def test_the_architecture_names_every_package():
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert {folder.name for folder in (ROOT / "testbed").iterdir() if (folder / "__init__.py").exists()} == set(
        PACKAGES
    )
    assert all(f"| `testbed/{package}/` |" in text for package in PACKAGES)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_strangers_question_is_answered_by_one_place(question: str):
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(rf"^\| {question} \| (.*) \|$", text, re.MULTILINE)
    assert len(rows) == 1
    assert "`testbed/" in rows[0] or "`devices/api.py`" in rows[0]


def _named_paths(document: Path) -> Iterator[str]:
    """What stands in backquotes and looks like a path of the checkout."""
    for name in re.findall(r"`([a-z_./-]+)`", document.read_text()):
        if "/" in name and not name.startswith(("/", ".")):
            yield name


def test_what_the_page_on_security_rests_on_exists():
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "docs" / "security.md").read_text())
    assert named
    assert [file for file in named if not (ROOT / file).is_file()] == []
