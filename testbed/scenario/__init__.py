"""Scenarios: steps to play and what must be seen in the end. Files in, frozen values out."""

from testbed.scenario.loading import load_scenarios, read_scenario, read_scenarios
from testbed.scenario.model import Expectations, Scenario
from testbed.scenario.schema import scenario_schema
from testbed.scenario.steps import Step
from testbed.scenario.targeting import covers

__all__ = [
    "Expectations",
    "Scenario",
    "Step",
    "covers",
    "load_scenarios",
    "read_scenario",
    "read_scenarios",
    "scenario_schema",
]
