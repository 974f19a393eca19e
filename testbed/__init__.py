"""testbed: a local device fleet and verdicts for Segment device-mode plugins."""

__version__ = "0.1.0"
