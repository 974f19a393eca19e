"""What logcat says: its lines read (AOSP, system/logging/liblog/logprint.cpp, format `threadtime`), and crashes in them
found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

import msgspec

FOLLOW = "logcat -v threadtime -T 1"
"""The last line that is there, and then all that come."""

_LINE = re.compile(
    r"\d\d-\d\d +\d\d:\d\d:\d\d\.\d+ +(?P<pid>\d+) +(?P<tid>\d+) (?P<level>[VDIWEFS]) (?P<tag>.*?) *: (?P<text>.*)"
)
_PROCESS = re.compile(r"Process: (?P<package>\S+), PID: (?P<pid>\d+)")

_START = re.compile(r"Start proc (\d+):([^/]+)/")

RUNTIME, ZYGOTE = "AndroidRuntime", "Zygote"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `level` is logcat's letter."""

    pid: int
    tid: int
    level: str
    tag: str
    text: str


class Crash(msgspec.Struct, frozen=True, kw_only=True):
    """An uncaught exception (AOSP, RuntimeInit.LoggingHandler): its thread, its first line, and its stack trace."""

    package: str
    pid: int
    thread: str
    message: str
    stack: str


def read_line(line: str) -> Entry | None:
    """None for what is no entry: `--------- beginning of main`."""
    found = _LINE.fullmatch(line.rstrip("\r\n"))
    if found is None:
        return None
    return Entry(
        pid=int(found["pid"]), tid=int(found["tid"]), level=found["level"], tag=found["tag"], text=found["text"]
    )


def crashes(entries: Sequence[Entry]) -> Iterator[Crash]:
    """The crashes that the lines tell of. Three heads of lines, then the stack trace, all from one thread."""
    for at, entry in enumerate(entries):
        if entry.tag != RUNTIME or not entry.text.startswith("FATAL EXCEPTION"):
            continue
        same = [each.text for each in entries[at + 1 :] if each.tag == RUNTIME and each.tid == entry.tid]
        block = list(takewhile(lambda text: not text.startswith("FATAL EXCEPTION"), same))
        if len(block) < 2 or (process := _PROCESS.match(block[0])) is None:
            continue
        yield Crash(
            package=process["package"],
            pid=int(process["pid"]),
            thread=entry.text.partition(": ")[2],
            message=block[1],
            stack="\n".join(block[1:]),
        )


def last_started(entries: Iterable[Entry], package: str) -> int:
    """The id of the last process of an app that was started (AOSP, ProcessList.handleProcessStartedLocked); 0: none."""
    texts = [entry.text for entry in entries if entry.tag == "ActivityManager"]
    found = [int(start[1]) for text in texts if (start := _START.match(text)) and start[2] == package]
    return found[-1] if found else 0


def ended_itself(entries: Sequence[Entry], pid: int) -> str:
    """How the process ended itself, in the system's words; "" where it did not: by an exit (AOSP,
    AndroidRuntime::onExit; com_android_internal_os_Zygote.cpp tells it from a signal) or by a signal to itself (AOSP,
    android_util_Process.cpp)."""
    for entry in entries:
        mine = entry.pid == pid
        if (
            (mine and entry.tag == RUNTIME and entry.text.startswith("VM exiting with result code"))
            or (mine and entry.tag == "Process" and entry.text.startswith(f"Sending signal. PID: {pid} "))
            or (entry.tag == ZYGOTE and entry.text.startswith(f"Process {pid} exited cleanly"))
        ):
            return entry.text
    return ""
