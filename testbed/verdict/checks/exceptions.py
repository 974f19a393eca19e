"""Exceptions of the plugin's code."""

from __future__ import annotations

from collections.abc import Iterable

from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.checks.frames import where
from testbed.verdict.model import Check

SEGMENT = "Segment.io"


class PluginThrows(BuiltIn):
    """The plugin threw: while it loaded, in a call (the SDK reports the failed delivery), or on its own. An uncaught
    exception with none of the plugin's code on its stack is a warning."""

    id = "plugin-throws"
    promise = "the plugin throws nothing"

    def faults(self, case: Case) -> Iterable[Check]:
        health = case.evidence.health
        if health.problem == "threw":
            yield self.fault(f"{case.name} threw while it was loaded{f': {health.detail}' if health.detail else ''}")
        for played in case.evidence.steps:
            for failure in played.reply.delivery:
                if case.name in failure or SEGMENT not in failure:
                    message = f"step {played.index}: the SDK could not deliver to the plugin: {failure}"
                    yield self.fault(message, step=played.index, place=played.step.place)
        seen: set[tuple[str, bool]] = set()
        for line in case.evidence.logs:
            if line.source == "harness" and line.level == "error" and line.by_plugin:
                # What the SDK was told after it had answered the step (a call that throws a second later throws), and a
                # page that could not be left.
                yield self.fault(f"{line.text}{where(line)}")
            if line.source != "exception" or (line.text, line.by_plugin) in seen:
                continue
            seen.add((line.text, line.by_plugin))
            if line.by_plugin:
                yield self.fault(f"uncaught exception in the plugin: {line.text}{where(line)}")
            else:
                message = f"uncaught exception outside the plugin: {line.text}{where(line)}"
                yield self.fault(message, severity="warning")
