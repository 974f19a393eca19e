"""Reports: a file a format."""

from testbed.report.api import Outputs, Reporter, reporters
from testbed.report.audience import Audience
from testbed.report.secrets import hiding

__all__ = ["Audience", "Outputs", "Reporter", "hiding", "reporters"]
