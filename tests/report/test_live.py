"""A line a device while a run is on, in what a terminal then shows; and none of it where there is no terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

import pytest

from testbed import events
from testbed.report import Audience, Outputs, reporters
from testbed.report.text import width_of
from tests.report.conftest import Report
from tests.report.samples import HOSTILE, UNDECLARED, ended, started, verdict


class Screen(io.StringIO):
    """A terminal as far as the live lines use one: text, line feeds, one line up, a line cleared; colours are ignored.
    stdout and stderr at once."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = [""]
        self.row = 0

    def write(self, text: str) -> int:
        for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\n|[^\x1b\n]+", text):
            match part:
                case "\n":
                    self.row += 1
                    self.rows += [""] * (self.row + 1 - len(self.rows))
                case "\x1b[1A":
                    self.row -= 1
                    assert self.row >= 0, "above the top of the screen"
                case "\x1b[2K":
                    self.rows[self.row] = ""
                case str() if part.startswith("\x1b"):
                    assert part.endswith("m"), part
                case _:
                    self.rows[self.row] += part
        return len(text)

    @property
    def text(self) -> str:
        return "\n".join(self.rows).rstrip()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setenv("TESTBED_FORCE_TTY", "60")
    return Screen()


def shown(screen: Screen, stream: Sequence[events.Event]) -> Iterator[list[str]]:
    """The lines below the report's head after each event."""
    with Audience(reporters(Outputs(stdout=screen, stderr=screen)), on_loss=lambda _: None) as audience:
        for event in stream:
            audience.handle(event)
            yield screen.text.split("\n")[2:]


def state(device: str, what: str, detail: str = "") -> events.DeviceState:
    return events.DeviceState(device=device, state=what, detail=detail)  # type: ignore[arg-type]


def begins(run: str, scenario: str, device: str = "web-1") -> events.ScenarioStarted:
    return events.ScenarioStarted(run=run, scenario=scenario, target="web", device=device)


def step(run: str, index: int) -> events.StepPlayed:
    return events.StepPlayed(run=run, index=index, step={"do": "track"}, outcome="done")


TWO_DEVICES: list[tuple[events.Event, list[str]]] = [
    # (event, the lines that are there after it)
    (started("track", "group"), []),
    (state("web", "booting", "2 device(s)"), ["  web  booting  2 device(s)"]),
    (state("web-1", "ready"), []),
    (state("web-2", "ready"), []),
    (begins("r1", "track"), ["  web-1  track  loading"]),
    (begins("r2", "group", "web-2"), ["  web-1  track  loading", "  web-2  group  loading"]),
    (step("r1", 1), ["  web-1  track  step 2/2", "  web-2  group  loading"]),
    (step("r1", 2), ["  web-1  track  waiting for quiet", "  web-2  group  loading"]),
    (verdict(), ["  ✓ track  web   0.29 s", "  web-1  track  waiting for quiet", "  web-2  group  loading"]),
    (state("web-1", "ready"), ["  ✓ track  web   0.29 s", "  web-2  group  loading"]),
    (
        events.Faulted(kind="DeviceFault", message="gone", exit_code=6),
        ["  ✓ track  web   0.29 s", "testbed: gone", "  web-2  group  loading"],
    ),
    (ended(6, passed=1), ["  ✓ track  web   0.29 s", "testbed: gone", "", "no result: 1 not run, 1 passed in 1.2 s"]),
]  # fmt: skip


def test_a_line_a_device(screen: Screen):
    stream = [event for event, _ in TWO_DEVICES]
    for lines, (event, expected) in zip(shown(screen, stream), TWO_DEVICES, strict=True):
        assert lines == expected, event


def test_nothing_of_it_stays(screen: Screen):
    end = (verdict("failed", UNDECLARED), ended(1, failed=1))
    for _ in shown(screen, (started("track"), begins("r1", "track"), step("r1", 1), *end)):
        pass
    assert "loading" not in screen.text
    assert "web-1" not in screen.text
    assert screen.text.endswith("--last-failed")


def test_a_run_cut_short_clears_it_away(screen: Screen):
    for _ in shown(screen, (started("track"), begins("r1", "track"))):
        pass
    assert screen.text.split("\n")[2:] == ["no result: the run was cut short"]


@pytest.mark.parametrize("name", ["x" * 200, "完" * 200, HOSTILE * 10])
def test_a_line_is_never_wider_than_the_terminal(screen: Screen, name: str):
    """Else it would wrap, and its first part could not be erased."""
    *_, (line,) = shown(screen, (started("a"), begins("r1", name)))
    assert 50 < width_of(line) < 60


def test_more_devices_than_the_terminal_has_lines(screen: Screen):
    *_, last = shown(screen, (started("a"), *(begins(f"r{n}", "a", f"web-{n}") for n in range(40))))
    assert len(last) == 22  # of 24: the last line is the cursor's, and one is kept for what is printed


def test_no_terminal_no_lines(report: Report):
    told = report([event for event, _ in TWO_DEVICES])
    assert told.err.text == "testbed: gone\n"
    assert told.out.text.splitlines() == [
        "Acme 1.4.0  2 scenarios on web  sha256 0123456789ab",
        "",
        "  ✓ track  web   0.29 s",
        "",
        "no result: 1 not run, 1 passed in 1.2 s",
    ]


class Terminal(Screen):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("env", "lines"),
    [
        ({}, 1),
        # what cannot move its cursor, and what is kept as a log
        ({"TERM": "dumb"}, 0),
        ({"CI": "true"}, 0),
    ],
)
def test_what_counts_as_a_terminal(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], lines: int):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    *_, last = shown(Terminal(), (started("a"), begins("r1", "a")))
    assert len(last) == lines
