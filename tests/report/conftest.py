from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from testbed import events
from testbed.errors import EnvironmentFault
from testbed.report import Audience, Outputs, reporters


class Console(TextIOWrapper):
    """What a reporter takes for stdout or stderr, and what it wrote there."""

    def __init__(self) -> None:
        super().__init__(BytesIO(), encoding="utf-8", errors="strict", write_through=True)

    @property
    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, BytesIO)
        return buffer.getvalue().decode()


class Told:
    """What a run of these events left."""

    def __init__(self) -> None:
        self.out, self.err = Console(), Console()
        self.lost: list[EnvironmentFault] = []
        self.exit_code = -1


Report = Callable[..., Told]


@pytest.fixture
def report() -> Report:
    """The run's own way: reporters as the outputs ask for, each told every event, and closed."""

    def told(stream: Iterable[events.Event], **outputs: Any) -> Told:
        left = Told()
        asked = Outputs(stdout=left.out, stderr=left.err, **outputs)
        with Audience(reporters(asked), on_loss=left.lost.append) as audience:
            for event in stream:
                audience.handle(event)
        left.exit_code = audience.exit_code
        return left

    return told


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("NO_COLOR", "FORCE_COLOR", "TESTBED_FORCE_TTY", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.chdir(tmp_path)
