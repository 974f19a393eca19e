"""dumpsys battery and connectivity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


def dump(_: Phone, __: Sequence[str]) -> str:
    return (
        "Current Battery Service state:\n  AC powered: false\n  USB powered: true\n  Wireless powered: false\n"
        "  Dock powered: false\n  Max charging current: 500000\n  Max charging voltage: 5000000\n"
        "  Charge counter: 4320000\n  status: 2\n  health: 2\n  present: true\n  level: 100\n  scale: 100\n"
        "  voltage: 4350\n  temperature: 250\n  technology: Li-ion\n"
    )


def connectivity(phone: Phone, _: Sequence[str]) -> str:
    state = "CONNECTED" if phone.radios.online else "DISCONNECTED"
    kind = "WIFI" if phone.radios.on("wifi") else "MOBILE"
    network = "100" if phone.radios.online else "none"
    agent = f"NetworkAgentInfo{{network{{100}}  {kind} {state}}}"
    return f"Active default network: {network}\n\nCurrent Networks:\n  {agent}\n"
