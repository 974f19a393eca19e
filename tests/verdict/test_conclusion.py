"""From checks to a verdict, and the differences that no longer hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from testbed.errors import ExitCode, Place
from testbed.plugin.model import Differs
from testbed.verdict import Check, Verdict, conclude, judge, stale_differences


def check(outcome: Any, **fields: Any) -> Check:
    return Check(id="x", outcome=outcome, message="m", **fields)


@pytest.mark.parametrize(
    ("replies", "checks", "outcome", "code"),
    [
        ({}, [], "passed", ExitCode.PASSED),
        ({}, ["passed", "warned", "n/a", "differs"], "passed", ExitCode.PASSED),
        ({}, ["passed", "failed"], "failed", ExitCode.FAILED),
        ({1: "failed"}, [], "passed", ExitCode.PASSED),
        ({1: "n/a"}, ["n/a"], "nothing-ran", ExitCode.NOTHING_RAN),
        ({1: "skipped"}, [], "nothing-ran", ExitCode.NOTHING_RAN),
        # what was seen to fail failed, whatever was played
        ({1: "n/a"}, ["failed"], "failed", ExitCode.FAILED),
    ],
)
def test_conclude(bench, replies, checks, outcome, code):
    evidence = bench.evidence(replies={n: bench.reply(reply) for n, reply in replies.items()})
    verdict = conclude(evidence, [check(each) for each in checks], device="web-1", duration_ms=12.5)
    assert (verdict.outcome, verdict.exit_code) == (outcome, code)
    assert (verdict.scenario, verdict.target, verdict.device, verdict.duration_ms) == ("bench", "web", "web-1", 12.5)


def test_a_failed_step_fails_the_verdict(bench):
    evidence = bench.evidence(replies={1: bench.reply("failed")})
    assert conclude(evidence, judge(evidence), device="d", duration_ms=0).outcome == "failed"


def verdict(scenario: str = "one", target: str = "web", outcome: Any = "passed", used: Iterable[int] = ()) -> Verdict:
    checks = (check("differs", differs=tuple(used)),) if used else (check("passed"),)
    return Verdict(run="r", scenario=scenario, target=target, device="d", outcome=outcome, checks=checks)


ONE = Differs(target="web", reason="r", scenario="one")
ALL = Differs(target="web", reason="r")

STALE = {
    "all ran": ([ALL], [verdict()], True),
    "all ran, failed for another reason": ([ALL], [verdict(outcome="failed")], True),
    "it covers nothing": ([Differs(target="web", reason="r", scenario="gone")], [verdict()], True),
    "its one scenario ran": ([ONE], [verdict()], False),
    "another entry was used": ([ONE, ALL], [verdict(used=[1])], True),
}
HOLDING = {
    "it was used": ([ALL], [verdict(used=[0]), verdict("two")], True),
    "a filter left out what it might excuse": ([ALL], [verdict()], False),
    "a filter left out its scenario": ([ONE], [verdict("two")], False),
    "a filter left out its target": ([ONE], [verdict(target="ios")], False),
    "a run that it covers broke": ([ALL], [verdict(), verdict("two", outcome="error")], True),
    "nothing ran where it applies": ([ALL], [verdict(outcome="nothing-ran")], True),
    "there is none": ([], [verdict()], True),
}


@pytest.mark.parametrize(("entries", "verdicts", "complete"), STALE.values(), ids=STALE)
def test_a_difference_that_excuses_nothing_fails(bench, entries, verdicts, complete):
    stale = stale_differences(bench.plugin(differs=entries), verdicts, complete=complete)
    assert stale is not None
    assert (stale.outcome, stale.exit_code) == ("failed", ExitCode.FAILED)
    assert [each.outcome for each in stale.checks] == ["failed"]
    assert "excuses nothing any more" in stale.checks[0].message


@pytest.mark.parametrize(("entries", "verdicts", "complete"), HOLDING.values(), ids=HOLDING)
def test_a_difference_that_holds_does_not(bench, entries, verdicts, complete):
    assert stale_differences(bench.plugin(differs=entries), verdicts, complete=complete) is None


def test_names_the_entry_and_its_place(bench):
    entry = Differs(target="web", reason="because", scenario="one", step="screen", check="tls")
    plugin = msgspec.structs.replace(bench.plugin(differs=[entry]), places={"differs.0": Place("plugin.toml", 9, 1)})
    stale = stale_differences(plugin, [verdict()], complete=True)
    assert stale is not None
    (found,) = stale.checks
    assert found.message.startswith("[[differs]] on web, scenario one (step screen, check tls)")
    assert (found.reason, str(found.place)) == ("because", "plugin.toml:9:1")
