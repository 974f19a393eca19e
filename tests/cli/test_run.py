"""`testbed run`: what the command line asks a fleet for, and what it makes of the answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from testbed import events
from testbed.devices.api import DeviceSpec
from testbed.errors import ExitCode
from testbed.fleet.model import RunRequest
from testbed.plugin import pack
from testbed.verdict.model import Check, Verdict
from tests.cli.conftest import Cli
from tests.cli.fleet import RUN, PretendFleet


@pytest.mark.parametrize(
    ("args", "asked"),
    [
        # nothing
        ([], {}),
        # which scenarios on which targets
        (["-P", "web"], {"platforms": ("web",)}),
        (["--project", "web", "-P", "and*"], {"platforms": ("web", "and*")}),
        (["-k", "track"], {"scenarios": ("track",)}),
        (["--scenario", "order completed", "-k", "p*"], {"scenarios": ("order completed", "p*")}),
        (["--last-failed"], {"only_failed": ()}),
        # on which devices, how many at once
        (["-d", "web"], {"devices": (DeviceSpec(platform="web"),)}),
        (["--device", "android:pixel-8"], {"devices": (DeviceSpec(platform="android", profile="pixel-8"),)}),
        (["-j", "3"], {"workers": 3}),
        (["-j1"], {"workers": 1}),
        (["--workers", "2"], {"workers": 2}),
        # the rest
        (["--repeat", "20"], {"repeat": 20}),
        (["-x"], {"fail_fast": True}),
        (["--fail-fast"], {"fail_fast": True}),
        (["--no-fail-fast"], {}),
        (["--live", "a.example", "--live", "*.b.example"], {"live": ("a.example", "*.b.example")}),
        (["--sdk", "analytics-next@1.2.3"], {"sdk": "analytics-next@1.2.3"}),
        # together
        (["-xk", "a", "-j2", "--json"], {"fail_fast": True, "scenarios": ("a",), "workers": 2}),
    ],
)
def test_flags(cli: Cli, fleet: PretendFleet, acme: Path, args: list[str], asked: dict[str, Any]):
    assert cli("run", acme, *args).exit_code == 0
    assert fleet.request == RunRequest(source="acme", **asked)
    assert fleet.zips == [pack(acme)]


@pytest.mark.parametrize(
    ("flag", "env", "file", "asked"),
    [
        # the flag beats the environment beats the file beats the default
        (["-j", "2"], {"TESTBED_WORKERS": "3"}, "workers = 4", {"workers": 2}),
        ([], {"TESTBED_WORKERS": "3"}, "workers = 4", {"workers": 3}),
        ([], {}, "workers = 4", {"workers": 4}),
        ([], {}, "", {"workers": None}),
        (["--no-fail-fast"], {"TESTBED_FAIL_FAST": "1"}, "", {"fail_fast": False}),
        ([], {"TESTBED_FAIL_FAST": "no"}, "fail_fast = true", {"fail_fast": False}),
        ([], {}, "fail_fast = true", {"fail_fast": True}),
        (["--live", "a"], {"TESTBED_LIVE": "b"}, 'live = ["c"]', {"live": ("a",)}),
        ([], {"TESTBED_LIVE": "b, c d"}, 'live = ["e"]', {"live": ("b", "c", "d")}),
        ([], {"TESTBED_SDK": "1.2.3"}, 'sdk = "4.5.6"', {"sdk": "1.2.3"}),
        ([], {}, 'devices = ["web"]', {"devices": (DeviceSpec(platform="web"),)}),
    ],
)
def test_precedence(
    cli: Cli,
    fleet: PretendFleet,
    acme: Path,
    monkeypatch: pytest.MonkeyPatch,
    flag: list[str],
    env: dict[str, str],
    file: str,
    asked: dict[str, Any],
):
    Path("testbed.toml").write_text(file)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert cli("run", acme, *flag).exit_code == 0
    assert {key: getattr(fleet.request, key) for key in asked} == asked


@pytest.mark.parametrize(
    ("args", "env", "used"),
    [
        # a fleet that is up has a browser already; how the next one is to be booted does not matter to it
        ([], {"TESTBED_BROWSER": "/no/such/browser"}, True),
        # asked for by this very command line
        (["--browser", "/no/such/browser"], {}, False),
        (["--no-fleet"], {"TESTBED_BROWSER": "/no/such/browser"}, False),
    ],
)
def test_a_fleet_that_is_up_is_used_but_for_a_run_of_its_own(
    cli: Cli,
    fleet: PretendFleet,
    acme: Path,
    monkeypatch: pytest.MonkeyPatch,
    args: list[str],
    env: dict[str, str],
    used: bool,
):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    done = cli("run", acme, *args)
    assert bool(fleet.requests) is used
    assert done.exit_code == (0 if used else ExitCode.ENVIRONMENT)
    assert used or "/no/such/browser" in done.stderr


def test_the_plugin_is_the_one_around_where_there_is_no_argument(
    cli: Cli, fleet: PretendFleet, acme: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(acme / "web")
    assert cli("run").exit_code == 0
    assert Path(fleet.request.source).name == "acme"


def test_a_zip_is_sent_as_it_is(cli: Cli, fleet: PretendFleet, acme: Path):
    Path("x.zip").write_bytes(pack(acme))
    assert cli("run", "x.zip").exit_code == 0
    assert fleet.zips == [Path("x.zip").read_bytes()]


@pytest.mark.parametrize(
    ("args", "says", "fix"),
    [
        # no plugin
        ([], "no plugin.toml here or above", "testbed new NAME"),
        (["nowhere"], "nowhere cannot be read: No such file or directory", "name a plugin.zip or a folder"),
        (["."], "there is no plugin.toml in .", "testbed new NAME"),
        # values
        (["acme", "-d", "toaster"], "-d 'toaster' names no device", "web, android, ios"),
        # reports
        (["acme", "--junit", "acme/plugin.toml/x"], "acme/plugin.toml/x cannot be written", "--junit"),
        (["acme", "--output", "acme/plugin.toml"], "cannot be written", "--output"),
    ],
)
def test_what_cannot_be_asked_for(cli: Cli, fleet: PretendFleet, acme: Path, args: list[str], says: str, fix: str):
    done = cli("run", *args)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert says in done.stderr
    assert fix in done.stderr.partition("  fix: ")[2]
    assert fleet.requests == []


@pytest.mark.parametrize("option", ["--workers", "--repeat"])
@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_what_is_counted_from_one(cli: Cli, acme: Path, option: str, value: str):
    done = cli("run", acme, option, value)
    assert done.exit_code == ExitCode.USAGE
    assert option in done.stderr


@pytest.mark.parametrize("code", list(ExitCode))
def test_the_exit_code_is_the_runs(cli: Cli, fleet: PretendFleet, acme: Path, code: ExitCode):
    fleet.stream = (RUN[0], events.RunEnded(exit_code=code))
    assert cli("run", acme).exit_code == code


def test_a_fleet_that_goes_away_gives_no_result(cli: Cli, fleet: PretendFleet, acme: Path, tmp_path: Path):
    fleet.breaks = True
    done = cli("run", acme, "--junit", "x.xml")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert done.stdout.endswith("no result: the run was cut short\n")
    assert done.stderr == "testbed: the fleet went away in mid-run\n  fix: testbed up\n"
    assert "cut short" in Path("x.xml").read_text()


# What stands where.


def test_json_is_the_events_and_nothing_else(cli: Cli, fleet: PretendFleet, acme: Path):
    done = cli("run", acme, "--json")
    assert [events.decode(line.encode()) for line in done.stdout.splitlines()] == list(RUN)
    assert done.stderr == ""


def test_results_on_stdout_and_errors_on_stderr(cli: Cli, fleet: PretendFleet, acme: Path):
    fault = events.Faulted(kind="CaptureFault", message="capture broke", exit_code=3, fix="report this")
    fleet.stream = (RUN[0], fault, events.RunEnded(exit_code=3))
    done = cli("run", acme)
    assert done.stdout.startswith("Acme 0.1.0  1 scenario on web")
    assert done.stderr == "testbed: capture broke\n  fix: report this\n"


def test_output_has_every_report(cli: Cli, fleet: PretendFleet, acme: Path):
    done = cli("run", acme, "--output", "out/now")
    assert {path.name for path in Path("out/now").iterdir()} == {"report.ndjson", "junit.xml", "traffic.har"}
    assert "  out/now/junit.xml\n" in done.stdout


def test_output_in_the_file_is_beside_the_file(
    cli: Cli, fleet: PretendFleet, acme: Path, monkeypatch: pytest.MonkeyPatch
):
    Path("testbed.toml").write_text('output = "results"')
    monkeypatch.chdir(acme)
    assert cli("run").exit_code == 0
    assert Path("../results/junit.xml").exists()


# --list


def test_list_says_what_would_run_and_runs_nothing(cli: Cli, fleet: PretendFleet, acme: Path):
    done = cli("run", acme, "--list", "-k", "order", "-k", "alias")
    assert done.exit_code == 0
    assert done.stdout == (
        "alias            web  1 step   scenarios/alias.yaml\n"
        "order completed  web  2 steps  scenarios/order-completed.yaml\n"
    )
    assert fleet.requests == []


def test_list_as_json(cli: Cli, acme: Path):
    listed = json.loads(cli("run", acme, "--list", "--json", "-k", "alias").stdout)
    assert len(listed.pop("sha256")) == 64
    assert listed == {
        "schema": 1,
        "plugin": "Acme",
        "version": "0.1.0",
        "plan": [{"scenario": "alias", "target": "web", "steps": 1, "file": "scenarios/alias.yaml"}],
    }


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["-k", "nope"], ExitCode.NOTHING_RAN, "-k nope matches none of: alias, "),
        (["-P", "ios"], ExitCode.USAGE, "-P ios names no target"),
        (["--last-failed"], ExitCode.NOTHING_RAN, "no scenario failed last time"),
    ],
)
def test_nothing_to_list(cli: Cli, acme: Path, args: list[str], code: ExitCode, says: str):
    done = cli("run", acme, "--list", *args)
    assert (done.exit_code, done.stdout) == (code, "")
    assert says in done.stderr


# --last-failed


def judged(run: str, scenario: str, outcome: Any) -> events.Judged:
    return events.Judged(
        verdict=Verdict(run=run, scenario=scenario, target="web", device="web-1", outcome=outcome, checks=(CHECK,))
    )


CHECK = Check(id="step", outcome="passed", message="")


def stream(*verdicts: events.Judged) -> Sequence[events.Event]:
    plan = tuple(
        events.PlanItem(run=v.verdict.run, scenario=v.verdict.scenario, target="web", steps=1)
        for v in verdicts
        if v.verdict.run
    )
    started = msgspec.structs.replace(RUN[0], plan=plan)
    return (started, *verdicts, events.RunEnded(exit_code=1))


def test_last_failed(cli: Cli, fleet: PretendFleet, acme: Path):
    def again() -> set[str]:
        cli("run", acme, "--last-failed")
        return set(fleet.requests[-1].only_failed or ())

    # all that did not pass, but for what is no scenario
    fleet.stream = stream(
        judged("r1", "alias", "passed"),
        judged("r2", "page", "failed"),
        judged("r3", "track", "error"),
        judged("r4", "group", "nothing-ran"),
        judged("", "[[differs]]", "failed"),
    )
    cli("run", acme)
    fleet.stream = RUN[1:]
    assert again() == {"page::web", "track::web", "group::web"}
    # what passes since then is out; what was not run stays
    fleet.stream = stream(judged("r1", "page", "passed"))
    cli("run", acme)
    fleet.stream = RUN[1:]
    assert again() == {"track::web", "group::web"}
    # what was planned and not played, after a failure under -x, has not passed
    cut_short = stream(judged("r1", "page", "failed"), judged("r2", "alias", "passed"))
    fleet.stream = (*cut_short[:2], cut_short[-1])
    cli("run", acme, "-x")
    fleet.stream = RUN[1:]
    assert again() == {"page::web", "alias::web", "track::web", "group::web"}
    # of its repetitions one that passes is not enough, whichever it is
    for outcomes in (("passed", "failed"), ("failed", "passed")):
        fleet.stream = stream(*(judged(f"r{n}", "alias", outcome) for n, outcome in enumerate(outcomes, start=1)))
        cli("run", acme, "--repeat", "2")
        fleet.stream = RUN[1:]
        assert "alias::web" in again()
    # another plugin has a memory of its own
    acme.rename("other")
    cli("run", "other", "--last-failed")
    assert fleet.requests[-1].only_failed == ()


@pytest.mark.parametrize("content", ["", "[]", '{"cut sho', "\xff"])
def test_a_broken_memory_is_none(cli: Cli, fleet: PretendFleet, acme: Path, tmp_path: Path, content: str):
    fleet.stream = stream(judged("r1", "page", "failed"))
    cli("run", acme)
    (memory,) = (tmp_path / "state").rglob("*.json")
    memory.write_bytes(content.encode("latin-1"))
    assert cli("run", acme, "--last-failed").exit_code == 1
    assert fleet.requests[-1].only_failed == ()


def test_no_memory_is_no_reason_to_fail(
    cli: Cli, fleet: PretendFleet, acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    fleet.stream = (*stream(judged("r1", "page", "passed"))[:-1], RUN[-1])
    done = cli("run", acme)
    assert done.exit_code == 0
    assert done.stderr.startswith("testbed: --last-failed will not know of this run: ")
