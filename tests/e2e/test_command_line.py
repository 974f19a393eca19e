"""`testbed run` on a real browser: its artefacts, read by independent readers; how it ends when it is cut short; and
that a fault of its own is never a pass."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from haralyzer import HarParser
from junitparser import JUnitXml
from typer.testing import CliRunner

from testbed import events
from testbed.cli import app
from testbed.errors import ExitCode
from tests.web_alone import EXAMPLES

pytestmark = pytest.mark.browser

# What each example's verdict rests on: a scenario of it, and the hosts that are told something in it.
EVIDENCE = {
    "acme": ("track", {"api.acme.example", "api.segment.io"}),
    "mixpanel": ("track", {"api-js.mixpanel.com", "api.segment.io"}),
    "amplitude": ("track", {"api.amplitude.com", "api.segment.io"}),
    "braze": ("track", {"sdk.iad-01.braze.com", "api.segment.io"}),
    "clicks": ("click", {"api.segment.io"}),
    "banner": ("pixel", {"px.banner.example", "api.segment.io"}),
}


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["run", *args])
    return result.exit_code, result.output


@pytest.mark.parametrize("example", EVIDENCE)
def test_the_evidence_is_in_the_events_and_in_the_har(example: str, tmp_path: Path):
    scenario, hosts = EVIDENCE[example]
    code, said = run(str(EXAMPLES / example), "-P", "web", "-k", scenario, "--json", "--output", str(tmp_path / "out"))
    assert code == 0, said
    lines = [line for line in said.splitlines() if line.startswith("{")]
    stream = [events.decode(line.encode()) for line in lines]
    requests = [e.flow.request for e in stream if isinstance(e, events.FlowCaptured)]
    told = {request.host for request in requests if request.body or request.query}
    assert hosts <= told
    if scenario == "track":
        assert any(isinstance(e, events.VendorCalled) and e.message_id for e in stream)
        assert any(isinstance(e, events.SegmentCalled) and e.step for e in stream)
    assert (tmp_path / "out" / "report.ndjson").read_text().splitlines() == lines
    assert isinstance(stream[-1], events.RunEnded)

    har = HarParser.from_file(str(tmp_path / "out" / "traffic.har"))
    urls = [entry.request.url for page in har.pages for entry in page.entries]
    assert len(urls) == len(requests)
    for host in hosts:
        assert any(url.startswith(f"https://{host}/") for url in urls)


def test_the_junit_report_reads_as_such(tmp_path: Path):
    report = tmp_path / "junit.xml"
    code, said = run(str(EXAMPLES / "acme"), "-P", "web", "--junit", str(report))
    assert code == 0, said
    found = JUnitXml.fromfile(str(report))
    assert (found.tests, found.failures, found.errors, found.skipped) == (8, 0, 0, 0)
    assert {case.classname for suite in found for case in suite} == {"web"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_cut_short_leaves_valid_reports_that_are_no_pass(tmp_path: Path, number: signal.Signals):
    out = tmp_path / "out"
    asked = ["run", str(EXAMPLES / "acme"), "-P", "web", "--json", "--output", str(out)]
    command = [sys.executable, "-m", "testbed", *asked]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    stream, judged = [], 0
    for line in process.stdout:
        stream.append(events.decode(line))
        judged += isinstance(stream[-1], events.Judged)
        if judged == 1 and isinstance(stream[-1], events.Judged):
            process.send_signal(number)
    assert process.stderr.read() == b"interrupted\n"
    assert process.wait() == ExitCode.INTERRUPTED
    assert not any(isinstance(event, events.RunEnded) for event in stream)

    assert [events.decode(line) for line in (out / "report.ndjson").read_bytes().splitlines(keepends=True)] == stream
    junit = JUnitXml.fromfile(str(out / "junit.xml"))
    assert (junit.tests, junit.errors) == (9, 1)
    assert junit.skipped == 8 - judged
    assert HarParser.from_file(str(out / "traffic.har")).pages
    assert list(Path(os.environ["TESTBED_RUNTIME_DIR"]).iterdir()) == []


# Faults of our own, planted.


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("planted")


async def broken_later(*_: object, **__: object) -> None:
    broken()


@pytest.mark.parametrize(
    ("place", "fault", "says"),
    [
        ("testbed.capture.listener.to_request", broken, "capture broke"),
        ("testbed.fleet.router.Router.answer", broken_later, "capture broke"),
        ("testbed.lenses.declarative.Declarative.read", broken, "the acme lens failed"),
    ],
)
def test_an_exception_of_our_own_ends_the_run_with_3(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, place: str, fault: object, says: str
):
    monkeypatch.setattr(place, fault)
    asked = ["run", str(EXAMPLES / "acme"), "-P", "web", "-k", "track", "--junit", str(tmp_path / "x.xml")]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == ExitCode.INTERNAL, result.output
    assert says in result.stderr
    assert "planted" in result.stderr
    assert "no result: " in result.stdout
    assert "passed" not in result.stdout
    assert JUnitXml.fromfile(str(tmp_path / "x.xml")).errors == 1


def test_no_example_is_left_out():
    assert set(EVIDENCE) == {path.parent.name for path in EXAMPLES.glob("*/plugin.toml")}
