"""grep, egrep and fgrep (toybox: toys/posix/grep.c)."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import Options, read_options
from testbed.virtual.android.shell import lines
from testbed.virtual.android.shell.streams import Pieces

FOUND, MISSED, TROUBLE = 0, 1, 2
MAX_PATTERN = 1_000


async def grep(call: Call) -> int:
    options = read_options(call.name, call.args, "EFGHRabcehilLnoqrsvwxz", "mABCe")
    rest = list(options.rest)
    pattern = options.values.get("e") or (rest.pop(0) if rest else "")
    if not pattern and "e" not in options and not options.rest:
        return await call.fail("no REGEX", TROUBLE)
    try:
        wanted = _compiled(pattern, options, call.name)
    except re.error as error:
        return await call.fail(f"bad REGEX '{pattern}': {error}", TROUBLE)
    code = MISSED
    named = (len(rest) > 1 and "h" not in options) or "H" in options
    for name in rest or ["-"]:
        try:
            if await _search(call, options, wanted, name, named=named):
                code = FOUND if code != TROUBLE else code
                if "q" in options:
                    return FOUND
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            code = TROUBLE
            if "s" not in options:
                await call.err(f"grep: {name}: {error.strerror}\n")
    return code


async def _search(call: Call, options: Options, wanted: re.Pattern[bytes], name: str, *, named: bool) -> int:
    """Show the lines of a file that match; how many there are."""
    count, number = 0, 0
    most = options.number("m", 1 << 62)
    prefix = f"{name}:".encode() if named else b""
    async with aclosing(_lines(call, name)) as found:
        async for line in found:
            number += 1
            text = line.rstrip(b"\n")
            match = wanted.search(text)
            if (match is None) != ("v" in options):
                continue
            count += 1
            if "q" in options or "l" in options:
                break
            if "c" not in options and "L" not in options:
                at = prefix + (f"{number}:".encode() if "n" in options else b"")
                shown = [each[0] for each in wanted.finditer(text) if each[0]] if "o" in options else [text]
                await call.out(b"".join(at + each + b"\n" for each in shown))
            if count >= most:
                break
    if "c" in options:
        await call.out(prefix + f"{count}\n".encode())
    if ("l" in options and count) or ("L" in options and not count):
        await call.out(f"{name}\n")
    return count


async def _lines(call: Call, name: str) -> AsyncGenerator[bytes, None]:
    async for line in lines(call.stdin if name == "-" else Pieces(call.pieces(name))):
        yield line


def _compiled(pattern: str, options: Options, name: str) -> re.Pattern[bytes]:
    """POSIX' notation to Python's, as far as they differ. A bound on its length bounds what matching can cost."""
    if len(pattern) > MAX_PATTERN:
        raise re.error("too long")
    if "F" in options or name == "fgrep":
        pattern = "|".join(re.escape(each) for each in pattern.split("\n"))
    elif "E" not in options and name != "egrep":
        # In basic expressions the backslash gives these their meaning, and its absence takes it.
        pattern = re.sub(r"(\\?)([(){}|+?])", lambda match: match[2] if match[1] else "\\" + match[2], pattern)
    for named, span in (
        ("space", r"\s"),
        ("digit", "0-9"),
        ("alpha", "a-zA-Z"),
        ("alnum", "a-zA-Z0-9"),
        ("upper", "A-Z"),
        ("lower", "a-z"),
    ):
        pattern = pattern.replace(f"[:{named}:]", span)
    if "w" in options:
        pattern = rf"\b(?:{pattern})\b"
    if "x" in options:
        pattern = rf"^(?:{pattern})$"
    return re.compile(pattern.encode(), re.IGNORECASE if "i" in options else 0)


COMMANDS: Commands = {"egrep": grep, "fgrep": grep, "grep": grep}
