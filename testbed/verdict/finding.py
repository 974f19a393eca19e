"""What a check hands to the judge: the outcome so far, and what a `[[differs]]` or `tolerate` may know it by."""

from __future__ import annotations

from typing import Protocol

import msgspec

from testbed.verdict.case import Case
from testbed.verdict.model import Check


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`kind` is the step kind that an expectation is about (`screen`), which a `[[differs]] step` can name; `built_in`
    says that `tolerate` applies."""

    check: Check
    kind: str = ""
    built_in: bool = False


class Family(Protocol):
    """A group of checks that are judged together. Calling it gives its findings, passed ones included."""

    def __call__(self, case: Case) -> list[Finding]: ...
