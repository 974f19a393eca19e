"""What every built-in check is: a class with a stable id, the promise it holds the plugin to, and `faults`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, get_args

from testbed.plugin.model import Platform
from testbed.verdict.case import Case
from testbed.verdict.finding import Finding
from testbed.verdict.model import Check


class BuiltIn:
    """One built-in check. `severity` is what a fault is worth; a single fault can be milder (`warning`)."""

    id: ClassVar[str]
    promise: ClassVar[str]
    severity: ClassVar[Literal["error", "warning"]] = "error"
    platforms: ClassVar[frozenset[Platform]] = frozenset(get_args(Platform))
    """Where it means something; elsewhere it is not judged."""

    def faults(self, case: Case) -> Iterable[Check]:
        """What breaks the promise; nothing, if it is kept."""
        raise NotImplementedError

    def __call__(self, case: Case) -> list[Finding]:
        if case.target.platform not in self.platforms:
            return []
        found = list(self.faults(case)) or [Check(id=self.id, outcome="passed", message=self.promise)]
        return [Finding(check=check, built_in=True) for check in found]

    def fault(self, message: str, *, severity: Literal["error", "warning"] | None = None, **where: Any) -> Check:
        outcome: Literal["failed", "warned"] = "failed" if (severity or self.severity) == "error" else "warned"
        return Check(id=self.id, outcome=outcome, message=message, **where)
