"""What the driver knows of a device's hardware."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from testbed.devices.api import Unobserved
from testbed.jail import Inlet


class Hardware(Protocol):
    """A device that an adb server can reach as `serial`."""

    serial: str

    @property
    def unjailed(self) -> str:
        """See devices.api.Device."""
        ...

    @property
    def unobserved(self) -> tuple[Unobserved, ...]:
        """What of an app this hardware does not show."""
        ...

    def around(self, inlet: Inlet) -> AbstractAsyncContextManager[None]:
        """For the time of the context, what apps send round the proxy is `inlet`'s, where anybody can see that."""
        ...

    async def reach(self) -> None:
        """Have adb on it, and it ready for use. Raises DeviceFault where it is not to be had."""
        ...
