"""A command line to a Script (POSIX.1-2017, Shell Command Language, 2.10.2)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

import msgspec

from testbed.virtual.android.shell.scanner import Scanner, SyntaxFault
from testbed.virtual.android.shell.syntax import (
    Case,
    Chain,
    Command,
    For,
    Group,
    If,
    Loop,
    Pipeline,
    Redirect,
    Script,
    Simple,
    Text,
    Word,
)

__all__ = ["SyntaxFault", "parse"]

ENDS = {"then", "do", "done", "fi", "else", "elif", "esac", "}"}
"""Reserved words that no command begins with: they end the script before them."""

MAX_SCRIPT = 1 << 16
"""Characters. What is larger is no script, and to look through it would hold all phones up."""

_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_WORD = re.compile(r"[a-z]+(?=[\s;&|()<>]|$)|[{}!](?=[\s;&|()]|$)")
_DESCRIPTOR = re.compile(r"[0-9](?=[<>])")


def parse(text: str) -> Script:
    """The script of a line, or of several. Raises SyntaxFault."""
    if len(text) > MAX_SCRIPT:
        raise SyntaxFault(f"a script of {len(text)} characters is not read by this phone; at most {MAX_SCRIPT} are")
    parser = _Parser(text)
    script = parser.script()
    if parser.scanner.at < len(text):
        raise parser.unexpected()
    return script


class _Parser:
    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text, self._substituted)

    def unexpected(self) -> SyntaxFault:
        word = self._reserved()
        return SyntaxFault(f"unexpected '{word}'") if word else self.scanner.unexpected()

    def script(self, *, needed: bool = False) -> Script:
        """Up to what no command begins with."""
        chains: list[Chain] = []
        with self.scanner.nested():
            self._skip_lines()
            while self._begins():
                chain = self._chain()
                self.scanner.skip_blanks()
                background = self.scanner.peek() == "&" and self.scanner.take("&")
                chains.append(msgspec.structs.replace(chain, background=background))
                if not (background or self._separator()):
                    break
                self._skip_lines()
        if needed and not chains:
            raise self.unexpected()
        return Script(tuple(chains))

    def _substituted(self) -> Script:
        script = self.script()
        self.scanner.expect(")")
        return script

    def _separator(self) -> bool:
        return self.scanner.peek(2) != ";;" and (self.scanner.take(";") or self.scanner.take("\n"))

    def _skip_lines(self) -> None:
        self.scanner.skip_blanks()
        while self.scanner.take("\n"):
            self.scanner.skip_blanks()

    def _begins(self) -> bool:
        return self.scanner.peek() not in {"", ")", ";", "&", "|"} and self._reserved() not in ENDS

    def _reserved(self, among: Collection[str] = ENDS) -> str:
        """The reserved word that comes next, if one does."""
        match = _WORD.match(self.scanner.text, self.scanner.at)
        return match[0] if match and match[0] in among else ""

    def _take(self, *words: str) -> str:
        self.scanner.skip_blanks()
        word = self._reserved(words)
        self.scanner.at += len(word)
        return word

    def _expect(self, *words: str) -> str:
        self._skip_lines()
        if not (word := self._take(*words)):
            raise self.unexpected()
        return word

    def _chain(self) -> Chain:
        first = self._pipeline()
        rest: list[tuple[Literal["&&", "||"], Pipeline]] = []
        while True:
            self.scanner.skip_blanks()
            if self.scanner.take("&&"):
                operator: Literal["&&", "||"] = "&&"
            elif self.scanner.take("||"):
                operator = "||"
            else:
                return Chain(first, tuple(rest))
            self._skip_lines()
            rest.append((operator, self._pipeline()))

    def _pipeline(self) -> Pipeline:
        negated = bool(self._take("!"))
        commands = [self._command()]
        while True:
            self.scanner.skip_blanks()
            if self.scanner.peek(2) == "||" or not self.scanner.take("|"):
                return Pipeline(tuple(commands), negated)
            self._skip_lines()
            commands.append(self._command())

    def _command(self) -> Command:
        self.scanner.skip_blanks()
        with self.scanner.nested():
            command = self._compound()
        if command is None:
            return self._simple()
        redirects: list[Redirect] = []
        while (redirect := self._redirect()) is not None:
            redirects += redirect
        return msgspec.structs.replace(command, redirects=tuple(redirects))

    def _compound(self) -> Command | None:
        if self.scanner.take("("):
            script = self.script(needed=True)
            self.scanner.expect(")")
            return Group(script, subshell=True)
        match self._take("{", "if", "while", "until", "for", "case"):
            case "{":
                script = self.script(needed=True)
                self._expect("}")
                return Group(script)
            case "if":
                return self._if()
            case "while" | "until" as word:
                condition = self.script(needed=True)
                return Loop(condition, self._body(), until=word == "until")
            case "for":
                return self._for()
            case "case":
                return self._case()
        return None

    def _body(self) -> Script:
        self._expect("do")
        body = self.script(needed=True)
        self._expect("done")
        return body

    def _if(self) -> If:
        branches: list[tuple[Script, Script]] = []
        otherwise = None
        word = "if"
        while word != "fi":
            if word == "else":
                otherwise = self.script(needed=True)
                self._expect("fi")
                break
            condition = self.script(needed=True)
            self._expect("then")
            branches.append((condition, self.script(needed=True)))
            word = self._expect("elif", "else", "fi")
        return If(tuple(branches), otherwise)

    def _for(self) -> For:
        self.scanner.skip_blanks()
        name = _literal(self.scanner.word())
        if not _ASSIGNMENT.fullmatch(f"{name}="):
            raise SyntaxFault(f"{name}: not an identifier")
        self._skip_lines()
        words: list[Word] | None = None
        if self._take("in"):
            words = []
            self.scanner.skip_blanks()
            while word := self.scanner.word():
                words.append(word)
                self.scanner.skip_blanks()
        self._separator()
        return For(name, None if words is None else tuple(words), self._body())

    def _case(self) -> Case:
        self.scanner.skip_blanks()
        word = self.scanner.word()
        self._expect("in")
        self._skip_lines()
        branches: list[tuple[tuple[Word, ...], Script]] = []
        while not self._take("esac"):
            self.scanner.take("(")
            patterns = []
            while True:
                self.scanner.skip_blanks()
                if not (pattern := self.scanner.word()):
                    raise self.unexpected()
                patterns.append(pattern)
                self.scanner.skip_blanks()
                if not self.scanner.take("|"):
                    break
            self.scanner.expect(")")
            branches.append((tuple(patterns), self.script()))
            self._skip_lines()
            if not self.scanner.take(";;"):
                self._expect("esac")
                break
            self._skip_lines()
        return Case(word, tuple(branches))

    def _simple(self) -> Simple:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        while True:
            self.scanner.skip_blanks()
            if (found := self._redirect()) is not None:
                redirects += found
            elif not words and (match := _ASSIGNMENT.match(self.scanner.text, self.scanner.at)):
                self.scanner.at = match.end()
                assignments.append((match[0][:-1], self.scanner.word()))
            elif word := self.scanner.word():
                words.append(word)
            elif self.scanner.peek() == "(" or not (words or assignments or redirects):
                raise self.unexpected()
            else:
                return Simple(tuple(assignments), tuple(words), tuple(redirects))

    def _redirect(self) -> list[Redirect] | None:
        self.scanner.skip_blanks()
        if self.scanner.peek(2) == "&>":
            self.scanner.at += 2
            return [Redirect(1, ">", self._target()), Redirect(2, "&", (Text("1"),))]
        match = _DESCRIPTOR.match(self.scanner.text, self.scanner.at)
        self.scanner.at += 1 if match else 0
        if self.scanner.peek(2) == "<<":
            raise SyntaxFault("here documents are not read by this phone")
        for sign, kind in _KINDS.items():
            if self.scanner.take(sign):
                descriptor = int(match[0]) if match else 0 if sign[0] == "<" else 1
                return [Redirect(descriptor, kind, self._target())]
        return None

    def _target(self) -> Word:
        self.scanner.skip_blanks()
        if not (word := self.scanner.word()):
            raise self.unexpected()
        return word


_KINDS: dict[str, Literal["<", ">", ">>", "&"]] = {">>": ">>", ">&": "&", "<&": "&", ">|": ">", ">": ">", "<": "<"}


def _literal(word: Word) -> str:
    return "".join(part.text for part in word if isinstance(part, Text))
