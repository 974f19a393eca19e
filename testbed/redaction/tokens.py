"""What stands in place of a secret: keyed, so that equal secrets stay equal within a run, and nowhere else."""

from __future__ import annotations

import hmac
import re
import secrets

Scalar = str | int | float

NUMBERS = 999_000_000_000
"""A number stays a number: one of twelve digits that begin with these."""


class Tokens:
    """Keyed by 32 random bytes that are in this object alone: without it no token can be checked against a guess."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def of(self, name: str, value: Scalar) -> str:
        """What stands for `value`, known as `name`: `<secret:apiKey:9f2c61>`; digits alone where it is a number."""
        digest = hmac.digest(self._key, str(value).encode("utf-8", "surrogatepass"), "sha256").hex()
        if not isinstance(value, str):
            return str(NUMBERS + int(digest, 16) % 10**9)
        return f"<secret:{re.sub(r'[^A-Za-z0-9_.-]', '-', name)[:60]}:{digest[:6]}>"
