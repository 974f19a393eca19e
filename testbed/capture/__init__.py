"""Capture: proxy, the run's certificate authority, egress policy, Flow."""

from testbed.capture.capture import Capture
from testbed.capture.egress import deny_reason
from testbed.capture.flow import Answer, Disposition, Flow
from testbed.capture.listener import Listener, Note

__all__ = ["Answer", "Capture", "Disposition", "Flow", "Listener", "Note", "deny_reason"]
