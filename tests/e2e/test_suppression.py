"""A vendor that sees a robot goes silent: by default none does, and one that does is told of."""

from __future__ import annotations

from typing import Any

import pytest

from testbed.devices.chromium.agent import UserAgent
from testbed.fleet.model import RunRequest
from testbed.plugin import read_zip
from testbed.scenario import load_scenarios
from testbed.verdict import Check
from tests.e2e.conftest import Bench, Patch
from tests.outcome import Outcome

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROBOT = "navigator.webdriver || /Headless/.test(navigator.userAgent) || navigator.plugins.length < 0"
SHY = Patch("web/acme.js", "send(event, fields) {", f"send(event, fields) {{\n      if ({ROBOT}) return;")


@pytest.fixture
def unreal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser shows itself as it is."""
    override = UserAgent.override

    def plain(self: UserAgent) -> dict[str, Any]:
        return {**override(self), "userAgent": self.text.replace("Chrome/", "HeadlessChrome/")}

    monkeypatch.setattr(UserAgent, "override", plain)


def suppressed(outcome: Outcome) -> list[Check]:
    checks = [check for verdict in outcome.verdicts for check in verdict.checks if check.id == "suppressed"]
    assert len(checks) >= len(outcome.verdicts) > 0, str(outcome)
    return [check for check in checks if check.outcome != "passed"]


async def test_a_plugin_that_looks_for_robots_sees_none(bench: Bench):
    outcome = await bench.play("acme", SHY, scenarios=("track",))
    assert (outcome.code, suppressed(outcome)) == (0, []), str(outcome)


@pytest.mark.usefixtures("unreal")
async def test_one_that_sees_one_and_goes_silent_is_told_of(bench: Bench):
    outcome = await bench.play("acme", SHY, scenarios=("track",))
    assert outcome.code == 1, str(outcome)
    [found] = suppressed(outcome)
    assert found.outcome == "warned"
    assert found.step == 1
    assert "Acme was handed 1 call and told its vendor nothing" in found.message
    assert "it read navigator.webdriver and navigator.userAgent" in found.message


@pytest.mark.usefixtures("unreal")
async def test_one_that_does_not_look_is_not(bench: Bench):
    outcome = await bench.play("acme", scenarios=("track",))
    assert (outcome.code, suppressed(outcome)) == (0, []), str(outcome)


@pytest.mark.parametrize("example", ["acme", "amplitude", "banner", "braze", "clicks", "mixpanel"])
async def test_no_example_is_suspected(bench: Bench, example: str):
    """Least of all where the scenario wants silence."""
    zipped = bench.zip(example)
    scenarios = load_scenarios(read_zip(zipped, source=example).files)
    silent = [each.name for each in scenarios if each.expect.vendor == ()]
    assert suppressed(await bench.run(zipped, RunRequest(scenarios=(scenarios[0].name, *silent)))) == []
