"""The jail: the box that a stranger's code runs in. Its network leads nowhere but to us, its files are its own.

`started` runs a program in it, or without it where the system has no namespaces (`why_not`); what it sends comes out at
the doors of its `Network`. The jail knows nothing of capture, devices or Segment.
"""

from testbed.jail.box import HOME, Box, readable
from testbed.jail.door import Door, Inlet, host_door
from testbed.jail.network import NOWHERE, Network
from testbed.jail.packets import Attempt
from testbed.jail.process import Process, started
from testbed.jail.support import why_not

__all__ = [
    "HOME",
    "NOWHERE",
    "Attempt",
    "Box",
    "Door",
    "Inlet",
    "Network",
    "Process",
    "host_door",
    "readable",
    "started",
    "why_not",
]
