"""The phone's own loopback, and whether it is connected to anything beyond."""

from testbed.virtual.android.network.ports import Ports
from testbed.virtual.android.network.radios import Radios

__all__ = ["Ports", "Radios"]
