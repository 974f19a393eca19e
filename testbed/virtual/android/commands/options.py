"""Short options as toybox reads them (its lib/args.c)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec


class Usage(Exception):
    """An argument that the command does not know; `str()` is what it says of it."""

    def __init__(self, text: str, code: int = 1) -> None:
        self.code = code
        super().__init__(text)


class Options(msgspec.Struct, frozen=True):
    """The letters that were given, the values of those that have one, and the other arguments."""

    letters: frozenset[str]
    values: Mapping[str, str]
    rest: Sequence[str]

    def __contains__(self, letter: str) -> bool:
        return letter in self.letters

    def number(self, letter: str, default: int) -> int:
        text = self.values.get(letter)
        if text is None:
            return default
        if not text.lstrip("+-").isdigit():
            raise Usage(f"not integer: {text}")
        return int(text)


def read_options(
    name: str, args: Sequence[str], flags: str, valued: str = "", *, long: Mapping[str, str] | None = None,
    least: int = 0, most: int | None = None, stop: bool = False,
) -> Options:  # fmt: skip
    """`flags` are letters without a value, `valued` those with one; `long` maps a --word to its letter. `stop`: options
    end at the first argument. Raises Usage for any other, and where there are too few or too many arguments."""
    letters: set[str] = set()
    values: dict[str, str] = {}
    rest: list[str] = []
    left = list(args)
    while left:
        arg = left.pop(0)
        if arg == "--":
            rest += left
            break
        if arg.startswith("--"):
            word, equals, value = arg[2:].partition("=")
            letter = (long or {}).get(word)
            if letter is None:
                raise Usage(f"Unknown option '{word}' (see \"{name} --help\")")
            letters.add(letter)
            if letter in valued:
                values[letter] = value if equals else _value(name, letter, left)
        elif arg.startswith("-") and len(arg) > 1 and not (stop and rest):
            _letters(name, arg[1:], flags, valued, letters, values, left)
        else:
            rest.append(arg)
            if stop:
                rest += left
                break
    if len(rest) < least:
        raise Usage(f'Needs {least} argument{"s" if least > 1 else ""} (see "{name} --help")')
    if most is not None and len(rest) > most:
        raise Usage(f'Max {most} argument{"s" if most > 1 else ""} (see "{name} --help")')
    return Options(frozenset(letters), values, rest)


def _letters(
    name: str, text: str, flags: str, valued: str, letters: set[str], values: dict[str, str], left: list[str]
) -> None:
    while text:
        letter, text = text[0], text[1:]
        if letter in valued:
            letters.add(letter)
            values[letter] = text or _value(name, letter, left)
            return
        if letter not in flags:
            raise Usage(f"Unknown option '{letter}' (see \"{name} --help\")")
        letters.add(letter)


def _value(name: str, letter: str, left: list[str]) -> str:
    if not left:
        raise Usage(f'Missing argument to -{letter} (see "{name} --help")')
    return left.pop(0)
