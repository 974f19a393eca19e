"""The secrets that a run knows of, found in text and replaced by their tokens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cached_property

from testbed.redaction.spelling import anchor_of, base64_of, pattern_of, pattern_of_number
from testbed.redaction.tokens import Scalar, Tokens

SHORTEST = 4
"""A shorter one is too common to be looked for: it is hidden under its own name alone."""

MOST_LEARNT = 1000
"""How many that were guessed are looked for; the oldest go first. What the plugin declares stays."""

CUT = "…"
"""Where a text of ours or of the browser's was cut short, perhaps within a secret."""

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


class _Secret:
    """`whole`: a number, looked for where it stands alone."""

    def __init__(self, value: str, token: str, *, whole: bool) -> None:
        self.value = value
        self.token = token
        self.anchor = anchor_of(value)
        self.base64 = () if whole else tuple(base64_of(value))
        self._whole = whole

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Made when the anchor was found: most secrets that were learnt never turn up again."""
        return pattern_of_number(self.value) if self._whole else pattern_of(self.value)


class Vault:
    """`mark` puts marks for secrets into a text, `unmark` their tokens for the marks: so no secret is looked for in a
    token."""

    def __init__(self) -> None:
        self._tokens = Tokens()
        self._known: dict[str, _Secret] = {}
        self._learnt: dict[str, None] = {}
        self._order: list[_Secret] = []
        self._numbers: dict[int | float, str] = {}
        self._shown: list[str] = []
        self._marks: dict[str, str] = {}

    def declare(self, name: str, value: Scalar) -> None:
        """`value` is a secret from now on, wherever it turns up."""
        if not isinstance(value, str):
            self._numbers[value] = self._tokens.of(name, value)
        if len(str(value)) >= SHORTEST:
            self._add(name, value, whole=not isinstance(value, str))

    def learn(self, name: str, value: str) -> None:
        """The same of one that was guessed by where it stands."""
        if _MARK.fullmatch(self.mark(value)):
            return  # known, perhaps in another way of writing it
        if len(self._learnt) >= MOST_LEARNT:
            oldest = next(iter(self._learnt))
            del self._learnt[oldest]
            self._order.remove(self._known.pop(oldest))
        self._learnt[value] = None
        self._add(name, value, whole=value.isdecimal())

    def number(self, value: int | float) -> int | float:
        """The number that stands for `value`; itself where it is no secret."""
        token = self._numbers.get(value)
        return value if token is None else int(token)

    def token(self, name: str, value: Scalar) -> str:
        """What stands for a secret: the same wherever it is found, whatever it is called there."""
        marked = self.mark(str(value))
        return self.unmark(marked) if _MARK.fullmatch(marked) else self._tokens.of(name, value)

    def marked(self, name: str, value: Scalar) -> str:
        return self._mark(self.token(name, value))

    def mark(self, text: str) -> str:
        """`text` with a mark for each secret that it holds."""
        for secret in self._order:
            if secret.anchor in text:
                text = secret.pattern.sub(self._putting(secret), text)
            for fragment in secret.base64:
                if fragment in text:
                    text = text.replace(fragment, self._mark(secret.token))
        return self._mark_cut(text) if CUT in text else text

    def unmark(self, text: str) -> str:
        if _OPEN not in text:
            return text
        return _MARK.sub(lambda m: self._shown[int(m[1])] if int(m[1]) < len(self._shown) else m[0], text)

    def _add(self, name: str, value: Scalar, *, whole: bool) -> None:
        text = str(value)
        if text in self._known:
            return
        secret = _Secret(text, self._tokens.of(name, value), whole=whole)
        self._known[text] = secret
        # One that holds another is looked for before it.
        self._order = sorted([*self._order, secret], key=lambda each: len(each.value), reverse=True)

    def _putting(self, secret: _Secret) -> Callable[[re.Match[str]], str]:
        return lambda _: self._mark(secret.token)

    def _mark(self, token: str) -> str:
        if token not in self._marks:
            self._marks[token] = f"{_OPEN}{len(self._shown)}{_CLOSE}"
            self._shown.append(token)
        return self._marks[token]

    def _mark_cut(self, text: str) -> str:
        """The parts of secrets before and after each place where `text` was cut."""
        before, *parts = text.split(CUT)
        for part in parts:
            for secret in self._order:
                for form in {secret.value, json.dumps(secret.value)[1:-1]}:
                    sizes = range(len(form) - 1, SHORTEST - 1, -1)
                    if (head := next((n for n in sizes if before.endswith(form[:n])), 0)) > 0:
                        before = before[:-head] + self._mark(secret.token)
                    if (tail := next((n for n in sizes if part.startswith(form[-n:])), 0)) > 0:
                        part = self._mark(secret.token) + part[tail:]
            before = f"{before}{CUT}{part}"
        return before
