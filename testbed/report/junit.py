"""JUnit XML: a testsuite a target, a testcase a scenario. The shape that CI systems agree on (the Jenkins schema)."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as xml

from testbed import events
from testbed.report.api import Outputs
from testbed.report.text import plain
from testbed.verdict.model import Check, Verdict


class JUnitReporter:
    """Collects verdicts, and writes the file at the end; a fault of the run is an error of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._plugin = "testbed"
        self._verdicts: list[Verdict] = []
        self._faults: list[events.Faulted] = []

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> JUnitReporter | None:
        path = outputs.path("junit", "junit.xml")
        return None if path is None else cls(path)

    def handle(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self._plugin = plain(event.plugin)
            case events.Judged():
                self._verdicts.append(event.verdict)
            case events.Faulted():
                self._faults.append(event)

    def close(self) -> None:
        root = xml.Element("testsuites", name=self._plugin)
        for target in dict.fromkeys(v.target for v in self._verdicts):
            own = [v for v in self._verdicts if v.target == target]
            suite = _suite(root, f"{self._plugin} on {plain(target)}", own)
            for verdict in own:
                _case(suite, verdict)
        if self._faults:
            suite = xml.SubElement(root, "testsuite", name="testbed", tests="1", errors="1", failures="0", skipped="0")
            case = xml.SubElement(suite, "testcase", name="run", classname="testbed")
            for fault in self._faults:
                xml.SubElement(case, "error", type=fault.kind, message=plain(fault.message)).text = plain(fault.fix)
        for name in ("tests", "failures", "errors", "skipped"):
            root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        xml.indent(root)
        xml.ElementTree(root).write(self._path, encoding="utf-8", xml_declaration=True)


def _suite(root: xml.Element, name: str, verdicts: list[Verdict]) -> xml.Element:
    def count(outcome: str) -> str:
        return str(sum(v.outcome == outcome for v in verdicts))

    return xml.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(verdicts)),
        failures=count("failed"),
        errors=count("error"),
        skipped=count("nothing-ran"),
        time=f"{sum(v.duration_ms for v in verdicts) / 1000:.3f}",
    )


def _case(suite: xml.Element, verdict: Verdict) -> None:
    case = xml.SubElement(
        suite,
        "testcase",
        name=plain(verdict.scenario),
        classname=plain(verdict.target),
        time=f"{verdict.duration_ms / 1000:.3f}",
    )
    for check in verdict.checks:
        if check.outcome == "failed":
            xml.SubElement(case, "failure", type=check.id, message=plain(check.message)).text = _detail(check)
    if verdict.outcome == "error":
        xml.SubElement(case, "error", type="error", message=plain(verdict.error))
    if verdict.outcome == "nothing-ran":
        xml.SubElement(case, "skipped", message="every step is n/a on this target")
    told = [f"{c.outcome} {c.id}: {c.message} {c.reason}".rstrip() for c in verdict.checks if c.outcome in TOLD]
    if told:
        xml.SubElement(case, "system-out").text = plain("\n".join(told), 20_000)


def _detail(check: Check) -> str:
    lines = [str(check.place)] if check.place else []
    lines += [check.message, *(f"{d.path}: {d.message}" for d in check.differences)]
    lines += ["if that is right, the expectation is:", check.paste] if check.paste else []
    return plain("\n".join(lines), 20_000)


TOLD = frozenset({"warned", "differs", "n/a"})
