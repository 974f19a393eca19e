"""dumpsys meminfo. What an app uses is its runtime's, on this machine: no figure is made up for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


def dump(phone: Phone, args: Sequence[str]) -> str:
    running = phone.activities.running
    wanted = [arg for arg in args if not arg.startswith("-")]
    if wanted and (running is None or wanted[0] not in {running.package, str(running.pid)}):
        return f"No process found for: {wanted[0]}\n"
    rows = ["Applications Memory Usage (in Kilobytes):"]
    if running is not None:
        rows.append(f"** MEMINFO in pid {running.pid} [{running.package}] **")
        rows.append("  not measured: the app runs in a runtime of the machine that this virtual phone is on")
    return "\n".join(rows) + "\n"
