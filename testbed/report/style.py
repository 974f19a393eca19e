"""Colour and width of a stream. NO_COLOR beats FORCE_COLOR beats what the stream is; TESTBED_FORCE_TTY=WIDTH makes it
a terminal of that width."""

from __future__ import annotations

import os
import shutil
from typing import TextIO

CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Style:
    """How to write on one stream."""

    def __init__(self, stream: TextIO) -> None:
        forced = os.environ.get("TESTBED_FORCE_TTY", "")
        self.is_terminal = bool(forced) or (
            stream.isatty() and os.environ.get("TERM") != "dumb" and "CI" not in os.environ
        )
        self.width = (
            int(forced) if forced.isdigit() and int(forced) > 1 else shutil.get_terminal_size((100, 24)).columns
        )
        self._colour = not os.environ.get("NO_COLOR") and (bool(os.environ.get("FORCE_COLOR")) or self.is_terminal)

    def __call__(self, text: str, *names: str) -> str:
        if not self._colour or not names:
            return text
        return f"\x1b[{';'.join(CODES[name] for name in names)}m{text}\x1b[0m"
