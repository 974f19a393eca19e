"""test and [ (POSIX.1-2017, test)."""

from __future__ import annotations

import stat
from collections.abc import Callable

from testbed.virtual.android.commands.call import Call, Commands

TRUE, FALSE, BAD = 0, 1, 2


class Malformed(Exception):
    """An expression that is none."""


async def test(call: Call) -> int:
    args = list(call.args)
    if call.name in {"[", "[["}:
        if args[-1:] != ["]" * len(call.name)]:
            return await call.fail(f"missing {']' * len(call.name)}", BAD)
        args.pop()
    try:
        return TRUE if _either(call, args) else FALSE
    except Malformed as problem:
        return await call.fail(str(problem), BAD)


def _either(call: Call, args: list[str]) -> bool:
    for operator, joined in (("-o", any), ("||", any), ("-a", all), ("&&", all)):
        if operator in args[1:-1] and len(args) > 3:
            at = args.index(operator, 1)
            return joined([_either(call, args[:at]), _either(call, args[at + 1 :])])
    return _one(call, args)


def _one(call: Call, args: list[str]) -> bool:
    match args:
        case []:
            return False
        case ["!", *rest]:
            return not _one(call, rest)
        case [text]:
            return bool(text)
        case ["-n", text]:
            return bool(text)
        case ["-z", text]:
            return not text
        case ["-t", _]:
            return False
        case [operator, path] if operator in _FILE:
            return _of_file(call, operator, path)
        case [left, "=" | "==", right]:
            return left == right
        case [left, "!=", right]:
            return left != right
        case [left, operator, right] if operator in _NUMBERS:
            try:
                return _NUMBERS[operator](int(left), int(right))
            except ValueError:
                raise Malformed(f"{left}: unexpected operator/operand") from None
    raise Malformed(f"{args[1] if len(args) > 1 else args[0]}: unexpected operator/operand")


def _of_file(call: Call, operator: str, path: str) -> bool:
    try:
        found = call.files.stat(call.real(path), follow=operator not in {"-L", "-h"})
    except OSError:
        return False
    if operator in "-r-w-x":
        return call.files.may(call.real(path), {"-r": 4, "-w": 2, "-x": 1}[operator])
    return _FILE[operator](found.mode, found.size)


_FILE: dict[str, Callable[[int, int], bool]] = {
    "-d": lambda mode, _: stat.S_ISDIR(mode),
    "-e": lambda *_: True,
    "-f": lambda mode, _: stat.S_ISREG(mode),
    "-h": lambda mode, _: stat.S_ISLNK(mode),
    "-L": lambda mode, _: stat.S_ISLNK(mode),
    "-r": lambda *_: True,
    "-s": lambda _, size: size > 0,
    "-w": lambda *_: True,
    "-x": lambda *_: True,
}
_NUMBERS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda left, right: left == right,
    "-ge": lambda left, right: left >= right,
    "-gt": lambda left, right: left > right,
    "-le": lambda left, right: left <= right,
    "-lt": lambda left, right: left < right,
    "-ne": lambda left, right: left != right,
}

COMMANDS: Commands = {"[": test, "[[": test, "test": test}
