"""Reports: a file a format."""

from testbed.report.api import Outputs, Reporter, reporters

__all__ = ["Outputs", "Reporter", "reporters"]
