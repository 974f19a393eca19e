"""Whether the scenarios prove anything."""

from __future__ import annotations

from collections.abc import Iterator

from testbed.errors import Place
from testbed.lint.model import Finding
from testbed.lint.rules.api import Rule
from testbed.lint.subject import Subject
from testbed.plugin.manifest import FILE
from testbed.scenario import Expectations, covers


class NoScenario(Rule):
    """There is no scenario: a run ends with 5."""

    id = "no-scenario"
    promise = "there is a scenario to run"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        if subject.plugin and not subject.scenarios and not subject.refused.get("scenario"):
            fix = "write scenarios/track.yaml; `testbed new NAME` makes some to start from"
            yield self.found("no scenario: a run has nothing to play", Place(FILE), fix)


class NoExpectation(Rule):
    """A scenario expects nothing: it passes whatever the vendor is told, as long as the built-in checks hold."""

    id = "no-expectation"
    promise = "each scenario says what must be seen"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        for scenario in subject.scenarios:
            if scenario.expect == Expectations():
                message = f"{scenario.name!r} expects nothing: only the built-in checks judge it"
                yield self.found(message, scenario.place, "add `expect:` with what the vendor must be told")


class NoTarget(Rule):
    """A scenario is limited to targets that the plugin does not have: it never runs."""

    id = "no-target"
    promise = "each scenario runs somewhere"
    severity = "warning"

    def findings(self, subject: Subject) -> Iterator[Finding]:
        targets = tuple(subject.plugin.manifest.targets.values()) if subject.plugin else ()
        for scenario in subject.scenarios:
            if targets and not any(covers(scenario.targets, target) for target in targets):
                message = f"{scenario.name!r} is for {', '.join(scenario.targets)}, and the plugin has no such target"
                yield self.found(message, scenario.place, f"its targets are {', '.join(t.id for t in targets)}")
