"""Scenarios: steps to play and what must be seen in the end. Files in, frozen values out."""

from typing import TYPE_CHECKING

from testbed.lazy import lazily
from testbed.scenario.model import Expectations, Scenario
from testbed.scenario.steps import Step
from testbed.scenario.targeting import covers

if TYPE_CHECKING:
    from testbed.scenario.loading import load_scenarios, read_scenario, read_scenarios
    from testbed.scenario.schema import scenario_schema

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

__getattr__ = lazily(
    __name__,
    {
        "load_scenarios": "loading",
        "read_scenario": "loading",
        "read_scenarios": "loading",
        "scenario_schema": "schema",
    },
)
