"""A fault planted into an example, and how it must be caught."""

from __future__ import annotations

import msgspec

from testbed.verdict import Check
from tests.e2e.conftest import Bench, Patch
from tests.outcome import Outcome


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault: what is changed in `example`, which scenario shows it, and how it must be told."""

    name: str
    patches: tuple[Patch, ...]
    scenario: str
    check: str
    says: str
    code: int = 1
    example: str = "acme"


async def plant(bench: Bench, fault: Fault) -> Outcome:
    return await bench.play(fault.example, *fault.patches, scenarios=(fault.scenario,))


def assert_caught(outcome: Outcome, fault: Fault) -> None:
    assert outcome.code == fault.code, str(outcome)
    caught = [check for check in outcome.failures if check.id == fault.check]
    assert any(fault.says in _all_text(check) for check in caught), str(outcome)


def _all_text(check: Check) -> str:
    return " ".join([check.message, check.reason, *(f"{d.path} {d.message}" for d in check.differences)])
