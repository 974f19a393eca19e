"""What all connections of a device share: the Daemon, as they see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from testbed.virtual.adb.faults import Faults
from testbed.virtual.adb.keys import PublicKey
from testbed.virtual.adb.machine import Machine
from testbed.virtual.adb.reverse import Reverse


class Device(Protocol):
    machine: Machine
    reverse: Reverse

    @property
    def faults(self) -> Faults: ...

    @property
    def open(self) -> bool:
        """Whether nobody has to sign in."""
        ...

    def knows(self, token: bytes, signature: bytes) -> bool:
        """Whether a key that was accepted signed the token."""
        ...

    async def accepts(self, key: PublicKey) -> bool:
        """Whether the device's user lets the key in; returns once she has decided."""
        ...

    def failed(self, service: str, error: Exception) -> None:
        """A service raised what it may not."""
        ...

    def restart(self, boot: Callable[[], Awaitable[None]] | None = None) -> None:
        """The daemon begins anew, after `boot`: all connections break."""
        ...
