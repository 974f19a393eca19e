"""Characters to words: quoting and what `$` begins (POSIX.1-2017, Shell Command Language, 2.2 and 2.6)."""

from __future__ import annotations

from collections.abc import Callable

from testbed.virtual.android.shell.syntax import Arithmetic, Part, Script, Substitution, Text, Variable, Word

SPECIAL = "?$!#@*-0123456789"
BREAKS = " \t\n;&|<>()"
MAX_DEPTH = 40
"""Of what is nested; mksh has no limit, and a stack that ends."""

OPERATORS = (":-", ":=", ":+", ":?", "-", "=", "+", "?", "##", "#", "%%", "%")


class SyntaxFault(Exception):
    """A line that is no shell's, and what was unexpected in it."""


class Scanner:
    """`script` parses, from where the scanner is, up to and with a closing parenthesis."""

    def __init__(self, text: str, script: Callable[[], Script]) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self._script = script

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def take(self, wanted: str) -> bool:
        """Step over `wanted`, if that comes next."""
        if self.text.startswith(wanted, self.at):
            self.at += len(wanted)
            return True
        return False

    def expect(self, wanted: str) -> None:
        if not self.take(wanted):
            raise self.unexpected()

    def unexpected(self) -> SyntaxFault:
        found = self.peek()
        return SyntaxFault(
            f"unexpected '{found}'" if found.strip() else "unexpected EOF" if not found else "unexpected newline"
        )

    def skip_blanks(self) -> None:
        while True:
            while self.peek() in {" ", "\t"}:
                self.at += 1
            if self.take("\\\n"):
                continue
            if self.peek() == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            return

    def nested(self) -> Nested:
        return Nested(self)

    def word(self, breaks: str = BREAKS) -> Word:
        """Up to the next of `breaks`; () where there is none."""
        parts: list[Part] = []
        while (char := self.peek()) and char not in breaks:
            parts += self._part(char, breaks)
        return tuple(parts)

    def _part(self, char: str, breaks: str) -> list[Part]:
        if char == "'":
            end = self.text.find("'", self.at + 1)
            if end < 0:
                raise SyntaxFault("no closing quote")
            text, self.at = self.text[self.at + 1 : end], end + 1
            return [Text(text, quoted=True)]
        if char == '"':
            self.at += 1
            return self._double()
        if char == "\\":
            self.at += 1
            escaped = self.peek()
            self.at += 1
            return [] if escaped == "\n" else [Text(escaped or "\\", quoted=True)]
        if char == "$":
            return [self._dollar(quoted=False)]
        if char == "`":
            return [self._backticks(quoted=False)]
        start = self.at
        while (char := self.peek()) and char not in breaks and char not in "'\"\\$`":
            self.at += 1
        return [Text(self.text[start : self.at])]

    def _double(self) -> list[Part]:
        parts: list[Part] = [Text("", quoted=True)]
        text = ""
        while (char := self.peek()) != '"':
            if not char:
                raise SyntaxFault("no closing quote")
            if char in "$`":
                if text:
                    parts.append(Text(text, quoted=True))
                    text = ""
                parts.append(self._dollar(quoted=True) if char == "$" else self._backticks(quoted=True))
                continue
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in {"$", "`", '"', "\\", "\n"}:
                self.at += 1
                char = self.peek().strip("\n")
            text += char
            self.at += 1
        self.at += 1
        return [*parts, Text(text, quoted=True)] if text else parts

    def _dollar(self, *, quoted: bool) -> Part:
        self.at += 1
        with self.nested():
            if self.take("(("):
                return Arithmetic(self._arithmetic(), quoted=quoted)
            if self.take("("):
                return Substitution(self._script(), quoted=quoted)
            if self.take("{"):
                return self._braced(quoted)
        if name := self._name():
            return Variable(name, quoted=quoted)
        return Text("$", quoted=quoted)

    def _arithmetic(self) -> Word:
        """Up to and with the two parentheses that belong to none before."""
        parts: list[Part] = []
        depth = 0
        while depth or not self.take("))"):
            parts += self.word(breaks="()")
            if self.take("("):
                depth += 1
                parts.append(Text("("))
            elif depth and self.take(")"):
                depth -= 1
                parts.append(Text(")"))
            elif self.peek(2) != "))":
                raise self.unexpected()
        return tuple(parts)

    def _braced(self, quoted: bool) -> Variable:
        if self.peek() == "#" and self.peek(2) != "#}":
            self.at += 1
            name = self._name()
            self.expect("}")
            return Variable(name, "length", quoted=quoted)
        if not (name := self._name()):
            raise SyntaxFault("bad substitution")
        operator = next((each for each in OPERATORS if self.take(each)), "")
        word = self.word(breaks="}") if operator else ()
        if not self.take("}"):
            raise SyntaxFault("bad substitution")
        return Variable(name, operator, word, quoted=quoted)

    def _name(self) -> str:
        if self.peek() and self.peek() in SPECIAL:
            self.at += 1
            return self.text[self.at - 1]
        start = self.at
        while (char := self.peek()) and char.isascii() and (char.isalnum() or char == "_"):
            self.at += 1
        return self.text[start : self.at]

    def _backticks(self, *, quoted: bool) -> Substitution:
        """The old form: its content loses one level of backslashes, and is a script of its own."""
        end = self.at + 1
        content = ""
        while (char := self.text[end : end + 1]) != "`":
            if not char:
                raise SyntaxFault("no closing quote")
            if char == "\\" and self.text[end + 1 : end + 2] in {"$", "`", "\\"}:
                end += 1
                char = self.text[end]
            content += char
            end += 1
        after, whole = end + 1, self.text
        with self.nested():
            self.text, self.at = f"{content})", 0
            script = self._script()
            if self.at != len(self.text):
                raise self.unexpected()
        self.text, self.at = whole, after
        return Substitution(script, quoted=quoted)


class Nested:
    """One level more, for the time of the context."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner

    def __enter__(self) -> None:
        self._scanner.depth += 1
        if self._scanner.depth > MAX_DEPTH:
            raise SyntaxFault("too much is nested")

    def __exit__(self, *_: object) -> None:
        self._scanner.depth -= 1
