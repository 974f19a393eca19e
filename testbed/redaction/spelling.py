"""One text in every way of writing it: escaped for JSON, HTML or a URL, once or several times over, and in base64."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from html import escape as html_escape

_BACKSLASH = r"(?:\\|%(?:25)*5[cC])"
"""As it is, or in a URL that may itself stand in a URL: %5C, %255C."""

_SHORTEST_BASE64 = 8


def pattern_of(value: str) -> re.Pattern[str]:
    """What finds `value` however each of its characters is written."""
    return re.compile("".join(map(_spelled, value)))


def pattern_of_number(digits: str) -> re.Pattern[str]:
    """What finds a number where it is one: not within a longer one."""
    return re.compile(rf"(?<![\d.]){re.escape(digits)}(?!\d)")


def anchor_of(value: str) -> str:
    """The longest part of `value` that no way of writing changes: where that is not, `value` is not either."""
    return max(re.findall(r"[A-Za-z0-9_-]+", value), key=len, default="")


def base64_of(value: str) -> Iterator[str]:
    """What is the same of `value` in base64, whatever stands before and after it: one for each of the three offsets,
    in either alphabet. Characters that hold bits of its neighbours are left out."""
    raw = value.encode("utf-8", "surrogatepass")
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + raw).decode()
        whole = text[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
        if len(whole) >= _SHORTEST_BASE64:
            yield from {whole, whole.replace("+", "-").replace("/", "_")}


def _spelled(char: str) -> str:
    """An expression for one character."""
    if re.fullmatch("[A-Za-z0-9_-]", char):
        return char
    raw = char.encode("utf-8", "surrogatepass")
    # Bodies are searched as Latin-1, which takes any byte for a character.
    ways = {re.escape(char), re.escape(raw.decode("latin-1"))}
    ways.add("".join(f"%(?:25)*(?i:{byte:02x})" for byte in raw))
    if 0x80 <= ord(char) <= 0xFF:  # in what a page throws, Chromium takes Latin-1 for signed bytes
        ways.add(chr(0xFF00 | ord(char)))
    if (named := html_escape(char)) != char:
        ways.add(f"&(?:{named[1:-1]}|#{ord(char)}|#(?i:x{ord(char):x}));")
    if char == " ":
        ways.add(r"\+")
    if (short := json.dumps(char)[1:-1])[1:] in {*"bfnrt"}:
        ways.add(f"{_BACKSLASH}+{short[1]}")
    ways.add("".join(f"{_BACKSLASH}+(?i:u{unit:04x})" for unit in _utf16(char)))
    one_of = "|".join(sorted(ways, key=len, reverse=True))
    if char == "\\":
        return f"(?:{_BACKSLASH}|{one_of})+"
    # A quote and a slash may be escaped, and stay what they are.
    return f"{_BACKSLASH}*(?:{one_of})" if char in "\"'/`" else f"(?:{one_of})"


def _utf16(char: str) -> list[int]:
    raw = char.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
