"""Strangers' text made fit to be shown: what a page sent or logged may hold anything."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

# What is no text for a terminal or a report: controls (every terminal escape begins with one), what turns the direction
# of writing (CVE-2021-42574) or cannot be seen, halves of surrogate pairs, and what XML 1.0 has no way to say.
_UNFIT = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff"
)  # fmt: skip
_IN_BLOCK = re.compile(f"[{_UNFIT}]")
_IN_LINE = re.compile(f"[\t\n{_UNFIT}]")

SPACE = re.compile("(?<! ) (?! )")
"""Where prose may be broken: a space alone, so that the broken lines can be put together again."""

AFTER_COMMA = re.compile("(?<=,) (?! )")
"""Where YAML's flow style may: it folds a line break into a space, but a key must stand on one line."""


def plain(text: str, limit: int = 20_000) -> str:
    """`text`, of one or more lines, no longer than `limit`, with what is unfit spelled out: ESC becomes `\\x1b`. It is
    not dropped: what was sent must be seen, and an escape that is never closed must not take the rest with it."""
    return _IN_BLOCK.sub(_spelled, _cut(text, limit))


def plain_line(text: str, limit: int = 2_000) -> str:
    """The same for what has one line only, so that no text can pass for a line of ours."""
    return _IN_LINE.sub(_spelled, _cut(text, limit))


def complaint(message: str, fix: str | None) -> str:
    """How an error is told on stderr, wherever it came from. Further lines are set in, so that none passes for ours."""
    parts = [f"testbed: {plain(message)}", *([f"  fix: {plain(fix)}"] if fix else [])]
    return "\n".join(part.replace("\n", "\n    ") for part in parts)


def width_of(text: str) -> int:
    """The columns that `text` takes on a terminal: some characters take two, some none."""
    return cell_len(text)


def padded(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))


def fitted(text: str, width: int) -> str:
    """`text`, cut to `width` columns."""
    return text if width_of(text) <= width else set_cell_size(text, max(0, width))


def wrapped(text: str, width: int, *, at: re.Pattern[str] = SPACE) -> list[str]:
    """The lines of `text`, broken at what `at` finds where they are wider than `width`. What has no such place stays
    whole: a URL or a path is there to be clicked or copied."""
    lines: list[str] = []
    for line in text.split("\n"):
        current, *pieces = at.split(line)
        for piece in pieces:
            if current and width_of(current) + 1 + width_of(piece) > width:
                lines.append(current)
                current = piece
            else:
                current = f"{current} {piece}"
        lines.append(current)
    return lines


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _spelled(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
