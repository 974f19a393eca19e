"""Capture: proxy, certificate authority, egress policy, Flow.

What needs mitmproxy is imported when it is first asked for: half a second that a thin client, which only reads Flows,
must not pay.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from testbed.capture.egress import deny_reason
from testbed.capture.flow import Answer, Disposition, Flow, Note

if TYPE_CHECKING:
    from testbed.capture.capture import Capture
    from testbed.capture.listener import Listener

__all__ = ["Answer", "Capture", "Disposition", "Flow", "Listener", "Note", "deny_reason"]

_HEAVY = {"Capture": "capture", "Listener": "listener"}


def __getattr__(name: str) -> Any:
    if name in _HEAVY:
        return getattr(import_module(f"testbed.capture.{_HEAVY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
