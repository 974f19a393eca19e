"""In what the repetitions of a scenario differ."""

from __future__ import annotations

from typing import Any

import pytest

from testbed.verdict import Check, Verdict, differing


def check(outcome: Any, id: str = "x", message: str = "m", **fields: Any) -> Check:
    return Check(id=id, outcome=outcome, message=message, **fields)


def verdict(*checks: Check, outcome: Any = "passed", **fields: Any) -> Verdict:
    return Verdict(run="r", scenario="s", target="web", device="d", outcome=outcome, checks=checks, **fields)


PASSED = verdict(check("passed"))
FAILED = verdict(check("failed"), outcome="failed")


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        # all alike, whatever they came to
        ([PASSED], []),
        ([PASSED, PASSED], []),
        ([FAILED, FAILED, FAILED], []),
        # messages, which may hold what no two runs share, and what only a passing check says
        ([verdict(check("warned", message="at 1")), verdict(check("warned", message="at 2"))], []),
        ([PASSED, verdict(check("passed"), check("passed", "y"))], []),
        # some fail
        ([PASSED, FAILED, PASSED], ["failed in 1 of 3", "x failed in 1 of 3: m"]),
        ([FAILED, PASSED, FAILED], ["failed in 2 of 3", "x failed in 2 of 3: m"]),
        # some without a verdict
        ([PASSED, verdict(outcome="error", error="the browser died")], ["error in 1 of 2: the browser died"]),
        # each fails, and for another reason
        (
            [FAILED, verdict(check("failed", "y", "n"), outcome="failed")],
            ["x failed in 1 of 2: m", "y failed in 1 of 2: n"],
        ),
        # the same check of another call, of another step
        (
            [verdict(check("warned", name="Read")), verdict(check("warned", name="Bought"))],
            ["x warned in 1 of 2: m", "x warned in 1 of 2: m"],
        ),
        (
            [verdict(check("warned", step=1)), verdict(check("warned", step=2))],
            ["x warned in 1 of 2: m", "x warned in 1 of 2: m"],
        ),
        # passes all the same
        ([PASSED, verdict(check("warned"))], ["x warned in 1 of 2: m"]),
        ([verdict(check("n/a")), verdict(check("differs"))], ["x n/a in 1 of 2: m", "x differs in 1 of 2: m"]),
        # in all of them, but once or twice
        ([verdict(check("warned")), verdict(check("warned"), check("warned"))], ["x warned not equally often: m"]),
    ],
)
def test_differing(verdicts: list[Verdict], told: list[str]):
    assert list(differing(verdicts)) == told
