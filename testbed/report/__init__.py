"""Reports: a file a format."""

from testbed.report.api import Outputs, Reporter, reporters
from testbed.report.audience import Audience

__all__ = ["Audience", "Outputs", "Reporter", "reporters"]
