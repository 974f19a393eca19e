"""The report for people: failures as they happen, the summary last, all on stdout; a live line a device on stderr."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TextIO

from testbed import events
from testbed.report.api import Outputs
from testbed.report.live import LiveLines
from testbed.report.style import Style
from testbed.report.text import plain
from testbed.verdict.model import Check, Verdict

MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("!", "yellow"),
    "nothing-ran": ("-", "yellow"),
}


class TerminalReporter:
    """Prints a verdict the moment it is there, and what led to it if it is no plain pass."""

    def __init__(self, outputs: Outputs) -> None:
        self._out: TextIO = outputs.stdout
        self._style = Style(outputs.stdout)
        self._live = LiveLines(outputs.stderr)
        self._files = [str(path) for name, default in FILES if (path := outputs.path(name, default)) is not None]
        self._flows: dict[str, str] = {}
        self._steps: dict[str, list[str]] = {}
        self._name_width = 20
        self._failed: list[str] = []
        self._ended = False

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> TerminalReporter | None:
        return None if outputs.json else cls(outputs)

    def handle(self, event: events.Event) -> None:
        self._live.handle(event)
        match event:
            case events.RunStarted():
                self._start(event)
            case events.StepPlayed(outcome="n/a"):
                told = f"step {event.index} {event.step.get('do')}: {plain(event.reason)}"
                self._steps.setdefault(event.run, []).append(told)
            case events.FlowCaptured():
                request = event.flow.request
                self._flows[event.flow.id] = plain(f"{request.method} {request.url}", 200)
            case events.Judged():
                self._verdict(event.verdict)
            case events.Faulted():
                self._fault(event)
            case events.RunEnded():
                self._end(event)

    def close(self) -> None:
        self._live.close()
        if not self._ended:
            self._print(self._style("the run was cut short: no result", "yellow"))

    def _start(self, event: events.RunStarted) -> None:
        names = {item.scenario for item in event.plan}
        self._name_width = min(48, max((len(name) for name in names), default=20))
        targets = ", ".join(dict.fromkeys(item.target for item in event.plan))
        scenarios = f"{len(names)} scenario{'s' * (len(names) != 1)}"
        self._print(
            f"{self._style(plain(event.plugin), 'bold')} {plain(event.version)}  {scenarios} on {plain(targets)}\n"
        )

    def _verdict(self, verdict: Verdict) -> None:
        mark, colour = MARKS[verdict.outcome]
        name = plain(verdict.scenario).ljust(self._name_width)
        took = f"{verdict.duration_ms / 1000:6.2f} s" if verdict.duration_ms else ""
        self._print(
            f"  {self._style(mark, colour)} {name}  {plain(verdict.target):<10} {self._style(took, 'dim')}".rstrip()
        )
        if verdict.outcome != "passed":
            self._failed.append(verdict.scenario)
        if verdict.error:
            self._print(f"      {self._style(plain(verdict.error), 'yellow')}")
        for check in verdict.checks:
            self._check(check)
        if any(check.outcome == "failed" for check in verdict.checks):
            self._print("")
        for told in self._steps.pop(verdict.run, []):
            self._print(self._style(f"      n/a   {told}", "dim"))
        prefix = f"{verdict.run}."
        self._flows = {key: value for key, value in self._flows.items() if not key.startswith(prefix)}

    def _check(self, check: Check) -> None:
        message, where = plain(check.message), f"  {check.place}" if check.place else ""
        match check.outcome:
            case "failed":
                self._failure(check, message, where)
            case "warned":
                self._print(f"      {self._style('warn', 'yellow')}  {message}  {self._style(check.id + where, 'dim')}")
            case "differs":
                told = f"{message}  {self._style(check.id + where, 'dim')}"
                self._print(f"      {self._style('differs', 'cyan')}  {told}\n        because {plain(check.reason)}")
            case "n/a":
                # A step that is n/a is told from its own event, with its reason.
                if check.id != "step":
                    self._print(self._style(f"      n/a   {message}  {check.id}{where}", "dim"))

    def _failure(self, check: Check, message: str, where: str) -> None:
        self._print(f"\n      {self._style(check.id, 'red', 'bold')}{self._style(where, 'dim')}")
        self._print(f"      {message}")
        if len(check.differences) > 1:
            for difference in check.differences:
                self._print(f"        {self._style(plain(difference.path), 'bold')}  {plain(difference.message)}")
        seen = self._flows.get(check.flow or "")
        by = f"step {check.step}" if check.step else ""
        if seen or by:
            self._print(self._style(f"        from {', '.join(t for t in (seen, by) if t)}", "dim"))
        if check.paste:
            self._print(self._style("        if that is right, paste:", "dim"))
            for line in self._wrapped(plain(check.paste, 4000)):
                self._print(f"          {self._style(line, 'cyan')}")

    def _wrapped(self, paste: str) -> Iterator[str]:
        """`paste` within the width. YAML's flow style folds a line break into the space that it replaces, so what is
        pasted means the same."""
        for line in paste.splitlines():
            yield from textwrap.wrap(
                line,
                width=max(40, self._style.width - 10),
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            ) or [""]

    def _fault(self, event: events.Faulted) -> None:
        self._print(f"{self._style(event.kind, 'red', 'bold')}: {plain(event.message, 4000)}")
        if event.fix:
            self._print(f"  fix: {plain(event.fix, 4000)}")

    def _end(self, event: events.RunEnded) -> None:
        self._ended = True
        self._live.close()
        counts = (
            (event.failed, "failed", "red"),
            (event.errors, "without a verdict", "yellow"),
            (event.nothing_ran, "ran nothing", "yellow"),
            (event.passed, "passed", "green"),
            (event.differs, "declared differences", "cyan"),
        )
        told = ", ".join(self._style(f"{count} {what}", colour) for count, what, colour in counts if count)
        self._print(f"\n{told or 'nothing ran'} in {event.duration_ms / 1000:.1f} s")
        for path in self._files:
            self._print(self._style(f"  {path}", "dim"))
        if self._failed:
            self._print(self._style("  again, only these: testbed run --last-failed", "dim"))

    def _print(self, line: str) -> None:
        with self._live.aside():
            self._out.write(line + "\n")
            self._out.flush()


FILES = (("report", "report.ndjson"), ("junit", "junit.xml"), ("har", "traffic.har"))
