"""JUnit XML: a testsuite a target, a testcase a scenario. The shape that CI systems agree on (the Jenkins schema), with
one failure a testcase, since some read no second one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO
from xml.etree import ElementTree as xml

from testbed import events
from testbed.report.api import Outputs
from testbed.report.text import plain, plain_line
from testbed.verdict.model import Check, Verdict

CUT_SHORT = "the run was cut short: it has no result"


class JUnitReporter:
    """Collects verdicts, and writes the file at the end. What was planned and has no verdict is there, as skipped; a
    fault of the run, and a run without its end, is an error of its own, so that no half of a run looks green."""

    def __init__(self, outputs: Outputs, file: IO[bytes]) -> None:
        self._outputs = outputs
        self._file = file
        self._started: events.RunStarted | None = None
        self._verdicts: list[Verdict] = []
        self._errors: list[tuple[str, str, str]] = []  # type, message, text
        self._ended = False

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> JUnitReporter | None:
        file = outputs.open("junit", "junit.xml")
        return None if file is None else cls(outputs, file)

    def handle(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self._started = event
            case events.Judged():
                self._verdicts.append(event.verdict)
            case events.Faulted():
                self._errors.append((event.kind, event.message, event.fix))
            case events.RunEnded():
                self._ended = True

    def close(self) -> None:
        if not self._ended:
            self._errors.append(("Interrupted", CUT_SHORT, ""))
        root = xml.Element("testsuites", name=plain_line(self._started.plugin if self._started else "testbed"))
        cases = list(self._cases())
        for target in dict.fromkeys(case.get("classname", "") for case in cases):
            self._suite(root, target, [case for case in cases if case.get("classname") == target])
        for name in ("tests", "failures", "errors", "skipped"):
            root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
        xml.indent(root)
        with self._file:
            xml.ElementTree(root).write(self._file, encoding="utf-8", xml_declaration=True)

    def _cases(self) -> Iterator[xml.Element]:
        """One testcase each, its target in `classname`."""
        for verdict in self._verdicts:
            yield self._judged(verdict)
        judged = {verdict.run for verdict in self._verdicts}
        for item in self._started.plan if self._started else ():
            if item.run not in judged:
                case = _case(self._title(item.run, item.scenario), item.target, 0)
                xml.SubElement(case, "skipped", message="not run: the run ended before")
                yield case
        if self._errors:
            case = _case("run", "testbed", 0)
            kind, message, text = self._errors[0]
            xml.SubElement(case, "error", type=kind, message=plain_line(message)).text = plain(f"{message}\n{text}")
            yield case

    def _judged(self, verdict: Verdict) -> xml.Element:
        title = self._title(verdict.run, verdict.scenario)
        case = _case(title, verdict.target or "plugin.toml", verdict.duration_ms)
        failed = [check for check in verdict.checks if check.outcome == "failed"]
        if failed:
            more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
            said = plain_line(failed[0].message) + more
            failure = xml.SubElement(case, "failure", type=plain_line(failed[0].id), message=said)
            failure.text = plain("\n\n".join(self._detail(check) for check in failed))
        if verdict.outcome == "error":
            error = xml.SubElement(case, "error", type="error", message=plain_line(verdict.error))
            error.text = plain(verdict.error)
        if verdict.outcome == "nothing-ran":
            xml.SubElement(case, "skipped", message="every step is n/a on this target")
        told = [_told(check) for check in verdict.checks if check.outcome in TOLD]
        told += [
            f"ledger {each.kind}: {plain_line(each.subject)}: {plain_line(each.reason)}" for each in verdict.ledger
        ]
        if told:
            xml.SubElement(case, "system-out").text = plain("\n".join(told))
        return case

    def _title(self, run: str, scenario: str) -> str:
        """The scenario; with its device where it is played on several, and its repetition where it is repeated."""
        plan = self._started.plan if self._started else ()
        own = next((item for item in plan if item.run == run), None)
        if own is None:
            return scenario
        twins = [item for item in plan if (item.scenario, item.target) == (own.scenario, own.target)]
        device = f" on {own.device}" if len({twin.device for twin in twins}) > 1 else ""
        repeat = max(twin.repetition for twin in twins)
        return f"{scenario}{device}" + (f" ({own.repetition} of {repeat})" if repeat > 1 else "")

    def _detail(self, check: Check) -> str:
        lines = [f"{check.id}  {self._outputs.locate(check.place)}" if check.place else check.id, check.message]
        lines += [f"{d.path}: {d.message}" for d in check.differences]
        lines += ["if that is right, paste:", check.paste] if check.paste else []
        return "\n".join(lines)

    def _suite(self, root: xml.Element, target: str, cases: list[xml.Element]) -> None:
        def count(kind: str) -> str:
            return str(sum(case.find(kind) is not None for case in cases))

        plugin = self._started.plugin if self._started else "testbed"
        suite = xml.SubElement(
            root,
            "testsuite",
            name=target if target == "testbed" else f"{plain_line(plugin)} on {target}",
            tests=str(len(cases)),
            failures=count("failure"),
            errors=count("error"),
            skipped=count("skipped"),
            time=f"{sum(float(case.get('time', '0')) for case in cases):.3f}",
        )
        if self._started is not None:
            moment = datetime.fromtimestamp(self._started.time, UTC)
            suite.set("timestamp", moment.replace(tzinfo=None).isoformat(timespec="seconds"))
            properties = xml.SubElement(suite, "properties")
            for name in ("version", "sha256", "kind", "description", "redaction"):
                if value := getattr(self._started, name):
                    xml.SubElement(properties, "property", name=name, value=plain_line(value))
        suite.extend(cases)


TOLD = frozenset({"warned", "differs", "n/a"})


def _told(check: Check) -> str:
    reason = f" (because {plain_line(check.reason)})" if check.reason else ""
    return f"{check.outcome} {check.id}: {plain_line(check.message)}{reason}"


def _case(name: str, target: str, duration_ms: float) -> xml.Element:
    return xml.Element(
        "testcase", name=plain_line(name), classname=plain_line(target), time=f"{duration_ms / 1000:.3f}"
    )
