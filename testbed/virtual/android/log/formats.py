"""How logcat shows an entry (AOSP: system/logging/liblog/logprint.cpp)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec

from testbed.virtual.android.log.book import Entry
from testbed.virtual.android.storage.users import name_of


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """A format with its modifiers (`-v threadtime -v uid`)."""

    name: str = "threadtime"
    epoch: bool = False
    year: bool = False
    microseconds: bool = False
    uid: bool = False

    def with_word(self, word: str) -> Style | None:
        """As one more `-v WORD` says. None: there is no such word."""
        match word:
            case "epoch":
                return msgspec.structs.replace(self, epoch=True)
            case "year":
                return msgspec.structs.replace(self, year=True)
            case "usec":
                return msgspec.structs.replace(self, microseconds=True)
            case "uid":
                return msgspec.structs.replace(self, uid=True)
            case "color" | "descriptive" | "printable" | "UTC" | "zone" | "monotonic":
                return self
        return msgspec.structs.replace(self, name=word) if word in FORMATS else None

    def show(self, entry: Entry) -> str:
        """The entry with its line ends; one of several lines has its prefix before each, but for `long`."""
        prefix, separator, suffix = FORMATS[self.name](entry, self._time(entry.time), self._uid(entry))
        lines = entry.message.rstrip("\n").split("\n")
        if self.name == "long":
            return f"{prefix}\n" + "\n".join(lines) + "\n\n"
        return "".join(f"{prefix}{separator}{line}{suffix}\n" for line in lines)

    def _time(self, when: float) -> str:
        fraction = f"{when % 1:.6f}"[1 : 8 if self.microseconds else 5]
        if fraction.startswith(".") is False:  # rounded up to a whole second
            fraction = ".999999"[: 7 if self.microseconds else 4]
        if self.epoch:
            return f"{int(when):>19}{fraction}"
        return time.strftime("%Y-%m-%d %H:%M:%S" if self.year else "%m-%d %H:%M:%S", time.gmtime(when)) + fraction

    def _uid(self, entry: Entry) -> str:
        return f"{name_of(entry.uid)}:" if self.uid else ""


Shown = tuple[str, str, str]
"""Prefix, separator, suffix of a line."""


def _brief(entry: Entry, _: str, uid: str) -> Shown:
    return f"{entry.priority}/{entry.tag:<8}({uid}{entry.pid:5}): ", "", ""


def _process(entry: Entry, _: str, uid: str) -> Shown:
    return f"{entry.priority}({uid}{entry.pid:5}) ", "", f"  ({entry.tag})"


def _tag(entry: Entry, _: str, __: str) -> Shown:
    return f"{entry.priority}/{entry.tag:<8}: ", "", ""


def _thread(entry: Entry, _: str, uid: str) -> Shown:
    return f"{entry.priority}({uid}{entry.pid:5}:{entry.tid:5}) ", "", ""


def _raw(*_: object) -> Shown:
    return "", "", ""


def _time(entry: Entry, when: str, uid: str) -> Shown:
    return f"{when} {entry.priority}/{entry.tag:<8}({uid}{entry.pid:5}): ", "", ""


def _threadtime(entry: Entry, when: str, uid: str) -> Shown:
    return f"{when} {uid.replace(':', ' ')}{entry.pid:5} {entry.tid:5} {entry.priority} {entry.tag:<8}: ", "", ""


def _long(entry: Entry, when: str, uid: str) -> Shown:
    return f"[ {when} {uid}{entry.pid:5}:{entry.tid:5} {entry.priority}/{entry.tag:<8} ]", "", ""


FORMATS: Mapping[str, Callable[[Entry, str, str], Shown]] = {
    "brief": _brief, "long": _long, "process": _process, "raw": _raw, "tag": _tag, "thread": _thread,
    "threadtime": _threadtime, "time": _time,
}  # fmt: skip
