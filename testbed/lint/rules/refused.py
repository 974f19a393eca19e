"""What a run refuses: here with all of the reasons, where a run names the first."""

from __future__ import annotations

from collections.abc import Iterator

from testbed.lint.model import Finding
from testbed.lint.rules.api import Rule
from testbed.lint.subject import Subject


class _Refused(Rule):
    def findings(self, subject: Subject) -> Iterator[Finding]:
        for reason in subject.refused.get(self.id, ()):
            whole = reason.place is None or reason.place.file == subject.source
            yield self.found(reason.message, None if whole else reason.place, reason.fix or "")


class Archive(_Refused):
    """The zip is unsafe or broken, or the folder cannot be packed. Nothing else is looked at then."""

    id = "archive"
    promise = "the zip is safe to read"


class Manifest(_Refused):
    """plugin.toml has keys that are unknown, missing or of the wrong type, or names what is not there: files of targets
    and stubs, settings, hosts."""

    id = "manifest"
    promise = "plugin.toml is valid, and what it names is there"


class Lens(_Refused):
    """A [[lens]] that cannot work."""

    id = "lens"
    promise = "each declared lens can work"


class UnreadScenario(_Refused):
    """A scenario file that cannot be read, or names a stub's file that is not there."""

    id = "scenario"
    promise = "each scenario can be read"
