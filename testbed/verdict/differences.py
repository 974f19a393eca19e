"""`[[differs]]`: the differences that a plugin declares, the failures they excuse, and which no longer hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from testbed.errors import ExitCode
from testbed.plugin.model import Differs, Plugin
from testbed.scenario.steps import name_of
from testbed.verdict.case import Case
from testbed.verdict.finding import Finding
from testbed.verdict.model import Check, Verdict

STALE = "stale-difference"


def excused_by(finding: Finding, case: Case) -> tuple[int, ...]:
    """The indexes of the entries that excuse a failing check. A difference is one from what the scenarios ask: a
    built-in check has to be named, else an entry on a target would excuse a plugin that does not even load there."""
    kinds = {finding.kind}
    for played in case.evidence.steps:
        if played.index == finding.check.step:
            kinds.add(name_of(played.step))
    return tuple(
        index
        for index, entry in enumerate(case.evidence.plugin.manifest.differs)
        if fnmatchcase(case.target.id, entry.target)
        and fnmatchcase(case.scenario.name, entry.scenario)
        and (entry.step is None or entry.step in kinds)
        and (entry.check == finding.check.id if entry.check or finding.built_in else True)
        and (entry.name is None or fnmatchcase(finding.check.name, entry.name))
    )


def stale_differences(plugin: Plugin, verdicts: Sequence[Verdict], *, complete: bool) -> Verdict | None:
    """A failing verdict on the entries that excused nothing, though all that they cover ran; None if there is none.

    `complete`: every scenario ran on every target. Otherwise only an entry that names one scenario, which ran, can be
    told to be stale. A run that ended in an error, or in which nothing ran, proves nothing of what it covers."""
    used = {index for verdict in verdicts for check in verdict.checks for index in check.differs}
    checks = [
        _stale(plugin, index, entry)
        for index, entry in enumerate(plugin.manifest.differs)
        if index not in used and _was_tried(entry, verdicts, complete)
    ]
    if not checks:
        return None
    return Verdict(
        run="",
        scenario="[[differs]]",
        target="",
        device="",
        outcome="failed",
        checks=tuple(checks),
        exit_code=ExitCode.FAILED,
    )


def _was_tried(entry: Differs, verdicts: Sequence[Verdict], complete: bool) -> bool:
    covered = [
        verdict
        for verdict in verdicts
        if fnmatchcase(verdict.target, entry.target) and fnmatchcase(verdict.scenario, entry.scenario)
    ]
    if not all(verdict.outcome in ("passed", "failed") for verdict in covered):
        return False
    if complete:
        return True
    return bool(covered) and not re.search(r"[*?\[]", entry.scenario + entry.target)


def _stale(plugin: Plugin, index: int, entry: Differs) -> Check:
    narrower = {"step": entry.step, "check": entry.check, "name": entry.name}
    of = [f"{word} {value}" for word, value in narrower.items() if value]
    said = f" ({', '.join(of)})" if of else ""
    return Check(
        id=STALE,
        outcome="failed",
        message=f"[[differs]] on {entry.target}, scenario {entry.scenario}{said} excuses nothing any more: remove it",
        place=plugin.places.get(f"differs.{index}") or plugin.places.get(f"differs.{index}.reason"),
        reason=entry.reason,
    )
