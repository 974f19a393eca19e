"""`step`: every step that is meant for the target was played, and none failed."""

from __future__ import annotations

from testbed.scenario.steps import name_of
from testbed.scenario.targeting import covers
from testbed.verdict.case import Case
from testbed.verdict.finding import Finding
from testbed.verdict.model import Check, CheckOutcome, Played

ID = "step"


def steps(case: Case) -> list[Finding]:
    return [
        *(_finding(played) for played in case.evidence.steps if played.reply.outcome != "done"),
        *_not_played(case),
    ]


def _finding(played: Played) -> Finding:
    kind = name_of(played.step)
    outcome: CheckOutcome = "failed" if played.reply.outcome == "failed" else "n/a"
    said = {"failed": "failed", "n/a": "is not available here", "skipped": "was skipped"}[played.reply.outcome]
    reason = f": {played.reply.reason}" if played.reply.reason else ""
    message = f"step {played.index} ({kind}) {said}{reason}"
    check = Check(id=ID, outcome=outcome, message=message, place=played.step.place, step=played.index)
    return Finding(check=check, kind=kind)


def _not_played(case: Case) -> list[Finding]:
    """A step of which there is no trace is no pass: the run ended early."""
    played = {each.index for each in case.evidence.steps}
    return [
        Finding(
            check=Check(
                id=ID,
                outcome="failed",
                message=f"step {index} ({name_of(step)}) was never played",
                place=step.place,
                step=index,
            ),
            kind=name_of(step),
        )
        for index, step in enumerate(case.scenario.steps, start=1)
        if index not in played and covers(step.only, case.target)
    ]
