"""Text and bytes with what is secret in them replaced, however deep it is packed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote, unquote_to_bytes

import msgspec

from testbed.http import MAX_CONTENT
from testbed.redaction.credentials import Credentials, replace_jwts
from testbed.redaction.packing import gzip_members, in_base64, is_broken_zlib, is_text, packing_of, rewrite_base64
from testbed.redaction.tokens import Scalar
from testbed.redaction.vault import Vault

DEEPEST = 6
"""How often something may be packed in something else."""

SHORTEST_LEARNT = 6
"""A shorter credential that was guessed is hidden where it stands; elsewhere it would be found in what is none."""

LONGEST_LEARNT = 512
"""A longer one is no key but data, and is hidden where it stands."""

SMALL = 48
"""Fewer bytes that are no text are taken for what they are in most cases: letters that only look like base64."""

MOST_PROGRAMS = 256


class Withheld(Exception):
    """Something that could hold a secret and cannot be looked into; says why."""


class Content:
    """`guess`: whether credentials are looked for that nobody declared, by their names; in a program such names mean
    nothing."""

    def __init__(self, vault: Vault, credentials: Credentials) -> None:
        self._vault = vault
        self._credentials = credentials
        self._programs: dict[bytes, None] = {}

    def text(self, text: str, *, guess: bool = True) -> str:
        """Raises Withheld."""
        return self._text(text, guess, 0, _Budget())

    def body(self, body: bytes, *, guess: bool = True) -> bytes:
        """Raises Withheld."""
        if guess or len(body) < SMALL:
            return self._bytes(body, guess, 0, _Budget())
        return self._program(body)

    def learn(self, body: bytes) -> None:
        """Take note of the credentials that are named in a body, at any depth."""
        for view in self._views(body, 0, _Budget()):
            self._credentials.replace(view, self.noted)

    def noted(self, name: str, written: Scalar) -> str:
        """Take note of one credential, as it is written in a query, a form or in JSON. Numbers are not: they would be
        found in what is none."""
        for value in _readings(written) if isinstance(written, str) else ():
            if SHORTEST_LEARNT <= len(value) <= LONGEST_LEARNT and not self._credentials.is_public(value):
                self._vault.learn(name, value)
        return str(written)

    def _program(self, body: bytes) -> bytes:
        """Each run loads the same: what is not packed in it the first time is not packed in it the next time."""
        digest = hashlib.sha256(body).digest()
        depth = DEEPEST if digest in self._programs else 0
        shown = self._bytes(body, False, depth, _Budget())
        if shown == body and depth == 0:
            if len(self._programs) >= MOST_PROGRAMS:
                del self._programs[next(iter(self._programs))]
            self._programs[digest] = None
        return shown

    def _text(self, text: str, guess: bool, depth: int, budget: _Budget) -> str:
        if depth < DEEPEST:
            text = rewrite_base64(text, lambda data: self._bytes(data, guess, depth + 1, budget))
        text = self._vault.mark(text)
        if guess:
            text = self._credentials.replace(text, self._vault.marked)
        else:
            text = replace_jwts(text, lambda value: self._vault.marked("jwt", value))
        return self._vault.unmark(text)

    def _bytes(self, data: bytes, guess: bool, depth: int, budget: _Budget) -> bytes:
        if depth < DEEPEST and (packing := packing_of(data)) is not None:
            try:
                content = packing.unpack(data)
            except ValueError as error:
                raise Withheld(f"{packing.name} that cannot be unpacked: {error}") from error
            budget.spend(len(content))
            hidden = self._bytes(content, guess, depth + 1, budget)
            return data if hidden == content else packing.pack(hidden)
        if depth > 0 and len(data) < SMALL and not is_text(data):
            text = data.decode("latin-1")
            marked = self._vault.mark(text)
            return data if marked == text else self._vault.unmark(marked).encode("latin-1")
        if depth == 0 and is_broken_zlib(data):
            raise Withheld("zlib that cannot be unpacked")
        self._check_members(data, guess, depth, budget)
        # Latin-1 takes any byte for a character: what is not text comes out as it went in.
        text = data.decode("latin-1")
        shown = self._text(text, guess, depth, budget)
        return data if shown == text else shown.encode("latin-1", "replace")

    def _check_members(self, data: bytes, guess: bool, depth: int, budget: _Budget) -> None:
        """gzip within other bytes, as in a form of several parts: its length is written nowhere, so a member that holds
        a secret cannot be changed."""
        for content in gzip_members(data) if depth < DEEPEST else ():
            budget.spend(len(content))
            if self._bytes(content, guess, depth + 1, budget) != content:
                raise Withheld("gzip within other data, with a secret in it")

    def _views(self, data: bytes, depth: int, budget: _Budget) -> Iterator[str]:
        """What `data` says, and what that says once it is unpacked."""
        if depth > DEEPEST:
            return
        if (packing := packing_of(data)) is not None:
            with suppress(ValueError):
                content = packing.unpack(data)
                budget.spend(len(content))
                yield from self._views(content, depth + 1, budget)
            return
        text = data.decode() if is_text(data) else data.decode("latin-1")
        yield text
        if "%" in text and (plain := unquote_to_bytes(text)) != data:
            yield from self._views(plain, depth + 1, budget)
        for inner in in_base64(text):
            if is_text(inner) or packing_of(inner) is not None:
                yield from self._views(inner, depth + 1, budget)


def _readings(written: str) -> list[str]:
    """What may be meant, the plainest first: out of JSON that may itself be text in JSON, out of a URL, as it is."""
    found = [written, unquote(written), unquote(written.replace("+", " "))]
    with suppress(msgspec.DecodeError, UnicodeEncodeError):
        for _ in range(3):
            written = msgspec.json.decode(f'"{written}"', type=str)
            found.append(written)
    return found[::-1]


class _Budget:
    """What a body may grow to, all that is packed in it together."""

    def __init__(self) -> None:
        self._left = MAX_CONTENT

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise Withheld(f"it unpacks to more than {MAX_CONTENT >> 20} MiB")
