"""What a command line is made of (POSIX.1-2017, Shell Command Language, 2.10)."""

from __future__ import annotations

from typing import Literal

import msgspec


class Text(msgspec.Struct, frozen=True):
    text: str
    quoted: bool = False


class Variable(msgspec.Struct, frozen=True):
    """`$name`, or `${name operator word}`; the operators are those of 2.6.2, and "#" in front for the length."""

    name: str
    operator: str = ""
    word: Word = ()
    quoted: bool = False


class Substitution(msgspec.Struct, frozen=True):
    """`$(script)`"""

    script: Script
    quoted: bool = False


class Arithmetic(msgspec.Struct, frozen=True):
    """`$((expression))`"""

    expression: Word
    quoted: bool = False


Part = Text | Variable | Substitution | Arithmetic
Word = tuple[Part, ...]


class Redirect(msgspec.Struct, frozen=True):
    """`descriptor` kind `target`; of "&" the target is another descriptor."""

    descriptor: int
    kind: Literal["<", ">", ">>", "&"]
    target: Word


class Simple(msgspec.Struct, frozen=True):
    """A command with its arguments; without any, its assignments stay."""

    assignments: tuple[tuple[str, Word], ...] = ()
    words: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """`{ script; }`, or `(script)` in a subshell."""

    script: Script
    subshell: bool = False
    redirects: tuple[Redirect, ...] = ()


class If(msgspec.Struct, frozen=True):
    branches: tuple[tuple[Script, Script], ...]
    otherwise: Script | None = None
    redirects: tuple[Redirect, ...] = ()


class Loop(msgspec.Struct, frozen=True):
    """While the condition's status is 0, or until it is."""

    condition: Script
    body: Script
    until: bool = False
    redirects: tuple[Redirect, ...] = ()


class For(msgspec.Struct, frozen=True):
    """`words` None: the positional parameters."""

    name: str
    words: tuple[Word, ...] | None
    body: Script
    redirects: tuple[Redirect, ...] = ()


class Case(msgspec.Struct, frozen=True):
    word: Word
    branches: tuple[tuple[tuple[Word, ...], Script], ...]
    redirects: tuple[Redirect, ...] = ()


Command = Simple | Group | If | Loop | For | Case


class Pipeline(msgspec.Struct, frozen=True):
    commands: tuple[Command, ...]
    negated: bool = False


class Chain(msgspec.Struct, frozen=True):
    """Pipelines, each after the first with `&&` or `||` in front. In the background: `&` stood behind."""

    first: Pipeline
    rest: tuple[tuple[Literal["&&", "||"], Pipeline], ...] = ()
    background: bool = False


class Script(msgspec.Struct, frozen=True):
    chains: tuple[Chain, ...] = ()
