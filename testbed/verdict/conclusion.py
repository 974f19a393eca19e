"""From the checks to the verdict and its exit code."""

from __future__ import annotations

from collections.abc import Sequence

from testbed.errors import ExitCode
from testbed.verdict.ledger import ledger
from testbed.verdict.model import Check, Evidence, Outcome, Verdict

_EXIT: dict[Outcome, ExitCode] = {
    "passed": ExitCode.PASSED,
    "failed": ExitCode.FAILED,
    "nothing-ran": ExitCode.NOTHING_RAN,
}


def conclude(
    evidence: Evidence, checks: Sequence[Check], *, device: str, duration_ms: float, repetition: int = 1
) -> Verdict:
    """Failed if any check failed; nothing-ran if no step was played; else passed."""
    played = any(step.reply.outcome in ("done", "failed") for step in evidence.steps)
    outcome: Outcome = "passed" if played else "nothing-ran"
    if any(check.outcome == "failed" for check in checks):
        outcome = "failed"
    return Verdict(
        run=evidence.run,
        scenario=evidence.scenario.name,
        target=evidence.target.id,
        device=device,
        outcome=outcome,
        checks=tuple(checks),
        duration_ms=duration_ms,
        settled_by=evidence.settled_by,
        ledger=ledger(evidence),
        exit_code=_EXIT[outcome],
        repetition=repetition,
    )
