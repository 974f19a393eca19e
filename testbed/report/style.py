"""Colour and width of a stream. NO_COLOR beats FORCE_COLOR beats what the stream is; TESTBED_FORCE_TTY=WIDTH makes it
a terminal of that width, and anything else in it a terminal."""

from __future__ import annotations

import os
from typing import TextIO

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

WIDTH = 100
"""Columns where no terminal tells."""

HEIGHT = 24


class Style:
    """How to write on one stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._forced = os.environ.get("TESTBED_FORCE_TTY", "")
        self.is_terminal = bool(self._forced) or (
            stream.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ
        )
        asked = os.environ.get("FORCE_COLOR", "") not in {"", "0"}
        self._colour = not os.environ.get("NO_COLOR") and (asked or self.is_terminal)

    def __call__(self, text: str, *names: str) -> str:
        if not self._colour or not names or not text:
            return text
        return f"\x1b[{';'.join(CODES[name] for name in names)}m{text}\x1b[0m"

    @property
    def size(self) -> os.terminal_size:
        """Columns and lines as they are now: a window can change while a run is on."""
        if self._forced.isdecimal() and int(self._forced) > 1:
            return os.terminal_size((int(self._forced), HEIGHT))
        try:
            found = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            found = os.terminal_size((0, 0))
        return os.terminal_size((found.columns or WIDTH, found.lines or HEIGHT))
