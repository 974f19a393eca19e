"""The report for people: what each event comes to on stdout and stderr."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from testbed import events
from testbed.verdict.model import Check, CheckOutcome, Difference, Entry
from tests.report.conftest import Report
from tests.report.samples import (
    AT,
    DIFFERS,
    HOSTILE,
    NEAREST_MISS,
    NOT_AVAILABLE,
    ONE_OF_EACH,
    TOLERATED,
    UNDECLARED,
    WARNED,
    ended,
    flow,
    repeated,
    started,
    verdict,
)

NOT_PLAYED = (
    events.StepPlayed(run="r1", index=1, step={"do": "flush"}, outcome="n/a", reason="analytics.js has no flush"),
    events.StepPlayed(run="r1", index=2, step={"do": "screen"}, outcome="skipped", reason="only for ios"),
)
STALE = Check(id="stale-difference", outcome="failed", message="[[differs]] on web excuses nothing any more")


def lines(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def test_a_run_that_passes(report: Report):
    told = report([started("track", "group"), verdict(), verdict(run="r2", scenario="group"), ended(0, passed=2)])
    assert told.out.text == lines("""
        Acme 1.4.0  2 scenarios on web  sha256 0123456789ab

          ✓ track  web   0.29 s
          ✓ group  web   0.29 s

        2 passed in 1.2 s
        """)
    assert (told.err.text, told.exit_code) == ("", 0)


def test_a_run_that_is_repeated(report: Report):
    """What passed how often, and what is flaky, with what differed."""
    started_twice = msgspec.structs.replace(
        started("order completed", "track"),
        plan=tuple(
            events.PlanItem(run=f"r{n}", scenario=scenario, target="web", steps=1, device="web", repetition=repetition)
            for n, (repetition, scenario) in enumerate(
                [(1, "order completed"), (1, "track"), (2, "order completed"), (2, "track")], start=1
            )
        ),
    )
    told = report(
        [
            started_twice,
            *(
                verdict(run=f"r{n}", scenario=scenario, repetition=repetition)
                for n, (repetition, scenario) in enumerate([(1, "order completed"), (1, "track")], start=1)
            ),
            verdict("error", run="r3", scenario="order completed", repetition=2, error="the browser died"),
            verdict(run="r4", repetition=2),
            repeated("error in 1 of 2: the browser died", scenario="order completed", passed=1),
            repeated(),
            ended(6, passed=3, errors=1),
        ]
    )
    assert told.out.text == lines("""
        Acme 1.4.0  2 scenarios on web, 2 times  sha256 0123456789ab

          ✓ order completed  web   0.29 s  1 of 2
          ✓ track            web   0.29 s  1 of 2
          ! order completed  web   0.29 s  2 of 2
              the browser died
          ✓ track            web   0.29 s  2 of 2

          1 of 2  order completed  web  flaky
              error in 1 of 2: the browser died
          2 of 2  track            web

        1 without a verdict, 3 passed in 1.2 s
          again, only these: testbed run --last-failed
        """)


def test_a_run_that_fails(report: Report):
    """The nearest miss with each difference, where the evidence is, the line to paste, and how to run it again."""
    told = report(
        [
            started("order completed", "track"),
            flow(),
            verdict("failed", NEAREST_MISS, UNDECLARED, scenario="order completed"),
            verdict(run="r2"),
            ended(1, failed=1, passed=1),
        ]
    )
    assert told.out.text == lines("""
        Acme 1.4.0  2 scenarios on web  sha256 0123456789ab

          ✗ order completed  web   0.29 s

              expect.vendor[0]  scenarios/order.yaml:12:7
              track "Order Completed": 2 fields differ
                properties.revenue  is the text "25", expected 25
                user  is missing, expected "u1"
                from POST https://api.acme.example/v1/track, step 1
                if that is right, paste:
                  - track: {name: Order Completed, properties: {revenue: "25"}}

              undeclared-host
              request to the undeclared host m.acme.example
                if that is right, paste:
                  [egress]
                  hosts = ["api.acme.example", "m.acme.example"]

          ✓ track            web   0.29 s

        1 failed, 1 passed in 1.2 s
          again, only these: testbed run --last-failed
        """)
    assert told.err.text == ""


def test_what_is_no_failure_is_told_and_counted(report: Report):
    told = report(
        [
            started("track"),
            *NOT_PLAYED,
            verdict("passed", DIFFERS, WARNED, TOLERATED, NOT_AVAILABLE),
            ended(0, passed=1, differs=1, not_available=3),
        ]
    )
    assert told.out.text == lines("""
        Acme 1.4.0  1 scenario on web  sha256 0123456789ab

          ✓ track  web   0.29 s
              differs  group "g1" was not sent
                       because Acme knows no groups.
                       expect.vendor[1]  scenarios/group.yaml:9
              warn     revenue without currency
                       spec
              warn     sdk.js did not load
                       tolerated by the scenario
                       vendor-script
              n/a      no screen on the web
                       expect.device[0]
              n/a      step 1 flush: analytics.js has no flush
              n/a      step 2 screen: only for ios

        1 passed, 1 declared difference, 2 warnings, 3 n/a in 1.2 s
        """)


@pytest.mark.parametrize(
    ("stream", "out", "err"),
    [
        # no verdict: why, in all of its lines
        (
            [started("a"), verdict("error", error="the browser died\n  fix: try again"), ended(6, errors=1)],
            "  ! track  web   0.29 s\n      the browser died\n        fix: try again\n\n1 without a verdict in 1.2 s\n",
            "",
        ),
        # nothing was played
        ([started("a"), verdict("nothing-ran"), ended(5, nothing_ran=1)], "\n1 ran nothing in 1.2 s\n", ""),
        # stopped by --fail-fast: what did not run is counted
        (
            [started("a", "b", "c"), verdict("failed", STALE), ended(1, failed=1)],
            "\n1 failed, 2 not run in 1.2 s\n",
            "",
        ),
        # a fault: what passed until then is no result
        (
            [
                started("a", "b"),
                verdict(),
                events.Faulted(kind="CaptureFault", message="capture broke", exit_code=3, fix="report this"),
                ended(3, passed=1),
            ],
            "\nno result: 1 not run, 1 passed in 1.2 s\n",
            "testbed: capture broke\n  fix: report this\n",
        ),
        # refused before anything began: no summary of nothing
        (
            [events.Faulted(kind="PluginRefused", message="plugin.toml:1: no", exit_code=7), ended(7)],
            None,
            "testbed: plugin.toml:1: no\n",
        ),
        # cut short
        ([started("a", "b"), verdict()], "\nno result: the run was cut short\n", ""),
        ([], "no result: the run was cut short\n", ""),
    ],
)
def test_how_it_ends(report: Report, stream: Sequence[events.Event], out: str | None, err: str):
    told = report(stream)
    assert told.err.text == err
    if out is None:
        assert told.out.text == ""
    else:
        assert out in told.out.text


@pytest.mark.parametrize(
    ("source", "verdicts", "says"),
    [
        (None, [verdict("failed", UNDECLARED)], "testbed run --last-failed"),
        (Path("plugins/my acme"), [verdict("failed", UNDECLARED)], "testbed run 'plugins/my acme' --last-failed"),
        (None, [verdict("error", error="x")], "testbed run --last-failed"),
        # what no single scenario shows again
        (None, [verdict(), verdict("failed", STALE, run="", scenario="[[differs]]", target="")], None),
        (None, [verdict()], None),
    ],
)
def test_how_to_run_it_again(report: Report, source: Path | None, verdicts: list[events.Event], says: str | None):
    out = report([started("track"), *verdicts, ended(1)], source=source).out.text
    if says is None:
        assert "--last-failed" not in out
    else:
        assert out.endswith(f"  again, only these: {says}\n")


def test_places_lead_from_where_the_user_is(report: Report, tmp_path: Path):
    stream = [started("track"), verdict("failed", NEAREST_MISS), ended(1)]
    for folder, said in (
        (None, "scenarios/order.yaml:12:7"),
        (tmp_path, "scenarios/order.yaml:12:7"),
        (tmp_path / "acme", "acme/scenarios/order.yaml:12:7"),
        (Path("plugins/acme"), "plugins/acme/scenarios/order.yaml:12:7"),
        (tmp_path.parent, "../scenarios/order.yaml:12:7"),
        (Path("/x"), "/x/scenarios/order.yaml:12:7"),
    ):
        assert f"expect.vendor[0]  {said}\n" in report(stream, folder=folder).out.text


def test_the_files_that_were_written_are_named(report: Report):
    out = report([started("a"), verdict(), ended()], files={"output": "out", "har": "x.har"}).out.text
    assert [line.strip() for line in out.splitlines()[-3:]] == ["x.har", "out/report.ndjson", "out/junit.xml"]


# Terminals.


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        # no terminal: no colour, but on demand
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "0"}, False),
        # a terminal: colour, but on demand (https://no-color.org: any text at all)
        ({"TESTBED_FORCE_TTY": "80"}, True),
        ({"TESTBED_FORCE_TTY": "80", "NO_COLOR": "1"}, False),
        ({"TESTBED_FORCE_TTY": "80", "NO_COLOR": "0"}, False),
        ({"TESTBED_FORCE_TTY": "80", "NO_COLOR": ""}, True),
        # both
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour(report: Report, monkeypatch: pytest.MonkeyPatch, env: dict[str, str], coloured: bool):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    out = report([started("track"), verdict("failed", NEAREST_MISS), ended(1, failed=1)]).out.text
    assert ("\x1b[31m✗\x1b[0m" in out) is coloured
    assert ("\x1b" in out) is coloured


def test_colour_is_all_that_differs(report: Report, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_FORCE_TTY", "100")
    coloured = report(ONE_OF_EACH).out.text
    monkeypatch.setenv("NO_COLOR", "1")
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == report(ONE_OF_EACH).out.text


LONG = Check(
    id="expect.vendor[0]",
    outcome="failed",
    message="the vendor was told something else altogether, in a sentence that goes on for longer than a line has room",
    paste='- track: {name: "In a very long name, too", properties: {currency: EUR, revenue: 12, products: [1, 2]}}',
)


def test_a_terminal_has_lines_of_its_width(report: Report, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_FORCE_TTY", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    warned = Check(id="spec", outcome="warned", message=LONG.message)
    out = report([started("track"), verdict("failed", LONG, warned), ended(1)]).out.text
    assert all(len(line) <= 60 for line in out.splitlines())
    assert out[out.index("      the vendor") :].startswith(
        textwrap.indent(
            lines("""
                the vendor was told something else altogether, in a
                sentence that goes on for longer than a line has room
                  if that is right, paste:
                    - track: {name: "In a very long name, too",
                        properties: {currency: EUR, revenue: 12,
                        products: [1, 2]}}

                warn     the vendor was told something else
                         altogether, in a sentence that goes on for
                         longer than a line has room
                         spec
                """),
            " " * 6,
        )
    )


def test_what_is_no_terminal_has_lines_as_they_are(report: Report):
    out = report([started("track"), verdict("failed", LONG), ended(1)]).out.text
    assert f"      {LONG.message}\n" in out
    assert f"          {LONG.paste}\n" in out


def test_names_are_aligned_by_columns(report: Report):
    out = report([started("完了", "a"), verdict(scenario="完了"), verdict(run="r2", scenario="a"), ended()]).out.text
    assert "  ✓ 完了  web " in out
    assert "  ✓ a     web " in out


HOSTILE_RUN = (
    started(HOSTILE, target=HOSTILE, name=HOSTILE),
    events.DeviceState(device=HOSTILE, state="booting", detail=HOSTILE),
    events.ScenarioStarted(run="r1", scenario=HOSTILE, target=HOSTILE, device=HOSTILE),
    events.StepPlayed(run="r1", index=1, step={"do": "track"}, outcome="n/a", reason=HOSTILE),
    flow(),
    verdict(
        "failed",
        *(
            Check(
                id=HOSTILE,
                outcome=outcome,
                message=HOSTILE,
                reason=HOSTILE,
                paste=HOSTILE,
                differences=(Difference(path=HOSTILE, expected=None, actual=None, message=HOSTILE),) * 2,
            )
            for outcome in get_args(CheckOutcome)
        ),
        scenario=HOSTILE,
        target=HOSTILE,
        error=HOSTILE,
    ),
    events.Faulted(time=AT, kind="InternalError", message=HOSTILE, exit_code=3, fix=HOSTILE),
    ended(3, failed=1),
)


@pytest.mark.parametrize("terminal", ["", "80"])
def test_no_escape_of_a_stranger_reaches_the_terminal(report: Report, monkeypatch: pytest.MonkeyPatch, terminal: str):
    monkeypatch.setenv("TESTBED_FORCE_TTY", terminal)
    told = report(HOSTILE_RUN)
    for text in (told.out.text, told.err.text):
        ours = re.compile(r"\x1b\[[0-9;]*m|\x1b\[1A\x1b\[2K")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ufffe]", ours.sub("", text))
        assert "\\x1b[31mred" in text
    # Nor does a line of a stranger's pass for one of ours, which stand further out.
    assert "✓ forged" in told.out.text
    assert not re.search(r"^(\x1b\[2K)? {0,2}✓", told.out.text + told.err.text, re.MULTILINE)


UDP = Entry(kind="refused", subject="UDP 8.8.8.8:3478", reason="it leads nowhere from the jail")
LATE = Entry(kind="unobserved", subject="late timers", reason="real quiet was waited for")


def test_the_ledger_is_below_the_verdicts_by_device_each_thing_once(report: Report):
    told = report(
        [
            started("track", "group", "page"),
            verdict(ledger=(UDP,)),
            verdict(run="r2", scenario="group", ledger=(UDP, LATE)),
            verdict(run="r3", scenario="page", device="web-2", ledger=(UDP,)),
            ended(0, passed=3),
        ]
    )
    assert told.out.text == lines("""
        Acme 1.4.0  3 scenarios on web  sha256 0123456789ab

          ✓ track  web   0.29 s
          ✓ group  web   0.29 s
          ✓ page   web   0.29 s

          ledger  web-1
              refused  UDP 8.8.8.8:3478 (2 scenarios): it leads nowhere from the jail
              unobserved  late timers: real quiet was waited for

          ledger  web-2
              refused  UDP 8.8.8.8:3478: it leads nowhere from the jail

        3 passed in 1.2 s
        """)


def test_a_ledger_entry_cannot_act_in_the_terminal(report: Report):
    told = report(
        [started("track"), verdict(ledger=(Entry(kind="refused", subject=HOSTILE, reason=HOSTILE),)), ended()]
    )
    assert "\x1b" not in told.out.text
    assert "\n  ✓ forged" not in told.out.text


@pytest.mark.parametrize(
    ("redaction", "message", "note"),
    [
        ("tokens", "is <secret:apiKey:9f2c61>", "  <secret:NAME:ID> stands for a secret; --unsafe-raw shows it"),
        ("tokens", "is plain", None),
        ("raw", "is plain", "secrets are shown as they are: --unsafe-raw"),
    ],
)
def test_how_secrets_are_shown(report: Report, redaction: Any, message: str, note: str | None):
    begin = msgspec.structs.replace(started("track"), redaction=redaction)
    check = Check(id="x", outcome="failed", message=message)
    lines = report((begin, verdict("failed", check), ended(1, failed=1))).out.text.splitlines()
    assert [line for line in lines if "--unsafe-raw" in line] == ([note] if note else [])
