"""From findings to checks: tolerated, declared to differ, and what is judged at all."""

from __future__ import annotations

import pytest

from testbed.lenses.api import Kind
from testbed.plugin.model import Differs
from testbed.scenario.vocabulary import VENDOR_KINDS
from testbed.verdict import Check, Evidence, judge
from testbed.verdict.checks import BUILT_IN
from testbed.verdict.expectations import EXPECTATIONS
from testbed.verdict.judging import FAMILIES

ON_THE_WEB = {check.id for check in BUILT_IN} - {"main-thread", "double-delivery"}
MISSING = "steps: [track: A]\nexpect: {vendor: [{track: A, id: mine}]}"


def test_everything_in_the_registries_is_judged():
    assert (*EXPECTATIONS, *BUILT_IN) == FAMILIES


def test_a_clean_run_passes_every_check(bench):
    told, call = bench.told("track", "m1", name="A"), bench.call("track", name="A")
    replies = {1: bench.reply(message_id="m1")}
    text = "steps: [track: A]\nexpect: {vendor: [track: A]}"
    checks = judge(bench.evidence(text, segment=[told], vendor=[call], replies=replies))
    assert {check.outcome for check in checks} == {"passed"}
    assert {check.id for check in checks} == {"expect.vendor[0]", *ON_THE_WEB}


def test_no_check_is_judged_where_it_means_nothing(bench):
    checks = judge(bench.evidence(sdk="android-java"))
    assert {check.id for check in checks} == {check.id for check in BUILT_IN} - {"bundle-global"}


def test_scenarios_can_name_every_kind_of_call():
    assert set(VENDOR_KINDS) == {str(kind) for kind in Kind}


class TestTolerate:
    def test_turns_a_failure_into_a_warning(self, bench):
        replies = {1: bench.reply(delivery=["Acme: boom"])}
        check = self.check(bench.evidence("steps: [track: A]\ntolerate: [plugin-throws]", replies=replies))
        assert (check.outcome, check.reason) == ("warned", "tolerated by the scenario")

    def test_only_of_the_named_check(self, bench):
        replies = {1: bench.reply(delivery=["Acme: boom"])}
        check = self.check(bench.evidence("steps: [track: A]\ntolerate: [vendor-script]", replies=replies))
        assert check.outcome == "failed"

    def test_never_of_an_expectation(self, bench):
        text = "steps: [track: A]\ntolerate: [spec]\nexpect: {vendor: [{track: A, id: spec}]}"
        outcomes = [check.outcome for check in judge(bench.evidence(text)) if check.id == "spec"]
        assert outcomes == ["failed", "passed"]

    @staticmethod
    def check(evidence: Evidence) -> Check:
        (check,) = [check for check in judge(evidence) if check.id == "plugin-throws"]
        return check


COVERING = {
    "the target": Differs(target="web", reason="r"),
    "a glob": Differs(target="*", reason="r", scenario="be*"),
    "the expectation": Differs(target="web", reason="r", check="mine"),
    "the step": Differs(target="web", reason="r", step="track"),
    "both": Differs(target="web", reason="r", step="track", check="mine"),
}
NOT_COVERING = {
    "another target": Differs(target="ios", reason="r"),
    "another scenario": Differs(target="web", reason="r", scenario="other"),
    "another check": Differs(target="web", reason="r", check="theirs"),
    "another step": Differs(target="web", reason="r", step="page"),
    "the step, another check": Differs(target="web", reason="r", step="track", check="theirs"),
}


class TestDiffers:
    @pytest.mark.parametrize("entry", COVERING.values(), ids=COVERING)
    def test_excuses(self, bench, entry):
        checks = {check.id: check for check in judge(bench.evidence(MISSING, differs=[entry]))}
        assert (checks["mine"].outcome, checks["mine"].reason, checks["mine"].differs) == ("differs", "r", (0,))

    @pytest.mark.parametrize("entry", NOT_COVERING.values(), ids=NOT_COVERING)
    def test_does_not_excuse(self, bench, entry):
        checks = {check.id: check for check in judge(bench.evidence(MISSING, differs=[entry]))}
        assert checks["mine"].outcome == "failed"

    def test_credits_every_entry_that_covers_it(self, bench):
        entries = [NOT_COVERING["another step"], *COVERING.values()]
        checks = {check.id: check for check in judge(bench.evidence(MISSING, differs=entries))}
        assert checks["mine"].differs == (1, 2, 3, 4, 5)

    @pytest.mark.parametrize(("name", "left"), [("Page *", ["Other"]), ("Other", ["Page A", "Page B"]), (None, [])])
    def test_can_be_held_to_the_calls_of_a_name(self, bench, name, left):
        entry = Differs(target="web", reason="r", check="vendor-others", name=name)
        calls = [bench.call("track", flow=f"v{n}", name=each) for n, each in enumerate(("Page A", "Page B", "Other"))]
        evidence = bench.evidence("expect: {vendor: []}", vendor=calls, differs=[entry])
        assert [check.name for check in bench.failures(evidence)] == left

    def test_excuses_built_in_checks(self, bench):
        replies = {1: bench.reply(delivery=["Acme: boom"])}
        entry = Differs(target="web", reason="known", check="plugin-throws", step="track")
        evidence = bench.evidence("steps: [track: A]", replies=replies, differs=[entry])
        assert bench.outcomes(evidence) == {"plugin-throws": "differs"}

    @pytest.mark.parametrize("entry", [Differs(target="web", reason="r"), COVERING["the step"]])
    def test_excuses_built_in_checks_by_name_only(self, bench, entry):
        replies = {1: bench.reply(delivery=["Acme: boom"])}
        evidence = bench.evidence("steps: [track: A]", replies=replies, differs=[entry])
        assert bench.outcomes(evidence) == {"plugin-throws": "failed"}

    def test_a_tolerated_failure_needs_no_excuse(self, bench):
        replies = {1: bench.reply(delivery=["Acme: boom"])}
        entry = Differs(target="web", reason="known", check="plugin-throws")
        text = "steps: [track: A]\ntolerate: plugin-throws"
        assert bench.outcomes(bench.evidence(text, replies=replies, differs=[entry])) == {"plugin-throws": "warned"}

    def test_leaves_passes_and_warnings_alone(self, bench):
        entry = Differs(target="web", reason="r")
        assert bench.outcomes(bench.evidence(differs=[entry])) == {}
