"""What can be wrong with a device, on purpose."""

from __future__ import annotations

import msgspec


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """The faults of a device: none, unless said. `Daemon.faults` may be replaced while it runs."""

    unauthorized: bool = False
    """No key is good enough, remembered or not: adb shows `unauthorized`."""
    offline: bool = False
    """Connections are taken and never answered."""
    refuse: bool = False
    """Connections are ended as soon as they are there."""
    disk_full: bool = False
    """Pushed files find no space (ENOSPC)."""
    delay_s: float = 0.0
    """Each packet takes so long, either way."""
    bytes_per_s: float | None = None
    """Each connection carries so much, either way."""
    drop_after: int | None = None
    """All connections break after so many bytes, counted from when the fault was set; it happens once."""


NONE = Faults()
