"""Capture: proxy, certificate authority, egress policy, Flow."""

from typing import TYPE_CHECKING

from testbed.capture.flow import Answer, Disposition, Flow, Note
from testbed.lazy import lazily

if TYPE_CHECKING:
    from testbed.capture.capture import Capture
    from testbed.capture.egress import deny_reason
    from testbed.capture.listener import Listener

__all__ = ["Answer", "Capture", "Disposition", "Flow", "Listener", "Note", "deny_reason"]

# mitmproxy alone takes half a second to import.
__getattr__ = lazily(__name__, {"Capture": "capture", "Listener": "listener", "deny_reason": "egress"})
