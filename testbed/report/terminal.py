"""The report for people: failures as they happen, the summary last, on stdout; a live line a device, and what kept the
run from a result, on stderr."""

from __future__ import annotations

import shlex

from testbed import events
from testbed.report.api import Outputs
from testbed.report.live import LiveLines
from testbed.report.page import Page
from testbed.report.style import Style
from testbed.report.text import complaint, padded, plain, plain_line, width_of
from testbed.verdict.model import Check, Entry, Verdict

MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("!", "yellow"),
    "nothing-ran": ("-", "yellow"),
}
NAME_WIDTH = 48
"""Columns for a scenario's name; a longer one pushes its own line out."""


TOKEN = "<secret:"
"""How what stands for a secret begins."""


class TerminalReporter:
    """Prints a verdict the moment it is there, and what led to it if it is no plain pass."""

    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs
        self._style = Style(outputs.stdout)
        self._live = LiveLines(outputs.stderr)
        self._page = Page(outputs.stdout, self._style, self._live.aside)
        self._flows: dict[str, str] = {}
        self._not_available: dict[str, list[str]] = {}
        self._names, self._targets = 0, 0
        self._to_run: set[str] = set()
        self._repeat = 1
        self._repeated = False
        self._devices: set[str] = set()
        self._not_passed = 0
        self._warnings = 0
        self._ledger: dict[tuple[str, Entry], int] = {}
        self._hid = False
        self._faulted = False
        self._ended = False

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> TerminalReporter | None:
        return None if outputs.json else cls(outputs)

    def handle(self, event: events.Event) -> None:
        self._live.handle(event)
        match event:
            case events.RunStarted():
                self._start(event)
            case events.StepPlayed(outcome="n/a" | "skipped"):
                told = f"step {event.index} {event.step.get('do')}: {plain_line(event.reason)}"
                self._not_available.setdefault(event.run, []).append(told)
            case events.FlowCaptured():
                request = event.flow.request
                self._flows[event.flow.id] = plain_line(f"{request.method} {request.url}", 200)
            case events.Judged():
                self._verdict(event.verdict)
            case events.Repeated():
                self._tally(event)
            case events.Faulted():
                self._faulted = True
                with self._live.aside():
                    print(complaint(event.message, event.fix), file=self._outputs.stderr, flush=True)
            case events.RunEnded():
                self._end(event)

    def close(self) -> None:
        self._live.close()
        if not self._ended:
            self._page.gap()
            self._page.line(self._style("no result: the run was cut short", "yellow"))

    def _start(self, event: events.RunStarted) -> None:
        scenarios = {plain_line(item.scenario) for item in event.plan}
        targets = list(dict.fromkeys(plain_line(item.target) for item in event.plan))
        self._names = min(NAME_WIDTH, max(map(width_of, scenarios), default=0))
        self._targets = max(map(width_of, targets), default=0)
        self._to_run = {item.run for item in event.plan}
        self._repeat = max((item.repetition for item in event.plan), default=1)
        self._devices = {item.device for item in event.plan}
        times = f", {self._repeat} times" if self._repeat > 1 else ""
        plugin = f"{self._style(plain_line(event.plugin), 'bold')} {plain_line(event.version)}"
        sha256 = self._style(f"  sha256 {event.sha256[:12]}", "dim")
        self._page.line(f"{plugin}  {_count(len(scenarios), 'scenario')} on {', '.join(targets)}{times}{sha256}")
        if event.redaction == "raw":
            self._page.line(self._style("secrets are shown as they are: --unsafe-raw", "yellow"))
        self._page.gap()

    def _verdict(self, verdict: Verdict) -> None:
        self._hid = self._hid or TOKEN in repr(verdict)
        mark, colour = MARKS[verdict.outcome]
        name = padded(plain_line(verdict.scenario), self._names)
        target = padded(plain_line(verdict.target), self._targets)
        took = self._style(f"{verdict.duration_ms / 1000:6.2f} s", "dim") if verdict.duration_ms else ""
        nth = self._style(f"  {verdict.repetition} of {self._repeat}", "dim") if self._repeat > 1 else ""
        self._page.line(f"  {self._style(mark, colour)} {name}  {target} {took}{nth}".rstrip())
        if verdict.run in self._to_run:
            self._to_run.remove(verdict.run)
            self._not_passed += verdict.outcome != "passed"
        if verdict.error:
            self._page.block(plain(verdict.error), 6, "yellow")
        failed = [check for check in verdict.checks if check.outcome == "failed"]
        for check in failed:
            self._failure(check)
        if failed:
            self._page.gap()
        for check in verdict.checks:
            self._note(check)
        for entry in verdict.ledger:
            key = (verdict.device, entry)
            self._ledger[key] = self._ledger.get(key, 0) + 1
        for told in self._not_available.pop(verdict.run, []):
            self._page.tagged("n/a", "dim", told)
        if failed:
            self._page.gap()
        self._flows = {key: seen for key, seen in self._flows.items() if not key.startswith(f"{verdict.run}.")}

    def _failure(self, check: Check) -> None:
        self._page.gap()
        self._page.block(self._where(check), 6, "dim", lead=plain_line(check.id), lead_in=("red", "bold"))
        self._page.block(plain_line(check.message), 6)
        if len(check.differences) > 1:
            for difference in check.differences:
                path = plain_line(difference.path)
                self._page.block(f"{path}  {plain_line(difference.message)}", 8, lead=path)
        source = [self._flows.get(check.flow or "", ""), f"step {check.step}" if check.step else ""]
        if any(source):
            self._page.block(f"from {', '.join(filter(None, source))}", 8, "dim")
        if check.paste:
            self._page.block("if that is right, paste:", 8, "dim")
            self._page.paste(plain(check.paste), 10)

    def _note(self, check: Check) -> None:
        message, where = plain_line(check.message), self._where(check)
        reason = plain_line(check.reason)
        match check.outcome:
            case "warned":
                self._warnings += 1
                self._page.tagged("warn", "yellow", f"{message}\n{reason}".rstrip(), where=where)
            case "differs":
                self._page.tagged("differs", "cyan", f"{message}\nbecause {reason}", where=where)
            case "n/a":
                # A step that is n/a is told from its own event, with its reason.
                if check.id != "step":
                    self._page.tagged("n/a", "dim", message, where=where)

    def _tally(self, event: events.Repeated) -> None:
        if not self._repeated:
            self._page.gap()
        self._repeated = True
        often = self._style(f"{event.passed} of {event.played}", "green" if event.passed == event.played else "red")
        name = padded(plain_line(event.scenario), self._names)
        device = f"  on {plain_line(event.device)}" if len(self._devices) > 1 else ""
        flaky = self._style("  flaky", "yellow", "bold") if event.differing else ""
        self._page.line(f"  {often}  {name}  {plain_line(event.target)}{device}{flaky}")
        for told in event.differing:
            self._page.block(plain_line(told), 6)

    def _where(self, check: Check) -> str:
        place = [plain_line(self._outputs.locate(check.place))] if check.place else []
        return "  ".join([plain_line(check.id), *place])

    def _end(self, event: events.RunEnded) -> None:
        self._ended = True
        self._live.close()
        self._print_ledger()
        counts = (
            (event.failed, "failed", "red"),
            (event.errors, "without a verdict", "yellow"),
            (event.nothing_ran, "ran nothing", "yellow"),
            (len(self._to_run), "not run", "yellow"),
            (event.passed, "passed", "green"),
            (event.differs, _plural(event.differs, "declared difference"), "cyan"),
            (self._warnings, _plural(self._warnings, "warning"), "yellow"),
            (event.not_available, "n/a", "dim"),
        )
        told = ", ".join(self._style(f"{count} {what}", colour) for count, what, colour in counts if count)
        if told:
            without = f"{self._style('no result', 'red', 'bold')}: " if self._faulted else ""
            self._page.gap()
            self._page.line(f"{without}{told} in {event.duration_ms / 1000:.1f} s")
        if self._hid:
            self._page.line(self._style(f"  {TOKEN}NAME:ID> stands for a secret; --unsafe-raw shows it", "dim"))
        for path in self._outputs.written:
            self._page.line(self._style(f"  {path}", "dim"))
        if self._not_passed:
            plugin = f" {shlex.quote(str(self._outputs.source))}" if self._outputs.source else ""
            self._page.line(self._style(f"  again, only these: testbed run{plugin} --last-failed", "dim"))

    def _print_ledger(self) -> None:
        """How far the verdicts can be relied on: by device, each thing once."""
        for device in dict.fromkeys(device for device, _ in self._ledger):
            self._page.gap()
            self._page.line(f"  {self._style('ledger', 'bold')}  {plain_line(device)}")
            for (of, entry), times in self._ledger.items():
                if of == device:
                    scenarios = f" ({times} scenarios)" if times > 1 else ""
                    self._page.tagged(
                        entry.kind, "dim", f"{plain_line(entry.subject)}{scenarios}: {plain_line(entry.reason)}"
                    )


def _count(number: int, noun: str) -> str:
    return f"{number} {_plural(number, noun)}"


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"
