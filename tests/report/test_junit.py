"""JUnit XML: names, what failed and what is no failure; read back by junitparser."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from testbed import events
from testbed.verdict.model import Check, Entry
from tests.report.conftest import Report
from tests.report.samples import (
    DIFFERS,
    HOSTILE,
    NEAREST_MISS,
    NOT_AVAILABLE,
    TOLERATED,
    UNDECLARED,
    WARNED,
    ended,
    started,
    verdict,
)


@pytest.fixture
def junit(report: Report, tmp_path: Path):
    def made(*stream: events.Event, folder: Path | None = None) -> JUnitXml:
        report(stream, files={"junit": tmp_path / "x.xml"}, folder=folder)
        return JUnitXml.fromfile(str(tmp_path / "x.xml"))

    return made


def cases(xml: JUnitXml) -> list[TestCase]:
    return [case for suite in xml for case in suite]


def only(xml: JUnitXml) -> TestCase:
    (case,) = cases(xml)
    return case


def test_a_suite_a_target_and_a_case_a_scenario(junit):
    xml = junit(
        started("track", "group"),
        verdict(duration_ms=1500.0),
        verdict("failed", NEAREST_MISS, run="r2", scenario="group"),
        verdict(run="r3", target="phone"),
        ended(1, passed=2, failed=1),
    )
    assert (xml.name, xml.tests, xml.failures, xml.errors, xml.skipped) == ("Acme", 3, 1, 0, 0)
    web, phone = xml
    assert (web.name, web.tests, web.failures, web.time) == ("Acme on web", 2, 1, 1.79)
    assert (phone.name, phone.tests, phone.failures) == ("Acme on phone", 1, 0)
    assert [(c.name, c.classname, c.time, c.is_passed) for c in cases(xml)] == [
        ("track", "web", 1.5, True),
        ("group", "web", 0.29, False),
        ("track", "phone", 0.29, True),
    ]
    assert web.timestamp == "2023-11-14T22:13:20"
    about = {"version": "1.4.0", "sha256": "0123456789abcdef" * 4, "kind": "destination", "redaction": "tokens"}
    assert {p.name: p.value for p in web.properties()} == about


def test_a_failure_tells_the_nearest_miss_and_the_line_to_paste(junit):
    case = only(junit(started("track"), verdict("failed", NEAREST_MISS), ended(1), folder=Path("plugins/acme")))
    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("expect.vendor[0]", 'track "Order Completed": 2 fields differ')
    assert failure.text == (
        "expect.vendor[0]  plugins/acme/scenarios/order.yaml:12:7\n"
        'track "Order Completed": 2 fields differ\n'
        'properties.revenue: is the text "25", expected 25\n'
        'user: is missing, expected "u1"\n'
        "if that is right, paste:\n"
        '- track: {name: Order Completed, properties: {revenue: "25"}}'
    )


def test_several_failures_of_a_scenario_are_one_with_all_of_them_in_it(junit):
    (failure,) = only(junit(started("track"), verdict("failed", NEAREST_MISS, UNDECLARED), ended(1))).result
    assert failure.message == 'track "Order Completed": 2 fields differ (and 1 more)'
    assert "\n\nundeclared-host\nrequest to the undeclared host m.acme.example\n" in failure.text


def test_what_is_no_failure_is_told_all_the_same(junit):
    refused = Entry(kind="refused", subject="UDP 8.8.8.8:3478", reason="it leads nowhere from the jail")
    judged = verdict("passed", DIFFERS, WARNED, TOLERATED, NOT_AVAILABLE, ledger=(refused,))
    case = only(junit(started("track"), judged, ended()))
    assert case.is_passed
    assert case.system_out.splitlines() == [
        'differs expect.vendor[1]: group "g1" was not sent (because Acme knows no groups.)',
        "warned spec: revenue without currency",
        "warned vendor-script: sdk.js did not load (because tolerated by the scenario)",
        "n/a expect.device[0]: no screen on the web",
        "ledger refused: UDP 8.8.8.8:3478: it leads nowhere from the jail",
    ]


@pytest.mark.parametrize(
    ("stream", "kind", "message"),
    [
        # no verdict: an error, since a test that could not be made is none that failed
        (
            (verdict("error", error="the browser died\n  fix: try again", exit_code=6), ended(6)),
            Error,
            "the browser died",
        ),
        # nothing played
        ((verdict("nothing-ran", exit_code=5), ended(5)), Skipped, "every step is n/a"),
        # planned, and never played
        ((ended(0),), Skipped, "not run"),
    ],
)
def test_neither_passed_nor_failed(junit, stream: tuple[events.Event, ...], kind: type, message: str):
    (result,) = only(junit(started("track"), *stream)).result
    assert isinstance(result, kind)
    assert result.message.startswith(message)


def test_a_stale_difference_is_a_failure_of_the_manifest(junit):
    stale = Check(id="stale-difference", outcome="failed", message="[[differs]] excuses nothing any more")
    xml = junit(
        started("track"), verdict(), verdict("failed", stale, run="", scenario="[[differs]]", target=""), ended(1)
    )
    assert [(c.name, c.classname, c.is_passed) for c in cases(xml)] == [
        ("track", "web", True),
        ("[[differs]]", "plugin.toml", False),
    ]


@pytest.mark.parametrize(
    ("stream", "kind", "message"),
    [
        # interrupted: nothing says how it ended
        ((started("track"), verdict()), "Interrupted", "the run was cut short"),
        ((), "Interrupted", "the run was cut short"),
        # a fault
        (
            (started("track"), verdict(), events.Faulted(kind="CaptureFault", message="broke", exit_code=3), ended(3)),
            "CaptureFault",
            "broke",
        ),
        ((events.Faulted(kind="PluginRefused", message="no", exit_code=7), ended(7)), "PluginRefused", "no"),
    ],
)
def test_a_run_without_a_result_is_never_green(junit, stream: tuple[events.Event, ...], kind: str, message: str):
    xml = junit(*stream)
    assert xml.errors == 1
    (case,) = [case for case in cases(xml) if case.classname == "testbed"]
    (error,) = case.result
    assert error.type == kind
    assert error.message.startswith(message)


def test_hostile_text_is_well_formed_and_without_controls(junit, tmp_path: Path):
    check = Check(id=HOSTILE, outcome="failed", message=HOSTILE, paste=HOSTILE)
    warned = Check(id=HOSTILE, outcome="warned", message=HOSTILE)
    xml = junit(
        started(HOSTILE, name=HOSTILE),
        verdict("failed", check, warned, scenario=HOSTILE, target=HOSTILE),
        verdict("error", error=HOSTILE, run="r2"),
        events.Faulted(kind="InternalError", message=HOSTILE, exit_code=3, fix=HOSTILE),
        ended(3),
    )
    assert len(cases(xml)) == 3
    text = (tmp_path / "x.xml").read_text(encoding="utf-8")
    assert "\\x1b[31mred" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert not re.search(r"&#x?(1b|27|0|9b|d83d|55357);", text, re.IGNORECASE)
    assert all("\n" not in case.name for case in cases(xml))


def test_suites_add_up(junit):
    xml = junit(
        started("track", "group", "page"),
        verdict("failed", NEAREST_MISS),
        verdict("error", error="x", run="r2", scenario="group", target="phone"),
        events.Faulted(kind="CaptureFault", message="broke", exit_code=3),
        ended(3),
    )
    suites: list[TestSuite] = list(xml)
    assert [(s.name, s.tests, s.failures, s.errors, s.skipped) for s in suites] == [
        ("Acme on web", 2, 1, 0, 1),
        ("Acme on phone", 1, 0, 1, 0),
        ("testbed", 1, 0, 1, 0),
    ]
    assert (xml.tests, xml.failures, xml.errors, xml.skipped) == (4, 1, 2, 1)


def test_a_scenario_on_two_devices_is_two_cases(junit):
    plan = tuple(
        events.PlanItem(run=run, scenario="track", target="web", steps=2, device=device)
        for run, device in (("r1", "web"), ("r2", "web:chromium"))
    )
    begun = msgspec.structs.replace(started(), plan=plan)
    xml = junit(begun, verdict("failed", NEAREST_MISS, run="r1"), verdict(run="r2"), ended(1, failed=1, passed=1))
    assert [(case.name, case.is_passed) for case in cases(xml)] == [
        ("track on web", False),
        ("track on web:chromium", True),
    ]


def test_each_repetition_is_a_case_by_a_name_of_its_own(junit):
    plan = tuple(
        events.PlanItem(run=run, scenario="track", target="web", steps=2, device=device, repetition=repetition)
        for run, device, repetition in (("r1", "web", 1), ("r2", "web:x", 1), ("r3", "web", 2), ("r4", "web:x", 2))
    )
    begun = msgspec.structs.replace(started(), plan=plan)
    judged = [verdict(run=f"r{n}", repetition=(n + 1) // 2) for n in (1, 2, 3)]
    for devices, names in (
        (2, ["track on web (1 of 2)", "track on web:x (1 of 2)", "track on web (2 of 2)", "track on web:x (2 of 2)"]),
        (1, ["track (1 of 2)", "track (2 of 2)"]),
    ):
        first = msgspec.structs.replace(begun, plan=plan[:: 3 - devices])
        runs = {item.run for item in first.plan}
        xml = junit(first, *(each for each in judged if each.verdict.run in runs), ended(0, passed=3))
        assert [case.name for case in cases(xml)] == names
