"""The activity manager: what runs, what is in front, and what the log says of it."""

from testbed.virtual.android.activity.intent import BadIntent, Intent, read_intent
from testbed.virtual.android.activity.manager import ActivityManager, Running, Started

__all__ = ["ActivityManager", "BadIntent", "Intent", "Running", "Started", "read_intent"]
