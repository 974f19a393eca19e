"""Printing for people: indents, line breaks where there is a terminal, and no two empty lines in a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TextIO

from testbed.report.style import Style
from testbed.report.text import AFTER_COMMA, SPACE, wrapped

NARROWEST = 40


class Page:
    """What is printed on one stream. On what is no terminal nothing is broken: there, lines are searched and cut by
    programs. `aside` is entered while a line is printed, for what else is on the terminal."""

    def __init__(self, stream: TextIO, style: Style, aside: Callable[[], AbstractContextManager[None]]) -> None:
        self._stream = stream
        self._style = style
        self._aside = aside
        self._blank = True

    def line(self, text: str) -> None:
        with self._aside():
            self._stream.write(text + "\n")
            self._stream.flush()
        self._blank = not text

    def gap(self) -> None:
        """An empty line, where there is none yet."""
        if not self._blank:
            self.line("")

    def block(self, text: str, indent: int, *names: str, lead: str = "", lead_in: Sequence[str] = ("bold",)) -> None:
        """Prose at `indent` in the styles `names`; what it begins with in those of `lead_in`."""
        for number, line in enumerate(self._lines(text, indent)):
            head, rest = (lead, line.removeprefix(lead)) if number == 0 else ("", line)
            self.line(f"{' ' * indent}{self._style(head, *lead_in)}{self._style(rest, *names)}")

    def tagged(self, tag: str, colour: str, text: str, *, where: str = "") -> None:
        """Prose to the right of a short word, and dimmed below it where it is from."""
        width = max(7, len(tag))
        for number, line in enumerate(self._lines(text, 8 + width)):
            head = self._style(tag.ljust(width), colour) if number == 0 else " " * width
            self.line(f"      {head}  {line}")
        if where:
            self.line(f"{' ' * (8 + width)}{self._style(where, 'dim')}")

    def paste(self, text: str, indent: int) -> None:
        """YAML or TOML to be copied: broken only where it means the same."""
        for line in text.split("\n"):
            for number, part in enumerate(self._lines(line, indent + 4, at=AFTER_COMMA)):
                self.line(f"{' ' * (indent + 4 * (number > 0))}{self._style(part, 'cyan')}")

    def _lines(self, text: str, indent: int, at: re.Pattern[str] = SPACE) -> list[str]:
        if not self._style.is_terminal:
            return text.split("\n")
        return wrapped(text, max(NARROWEST, self._style.size.columns - indent), at=at)
