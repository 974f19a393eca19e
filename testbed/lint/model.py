"""What lint says: findings, and all of them as a report."""

from __future__ import annotations

from typing import Literal

import msgspec

from testbed.errors import Place

Severity = Literal["error", "warning", "note"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a rule found. `id` is the rule's, and stable; `place` is in the plugin, None where it is the
    plugin as a whole; `fix` says what to do, "" where there is nothing to be done."""

    id: str
    severity: Severity
    message: str
    place: Place | None = None
    fix: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints. `schema` changes when a field that is there changes its meaning. `plugin`, `version` and
    `sha256` are "" where the plugin could not be read that far."""

    schema: int = 1
    plugin: str
    version: str
    sha256: str
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        return sum(finding.severity == severity for finding in self.findings)
