"""testbed clean: what it prints, with and without --dry-run. What it finds is in tests/owned."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A home that its maker, of a process id that nobody has, did not finish."""
    folder = tmp_path / "run" / ".new.4194305.1.up-0123"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    return folder


def test_it_says_what_it_removed(cli: Cli, left: Path):
    row = f"folder      up-0123         {left}\n"
    for args, there in ((["--dry-run"], True), ([], False)):
        done = cli("clean", *args)
        assert (done.exit_code, done.stdout, done.stderr, left.exists()) == (0, row, "", there)
    assert cli("clean").stdout == "nothing was left\n"


def test_as_json(cli: Cli, left: Path):
    found = [{"kind": "folder", "name": str(left), "fleet": "up-0123"}]
    for args, dry in ((["--dry-run"], True), ([], False)):
        assert json.loads(cli("clean", "--json", *args).stdout) == {"schema": 1, "dry_run": dry, "found": found}
    assert json.loads(cli("clean", "--json").stdout)["found"] == []
