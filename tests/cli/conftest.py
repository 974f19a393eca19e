from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from testbed.cli import app
from tests.cli.fleet import PretendFleet
from tests.web_alone import EXAMPLES, web_alone

ACME = EXAMPLES / "acme"

Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in os.environ:
        if name.startswith("TESTBED_") or name in {"NO_COLOR", "FORCE_COLOR", "CI"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("TERM", "xterm")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def cli() -> Cli:
    """`testbed ARGS` in this process: its exit_code, stdout and stderr."""
    return lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture
def acme() -> Path:
    """examples/acme in the current folder, to be changed."""
    return web_alone("acme", Path("acme"))


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[PretendFleet]:
    """A fleet that is up, as far as the command line can tell."""
    (tmp_path / "run").mkdir(mode=0o700)
    with PretendFleet(tmp_path / "run" / "control.sock") as fleet:
        yield fleet
