"""Words to arguments: variables, substitutions, fields and file names (POSIX.1-2017, Shell Command Language, 2.6)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Awaitable, Callable

from testbed.virtual.android.shell.arithmetic import evaluate
from testbed.virtual.android.shell.state import State
from testbed.virtual.android.shell.syntax import Arithmetic, Part, Script, Substitution, Text, Variable, Word

_MAGIC = re.compile(r"[*?\[]")

Pieces = list[tuple[str, bool]]
"""A field in the making: texts, and whether each was quoted."""


class Unset(Exception):
    """`${name:?message}` of a variable that is not set."""


class Expander:
    """`output` runs a script and gives what it printed."""

    def __init__(self, state: State, output: Callable[[Script], Awaitable[str]]) -> None:
        self._state = state
        self._output = output

    async def fields(self, words: tuple[Word, ...]) -> list[str]:
        """The arguments that some words are."""
        found: list[str] = []
        for word in words:
            for pieces in await self._split(word):
                found += self._names(pieces)
        return found

    async def text(self, word: Word) -> str:
        """One word as one text: no fields, no file names."""
        return "".join([" ".join(await self._values(part)) for part in word])

    async def pattern(self, word: Word) -> str:
        """One word as a pattern of fnmatch, in which what was quoted is itself."""
        texts = [(" ".join(await self._values(part)), part.quoted) for part in word]
        return "".join(_escaped(text) if quoted else text for text, quoted in texts)

    async def _split(self, word: Word) -> list[Pieces]:
        fields: list[Pieces] = []
        current: Pieces | None = None
        for part in word:
            values = await self._values(part)
            for number, value in enumerate(values):
                if number:  # "$@"
                    fields.append(current or [])
                    current = None
                if part.quoted or isinstance(part, Text):
                    current = [*(current or []), (value, part.quoted)]
                    continue
                head, *rest = re.split(r"[ \t\n]+", value)
                if head:
                    current = [*(current or []), (head, False)]
                for each in rest:
                    if current is not None:
                        fields.append(current)
                    current = [(each, False)] if each else None
        return fields if current is None else [*fields, current]

    async def _values(self, part: Part) -> list[str]:
        match part:
            case Text():
                return [part.text]
            case Substitution():
                return [(await self._output(part.script)).rstrip("\n")]
            case Arithmetic():
                return [str(evaluate(await self.text(part.expression), self._value))]
            case Variable(name="@", quoted=True, operator=""):
                return list(self._state.arguments)
            case Variable():
                return [await self._variable(part)]

    async def _variable(self, part: Variable) -> str:
        value = self._value(part.name)
        operator = part.operator
        if operator == "length":
            return str(len(value or ""))
        missing = value is None or (operator.startswith(":") and not value)
        match operator.removeprefix(":"):
            case "-" if missing:
                return await self.text(part.word)
            case "=" if missing:
                self._state.variables[part.name] = await self.text(part.word)
                return self._state.variables[part.name]
            case "+":
                return "" if missing else await self.text(part.word)
            case "?" if missing:
                raise Unset(f"{part.name}: {await self.text(part.word) or 'parameter null or not set'}")
            case "#" | "##" | "%" | "%%":
                return _trimmed(value or "", operator, await self.pattern(part.word))
        return value or ""

    def _value(self, name: str) -> str | None:
        state = self._state
        match name:
            case "?":
                return str(state.status)
            case "$" | "!":
                return str(state.pid)
            case "#":
                return str(len(state.arguments))
            case "@" | "*":
                return " ".join(state.arguments)
            case "-":
                return ""
            case "0":
                return state.program
        if name.isdigit():
            return state.arguments[int(name) - 1] if int(name) <= len(state.arguments) else None
        return state.variables.get(name)

    def _names(self, pieces: Pieces) -> list[str]:
        """The files that a field names; itself where it has nothing to match, or nothing matches."""
        text = "".join(text for text, _ in pieces)
        if not any(_MAGIC.search(piece) for piece, quoted in pieces if not quoted):
            return [text]
        pattern = "".join(_escaped(piece) if quoted else piece for piece, quoted in pieces)
        return self._matching(pattern) or [text]

    def _matching(self, pattern: str) -> list[str]:
        found = ["/" if pattern.startswith("/") else ""]
        for part in pattern.strip("/").split("/"):
            there: list[str] = []
            for folder in found:
                prefix = f"{folder.rstrip('/')}/" if folder else ""
                try:
                    names = [each.name for each in self._state.files.list(self._state.absolute(folder or "."))]
                except OSError:
                    names = []
                if not _MAGIC.search(part):
                    names = [part]
                there += [
                    prefix + name
                    for name in names
                    if fnmatch.fnmatchcase(name, part) and (part.startswith(".") or not name.startswith("."))
                ]
            found = there
        return sorted(name for name in found if self._state.files.exists(self._state.absolute(name)))


def _escaped(text: str) -> str:
    return re.sub(r"[*?\[]", r"[\g<0>]", text)


def _trimmed(value: str, operator: str, pattern: str) -> str:
    """Without the shortest (or with the operator doubled the longest) beginning or end that matches."""
    ends = range(len(value) + 1)
    if operator.startswith("#"):
        order = ends if operator == "#" else reversed(ends)
        return next((value[end:] for end in order if fnmatch.fnmatchcase(value[:end], pattern)), value)
    order = reversed(ends) if operator == "%" else ends
    return next((value[:end] for end in order if fnmatch.fnmatchcase(value[end:], pattern)), value)
