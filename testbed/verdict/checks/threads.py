"""The thread that draws the app and answers the user."""

from __future__ import annotations

from collections.abc import Iterable

from testbed.verdict.case import Case
from testbed.verdict.checks.api import BuiltIn
from testbed.verdict.checks.frames import where
from testbed.verdict.model import Check


class MainThread(BuiltIn):
    """The plugin kept the app's main thread: it did not come back in time, or did input or output there. Where none of
    its code is on the stack it is a warning. analytics-android runs every integration on this thread; what is too long
    is the runtime's to say, by the time that the thread itself took, so that a busy machine raises no false alarm."""

    id = "main-thread"
    promise = "the plugin does not keep the main thread"
    platforms = frozenset({"android"})

    def faults(self, case: Case) -> Iterable[Check]:
        seen: set[tuple[str, bool]] = set()
        for line in case.evidence.logs:
            if line.source == "blocked" and (line.text, line.by_plugin) not in seen:
                seen.add((line.text, line.by_plugin))
                yield self.fault(f"{line.text}{where(line)}", severity=None if line.by_plugin else "warning")
