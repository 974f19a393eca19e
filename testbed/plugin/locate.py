"""Where each key of a TOML file stands. `tomllib` gives values without positions; this gives positions without values.

It only reads what `tomllib` has already accepted, so it looks for boundaries and leaves all checking to it.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

from testbed.errors import Place

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|(?!""").)*"{3,5}'
    r"|'''(?:(?!''').)*'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}\n#]+")


def locate(text: str, *, file: str) -> dict[str, Place]:
    """Each key path of `text`, dotted, array items by index (`stub.0.host`), with its place. `text` must be valid
    TOML with \\n line ends."""
    return _Scanner(text, file).scan()


def nearest_place(places: Mapping[str, Place], keys: tuple[str | int, ...]) -> Place | None:
    """The place of the key path, or of the closest part of it that the file spells out."""
    for length in range(len(keys), 0, -1):
        if (place := places.get(dotted(keys[:length]))) is not None:
            return place
    return None


def dotted(keys: tuple[str | int, ...]) -> str:
    return ".".join(str(key) for key in keys)


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._at = 0
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._places: dict[str, Place] = {}
        self._tables: dict[str, int] = {}  # how many [[tables]] each array has so far

    def scan(self) -> dict[str, Place]:
        table: tuple[str, ...] = ()
        self._skip_blank()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()
        return self._places

    def _header(self) -> tuple[str, ...]:
        start = self._at
        is_array = self._text.startswith("[[", start)
        self._at += 2 if is_array else 1
        path: tuple[str, ...] = ()
        keys = self._key()
        self._at += 2 if is_array else 1
        for index, key in enumerate(keys):
            path = (*path, key)
            if is_array and index == len(keys) - 1:
                self._tables[dotted(path)] = self._tables.get(dotted(path), 0) + 1
            self._note(path, start)
            if (count := self._tables.get(dotted(path), 0)) > 0:
                path = (*path, str(count - 1))
                self._note(path, start)
        return path

    def _pair(self, table: tuple[str, ...]) -> None:
        start = self._at
        keys = self._key()
        self._at += 1  # the equals sign
        self._skip_blank()
        for length in range(1, len(keys) + 1):
            self._note((*table, *keys[:length]), start)
        self._value((*table, *keys))

    def _key(self) -> tuple[str, ...]:
        """A dotted key; stops at what follows it: `=` or `]`."""
        parts: list[str] = []
        while True:
            self._skip_blank()
            if bare := _BARE_KEY.match(self._text, self._at):
                parts.append(bare.group())
                self._at = bare.end()
            else:
                quoted = self._string()
                parts.append(str(tomllib.loads(f"key = {quoted}")["key"]))
            self._skip_blank()
            if self._text[self._at] != ".":
                return tuple(parts)
            self._at += 1

    def _value(self, path: tuple[str, ...]) -> None:
        first = self._text[self._at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._string()
        else:
            plain = _PLAIN.match(self._text, self._at)
            assert plain is not None
            self._at = plain.end()

    def _array(self, path: tuple[str, ...]) -> None:
        self._at += 1
        index = 0
        while self._more("]"):
            item = (*path, str(index))
            self._note(item, self._at)
            self._value(item)
            index += 1

    def _inline_table(self, path: tuple[str, ...]) -> None:
        self._at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, end: str) -> bool:
        """Whether another item follows; moves to it, or past `end`."""
        self._skip_blank()
        if self._text[self._at] == ",":
            self._at += 1
            self._skip_blank()
        if self._text[self._at] == end:
            self._at += 1
            return False
        return True

    def _string(self) -> str:
        match = _STRING.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        return match.group()

    def _skip_blank(self) -> None:
        match = _BLANK.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _note(self, path: tuple[str, ...], offset: int) -> None:
        line = bisect_right(self._lines, offset)
        place = Place(self._file, line, offset - self._lines[line - 1] + 1)
        self._places.setdefault(dotted(path), place)
