"""The judgement of one run: every family of checks in order, then what plugin and scenario declared about them."""

from __future__ import annotations

import msgspec

from testbed.verdict.case import Case
from testbed.verdict.checks import BUILT_IN
from testbed.verdict.differences import excused_by
from testbed.verdict.expectations import EXPECTATIONS
from testbed.verdict.finding import Family, Finding
from testbed.verdict.model import Check, Evidence

FAMILIES: tuple[Family, ...] = (*EXPECTATIONS, *BUILT_IN)


def judge(evidence: Evidence) -> tuple[Check, ...]:
    """Every check that was made, passed ones included. Raises InternalError where the evidence contradicts itself."""
    case = Case(evidence)
    findings = [finding for family in FAMILIES for finding in family(case)]
    return tuple(_settled(finding, case) for finding in findings)


def _settled(finding: Finding, case: Case) -> Check:
    """A failure that the scenario provokes on purpose is a warning; one that the plugin declares is a difference."""
    check = finding.check
    if check.outcome != "failed":
        return check
    if finding.built_in and check.id in case.scenario.tolerate:
        return msgspec.structs.replace(check, outcome="warned", reason="tolerated by the scenario")
    entries = excused_by(finding, case)
    if not entries:
        return check
    reason = case.evidence.plugin.manifest.differs[entries[0]].reason
    return msgspec.structs.replace(check, outcome="differs", reason=reason, differs=entries)
