"""Why an app's process is gone: by its own doing, which is the plugin's, or from outside."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from testbed.devices.android.logbook import LogBook
from testbed.devices.android.logcat import ZYGOTE, Crash, Entry, crashes, ended_itself

SAID_WITHIN_S = 3.0
"""How long the system may take to log how a process ended."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended. `by_app`: by its own doing; `stack` of the exception that ended it, `by_plugin` whether the
    plugin's code is on that."""

    text: str
    by_app: bool
    stack: str = ""
    by_plugin: bool = False


async def ending(logbook: LogBook, pid: int, packages: Collection[str]) -> Ending:
    """How process `pid` ended, which is known to be gone. `packages` are those of the plugin's code. An exit of its own
    is the plugin's doing: neither the SDK nor the harness has one."""
    await logbook.until(lambda: has_ended(logbook, pid), within_s=SAID_WITHIN_S)
    entries = list(logbook.recent)
    if (crash := _crash(entries, pid)) is not None:
        mine = any(f"at {package}." in crash.stack for package in packages)
        return Ending(text=crash.message, by_app=True, stack=crash.stack, by_plugin=mine)
    if words := ended_itself(entries, pid):
        return Ending(text=f"the app's process was ended from within: {words}", by_app=True, by_plugin=True)
    last = next((entry.text for entry in reversed(entries) if _is_obituary(entry, pid)), "nothing was said of it")
    return Ending(text=f"the app's process {pid} was ended from outside: {last}", by_app=False)


def has_ended(logbook: LogBook, pid: int) -> bool:
    """Whether all is said of the end of `pid`: of a crash the stack comes line by line, and the system's word last."""
    entries = list(logbook.recent)
    return bool(ended_itself(entries, pid)) or any(_is_obituary(entry, pid) for entry in entries)


def _crash(entries: list[Entry], pid: int) -> Crash | None:
    return next((crash for crash in crashes(entries) if crash.pid == pid), None)


def _is_obituary(entry: Entry, pid: int) -> bool:
    """The system's word on a process that is gone (AOSP, ActivityManagerService.appDiedLocked, com_android_internal_os
    _Zygote.cpp): the last line that there is of it."""
    return (entry.tag == "ActivityManager" and f"(pid {pid}) has died" in entry.text) or (
        entry.tag == ZYGOTE and entry.text.startswith(f"Process {pid} exited")
    )
