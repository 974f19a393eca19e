"""What every rule is: a class with a stable id, the promise that it holds the plugin to, and `findings`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from testbed.errors import Place
from testbed.lint.model import Finding, Severity
from testbed.lint.subject import Subject


class Rule:
    """One rule. `severity` is what a finding is worth; a single one can be milder."""

    id: ClassVar[str]
    promise: ClassVar[str]
    severity: ClassVar[Severity] = "error"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """What breaks the promise; nothing, if it is kept."""
        raise NotImplementedError

    def found(
        self, message: str, place: Place | None = None, fix: str = "", *, severity: Severity | None = None
    ) -> Finding:
        return Finding(id=self.id, severity=severity or self.severity, message=message, place=place, fix=fix)
