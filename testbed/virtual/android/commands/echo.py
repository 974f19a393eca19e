"""echo and printf (mksh's own)."""

from __future__ import annotations

import re

from testbed.virtual.android.commands.call import Call, Commands

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}


async def echo(call: Call) -> int:
    args, end, escapes = list(call.args), "\n", False
    while args and re.fullmatch(r"-[neE]+", args[0]):
        end = "" if "n" in args[0] else end
        escapes = "e" in args[0] or (escapes and "E" not in args[0])
        args.pop(0)
    text = " ".join(args)
    await call.out((_unescaped(text) if escapes else text) + end)
    return 0


async def printf(call: Call) -> int:
    if not call.args:
        return await call.fail('Needs 1 argument (see "printf --help")')
    form, *values = call.args
    while True:
        text, used = _formed(form, values)
        await call.out(text)
        values = values[used:]
        if not values or not used:
            return 0


def _formed(form: str, values: list[str]) -> tuple[str, int]:
    """One pass of the format, and how many values it took."""
    used = 0

    def value(match: re.Match[str]) -> str:
        nonlocal used
        flags, kind = match.groups()
        if kind == "%":
            return "%"
        text = values[used] if used < len(values) else ""
        used += 1
        if kind in "dixXou":
            number = int(text) if re.fullmatch(r"-?\d{1,18}", text) else 0
            return f"%{flags}{kind}" % number
        return f"%{flags}s" % (_unescaped(text) if kind == "b" else text)

    return re.sub(r"%([-+ 0#]?\d{0,3}(?:\.\d{1,3})?)([dixXousb%])", value, _unescaped(form)), used


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        if octal := match[1]:
            return chr(int(octal, 8) & 0xFF)
        if hexadecimal := match[2]:
            return chr(int(hexadecimal, 16))
        return _ESCAPES.get(match[3], match[0])

    return re.sub(r"\\(?:0?([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", one, text)


COMMANDS: Commands = {"echo": echo, "printf": printf}
