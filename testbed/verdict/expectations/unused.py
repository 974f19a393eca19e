"""What a scenario in a format of somebody else's says, and what has no meaning here: it is told, and judges nothing."""

from __future__ import annotations

from testbed.verdict.case import Case
from testbed.verdict.finding import Finding
from testbed.verdict.model import Check

ID = "unused"


def unused(case: Case) -> list[Finding]:
    return [
        Finding(check=Check(id=ID, outcome="n/a", message=f"{each.path} is not used: {each.reason}", place=each.place))
        for each in case.scenario.unused
    ]
