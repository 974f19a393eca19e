"""File names inside a plugin.zip: which are safe on every system, and when two of them mean the same file."""

from __future__ import annotations

import unicodedata

MAX_NAME_BYTES = 240
MAX_DEPTH = 16

# CON, NUL and the like open a device on Windows, whatever their extension (Microsoft, "Naming Files, Paths, and
# Namespaces"); the superscript digits count as digits there.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"}
)

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
"""Categories of controls, of what has no width, and of spaces, of which only the plain one is let through."""


def name_problem(name: str) -> str | None:
    """Why `name` may not stand in a plugin.zip, or None. A name is a relative POSIX path: `web/acme.js`."""
    if not name:
        return "is empty"
    if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES:
        return f"is longer than {MAX_NAME_BYTES} bytes"
    if any(unicodedata.category(char) in _UNSEEN and char != " " for char in name):
        return "holds a control or invisible character"
    if "\\" in name:
        return "holds a backslash: write /"
    if any(char in name for char in ':*?"<>|'):
        return 'holds one of : * ? " < > |, which is no file name on Windows'
    parts = name.split("/")
    if parts[0] == "":
        return "is absolute"
    if len(parts) > MAX_DEPTH:
        return f"is nested deeper than {MAX_DEPTH} folders"
    return next((problem for part in parts if (problem := _part_problem(part))), None)


def quoted(name: str) -> str:
    """`name` as a message has it: in quotes, control characters spelled out, cut where it is long."""
    return repr(name if len(name) <= MAX_NAME_BYTES else f"{name[:60]}…")


def same_file(name: str) -> str:
    """The key under which names are equal that some file system takes for one file: case and Unicode form ignored."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _part_problem(part: str) -> str | None:
    if part == "":
        return "holds an empty folder name"
    if part in {".", ".."}:
        return f"holds {part!r}"
    if part[-1] in ". ":
        return "has a part that ends in a dot or space"
    if part.partition(".")[0].rstrip().lower() in _RESERVED:
        return f"holds {part!r}, a device on Windows"
    return None
