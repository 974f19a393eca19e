"""What the log says when a process ends (AOSP: RuntimeInit.KillApplicationHandler, ActivityManagerService)."""

from __future__ import annotations

from collections.abc import Iterator

from testbed.virtual.android.log import LogBook
from testbed.virtual.apps import Exit

SYSTEM_SERVER, ZYGOTE = 1_612, 893
"""Their process ids."""

PER_ENTRY = 4_000
"""A stack is written in several entries, each of whole lines (android.util.Log.printlns)."""


class Obituary:
    def __init__(self, log: LogBook, api: int) -> None:
        self._log = log
        self._api = api

    def write(self, exit: Exit, *, package: str, pid: int, uid: int, front: bool, component: str) -> None:
        match exit.by:
            case "exception":
                self._crash(exit.stack, package, pid, uid, component)
                self._zygote(pid, "due to signal 9 (Killed)")
            case "itself":
                self._zygote(pid, f"cleanly ({exit.code})")
            case "runtime":
                self._log.add(
                    "E", "testbed", f"the runtime of apps ended under {package}: {exit.stack or 'no reason given'}",
                    pid=SYSTEM_SERVER,
                )  # fmt: skip
                self._zygote(pid, "due to signal 9 (Killed)")
            case "system":
                self._zygote(pid, "due to signal 9 (Killed)")
        if exit.by != "system":  # who kills it knows, and logs "Killing" beforehand
            state = "fg  TOP " if front else "cch+5 CEM "
            text = f"Process {package} (pid {pid}) has died: {state}"
            self._log.add("I", "ActivityManager", text, pid=SYSTEM_SERVER, buffer="system")

    def _crash(self, stack: str, package: str, pid: int, uid: int, component: str) -> None:
        if not stack.startswith("FATAL EXCEPTION"):
            stack = f"FATAL EXCEPTION: main\nProcess: {package}, PID: {pid}\n{stack}"
        for part in _parts(stack):
            self._log.add("E", "AndroidRuntime", part, pid=pid, uid=uid, buffer="crash")
        text = f"  Force finishing activity {component}"
        self._log.add("W", "ActivityTaskManager", text, pid=SYSTEM_SERVER, buffer="system")
        self._log.add("I", "Process", f"Sending signal. PID: {pid} SIG: 9", pid=pid, uid=uid)

    def _zygote(self, pid: int, how: str) -> None:
        self._log.add("I", "Zygote", f"Process {pid} exited {how}", pid=ZYGOTE, uid=0)


def _parts(stack: str) -> Iterator[str]:
    held = ""
    for line in stack.rstrip("\n").split("\n"):
        if held and len(held) + len(line) > PER_ENTRY:
            yield held
            held = ""
        held = f"{held}\n{line}" if held else line
    yield held
