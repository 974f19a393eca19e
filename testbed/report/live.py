"""One line a device, kept up to date below the report while a run is on. Nothing of it on what is no terminal, except
how the devices boot, which can take long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from testbed import events
from testbed.report.style import Style
from testbed.report.text import plain

UP_AND_CLEAR = "\x1b[1A\x1b[2K"


class LiveLines:
    """The lines, on `stream`. Whoever prints elsewhere on the same terminal does so `aside`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._style = Style(stream)
        self._lines: dict[str, str] = {}
        self._steps: dict[str, int] = {}
        self._device_of: dict[str, str] = {}
        self._shown = 0

    def handle(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self._steps = {item.run: item.steps for item in event.plan}
            case events.DeviceState(state="booting"):
                self._tell(event.device, f"booting  {plain(event.detail)}")
            case events.DeviceState(state="ready" | "closed"):
                self._lines.pop(event.device, None)
                # A boot is announced under the name of what was asked for; the devices then have names of their own.
                self._lines.pop(event.device.rpartition("-")[0], None)
                self._draw()
            case events.ScenarioStarted():
                self._device_of[event.run] = event.device
                self._tell(event.device, plain(event.scenario, 60))
            case events.StepPlayed():
                device = self._device_of.get(event.run, "")
                step = f"step {event.index}/{self._steps.get(event.run, 0)} {event.step.get('do')}"
                self._tell(device, f"{self._lines.get(device, '').partition('  step ')[0]}  {step}")

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The lines are gone while something else is printed, and come back after."""
        self._erase()
        yield
        self._draw()

    def close(self) -> None:
        self._lines = {}
        self._erase()

    def _tell(self, device: str, text: str) -> None:
        self._lines[device] = text
        self._draw()

    def _draw(self) -> None:
        if not self._style.is_terminal:
            return
        self._erase()
        for device, text in self._lines.items():
            line = f"  {device:<8} {text}"[: self._style.width - 1]
            self._stream.write(self._style(line, "dim") + "\n")
        self._shown = len(self._lines)
        self._stream.flush()

    def _erase(self) -> None:
        if self._shown:
            self._stream.write(UP_AND_CLEAR * self._shown)
            self._stream.flush()
            self._shown = 0
