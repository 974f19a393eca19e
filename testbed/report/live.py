"""One line a device, kept up to date below the report while a run is on. On what is no terminal there is none of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from testbed import events
from testbed.report.style import Style
from testbed.report.text import fitted, padded, plain_line

UP_AND_CLEAR = "\x1b[1A\x1b[2K"


class LiveLines:
    """The lines, on `stream`. Whoever prints elsewhere on the same terminal does so `aside`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._style = Style(stream)
        self._doing: dict[str, str] = {}
        self._steps: dict[str, int] = {}
        self._at: dict[str, tuple[str, str]] = {}
        self._shown = 0

    def handle(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self._steps = {item.run: item.steps for item in event.plan}
            case events.DeviceState(state="booting"):
                self._tell(event.device, f"booting  {event.detail}")
            case events.DeviceState(state="ready" | "failed"):
                self._doing.pop(event.device, None)
                # A boot is announced under the name of what was asked for; the devices then have names of their own.
                self._doing.pop(event.device.rpartition("-")[0], None)
                self._draw()
            case events.ScenarioStarted():
                self._at[event.run] = (event.device, event.scenario)
                self._tell(event.device, f"{event.scenario}  loading")
            case events.StepPlayed():
                self._tell_next(event)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The lines are gone while something else is printed, and come back after."""
        self._erase()
        yield
        self._draw()

    def close(self) -> None:
        self._doing = {}
        self._erase()

    def _tell_next(self, event: events.StepPlayed) -> None:
        """A step is told of once it was played, so what goes on is the one after it."""
        device, scenario = self._at.get(event.run, ("", ""))
        steps = self._steps.get(event.run, 0)
        doing = f"step {event.index + 1}/{steps}" if event.index < steps else "waiting for quiet"
        self._tell(device, f"{scenario}  {doing}")

    def _tell(self, device: str, doing: str) -> None:
        self._doing[device] = doing
        self._draw()

    def _draw(self) -> None:
        if not self._style.is_terminal:
            return
        self._erase()
        size = self._style.size
        names = max((len(device) for device in self._doing), default=0)
        # A line that wraps, or one above the top of the window, could not be erased again.
        for device, doing in list(self._doing.items())[: size.lines - 2]:
            line = fitted(f"  {padded(plain_line(device), names)}  {plain_line(doing)}", size.columns - 1)
            self._stream.write(self._style(line, "dim") + "\n")
            self._shown += 1
        self._stream.flush()

    def _erase(self) -> None:
        if self._shown:
            self._stream.write(UP_AND_CLEAR * self._shown)
            self._stream.flush()
            self._shown = 0
