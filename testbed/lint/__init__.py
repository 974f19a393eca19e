"""What can be said of a plugin without running any of it."""

from testbed.lint.model import Finding, Report, Severity
from testbed.lint.rules import RULES, Rule
from testbed.lint.subject import Subject, read_subject

__all__ = ["RULES", "Finding", "Report", "Rule", "Severity", "Subject", "lint", "read_subject"]


def lint(subject: Subject) -> Report:
    """Every rule applied, in order of the rules and then of the places."""
    plugin = subject.plugin
    return Report(
        plugin=plugin.name if plugin else "",
        version=plugin.manifest.version if plugin else "",
        sha256=subject.sha256,
        findings=tuple(finding for rule in RULES for finding in rule.findings(subject)),
    )
