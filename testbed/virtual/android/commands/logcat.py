"""logcat (AOSP: system/logging/logcat/logcat.cpp)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from testbed.virtual.android.activity.obituary import SYSTEM_SERVER
from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.log import BUFFERS, Buffer, Entry
from testbed.virtual.android.log.book import CAPACITY
from testbed.virtual.android.log.filters import Filters
from testbed.virtual.android.log.formats import Style
from testbed.virtual.apps import Priority

TICK_S = 1.0
"""A phone's log is never silent for long, and clients rest on that: adbutils' logcat().stop() ends at the next line."""

DEFAULT: tuple[Buffer, ...] = ("main", "system", "crash")

USAGE = """Usage: logcat [OPTION]... [FILTERSPEC]...

General options:
  -b, --buffer=<buffer>       Request alternate buffer(s).
  -c, --clear                 Clear (flush) the entire log and exit.
  -d                          Dump the log and then exit (don't block).
  --pid=<pid>                 Only print logs from the given pid.
  --uid=<uids>                Only display log messages from UIDs.
  -g, --buffer-size           Get size of the ring buffers within logd.
  -e, --regex=<expr>          Only print lines where the log message matches <expr>.
  -m, --max-count=<count>     Quit after printing <count> lines.
  -s                          Set default filter to silent.
  -t <count>, -T <count>      Print only the most recent <count> lines (-t implies -d), or those since a time.
  -v, --format=<format>       Sets log print format.
"""


class Asked(msgspec.Struct, kw_only=True):
    """What the command line asks for. `count` or `since` (seconds since the epoch) of the lines that are there."""

    filters: Filters
    style: Style
    buffers: list[Buffer]
    dump: bool = False
    clear: bool = False
    size: bool = False
    count: int | None = None
    since: float | None = None
    most: int | None = None
    pid: int | None = None
    uid: int | None = None
    regex: re.Pattern[str] | None = None
    file: str = ""

    def shows(self, entry: Entry) -> bool:
        return (
            self.filters.shows(entry)
            and (self.pid is None or entry.pid == self.pid)
            and (self.uid is None or entry.uid == self.uid)
            and (self.regex is None or self.regex.search(entry.message) is not None)
        )


class Bad(Exception):
    """A command line that logcat refuses."""


async def logcat(call: Call) -> int:
    if call.args in (["--help"], ["-h"]):
        await call.out(USAGE)
        return 0
    try:
        asked = _read(call.args)
    except Bad as problem:
        return await call.fail(str(problem))
    buffers = frozenset(asked.buffers or DEFAULT)
    log = call.phone.log
    if asked.clear:
        log.clear(buffers)
        return 0
    if asked.size:
        for buffer in asked.buffers or DEFAULT:
            used = log.used(buffer) // 1024
            await call.out(
                f"{buffer}: ring buffer is {CAPACITY // 1024} KiB ({used} KiB consumed), max entry is 5120 B, "
                "max payload is 4068 B\n"
            )
        return 0
    return await _show(call, asked, buffers)


async def _show(call: Call, asked: Asked, buffers: frozenset[Buffer]) -> int:
    log = call.phone.log
    entries = [entry for entry in log.since(0, buffers) if asked.shows(entry)]
    following = log.end
    if asked.since is not None:
        entries = [entry for entry in entries if entry.time >= asked.since]
    if asked.count is not None:
        entries = entries[len(entries) - asked.count :] if asked.count < len(entries) else entries
    begun: set[Buffer] = set()
    left = asked.most
    while True:
        for entry in entries:
            if left is not None and left <= 0:
                return 0
            await call.out(_heading(entry, begun) + asked.style.show(entry))
            left = None if left is None else left - 1
        if asked.dump or (left is not None and left <= 0):
            return 0
        await _more(call, following)
        entries = [entry for entry in log.since(following, buffers) if asked.shows(entry)]
        following = log.end


async def _more(call: Call, number: int) -> None:
    """Wait for an entry; where none comes, the phone has one of its own."""
    log = call.phone.log
    try:
        async with asyncio.timeout(TICK_S):
            await log.more(number)
    except TimeoutError:
        up = int(time.time() - call.phone.booted_at)
        log.add("D", "BatteryService", f"level:100, scale:100, uptime:{up}s", pid=SYSTEM_SERVER, buffer="system")


def _heading(entry: Entry, begun: set[Buffer]) -> str:
    if entry.buffer in begun:
        return ""
    begun.add(entry.buffer)
    return f"--------- beginning of {entry.buffer}\n"


def _read(args: Sequence[str]) -> Asked:
    asked = Asked(filters=Filters(), style=Style(), buffers=[])
    left, rules = list(args), list[str]()
    while left:
        arg = left.pop(0)
        if arg.startswith("--"):
            _long(asked, arg, left)
        elif arg.startswith("-") and len(arg) > 1:
            _short(asked, arg[1:], left)
        else:
            rules += arg.split()
    if bad := asked.filters.add(rules):
        raise Bad(f"Invalid filter expression '{bad}'")
    return asked


_LONG = {
    "buffer": "b", "buffer-size": "g", "clear": "c", "dividers": "D", "file": "f", "format": "v", "max-count": "m",
    "regex": "e", "pid": "pid", "uid": "uid", "last": "L", "wrap": "w", "print": "p",
}  # fmt: skip
_VALUED = "bvtTmefrnG"


def _long(asked: Asked, arg: str, left: list[str]) -> None:
    word, equals, value = arg[2:].partition("=")
    letter = _LONG.get(word)
    if letter is None:
        raise Bad(f"unrecognized option '--{word}'")
    if letter in {"pid", "uid"} or letter in _VALUED:
        if not equals:
            value = _next(left, f"option '--{word}' requires an argument")
        _value(asked, letter, value)
    else:
        _flag(asked, letter)


def _short(asked: Asked, text: str, left: list[str]) -> None:
    while text:
        letter, text = text[0], text[1:]
        if letter in _VALUED:
            _value(asked, letter, text or _next(left, f"option requires an argument -- '{letter}'"))
            return
        _flag(asked, letter)


def _flag(asked: Asked, letter: str) -> None:
    match letter:
        case "d":
            asked.dump = True
        case "c":
            asked.clear = True
        case "g":
            asked.size = True
        case "s":
            asked.filters.silence()
        case "D" | "B" | "L" | "w" | "p" | "S":
            if letter in "BLS":
                raise Bad(f"-{letter} is not there on this virtual phone")
        case _:
            raise Bad(f"unrecognized option '-{letter}'")


def _value(asked: Asked, letter: str, value: str) -> None:
    match letter:
        case "b":
            for name in value.split(","):
                asked.buffers += _buffers(name)
        case "v":
            for word in value.split(","):
                if (style := asked.style.with_word(word)) is None:
                    raise Bad(f"Invalid parameter '{word}' to -v")
                asked.style = style
        case "t" | "T":
            asked.dump = asked.dump or letter == "t"
            if value.isdigit():
                asked.count = int(value)
            else:
                asked.since = _time(value, letter)
        case "m":
            asked.most = _number(value, "-m")
        case "pid":
            asked.pid = _number(value, "--pid")
        case "uid":
            asked.uid = _number(value, "--uid")
        case "e":
            try:
                asked.regex = re.compile(value)
            except re.error as error:
                raise Bad(f"Invalid regex '{value}': {error}") from None
        case "G":
            pass
        case _:
            raise Bad(f"-{letter} is not there on this virtual phone: redirect the output")


def _buffers(name: str) -> Sequence[Buffer]:
    if name == "all":
        return BUFFERS
    if name == "default":
        return DEFAULT
    found = [buffer for buffer in BUFFERS if buffer == name]
    if not found:
        raise Bad(f"Unknown buffer '{name}'")
    return found


def _time(text: str, letter: str) -> float:
    """`MM-DD hh:mm:ss.mmm`, with the year in front, or seconds since the epoch."""
    if re.fullmatch(r"\d+\.\d+", text):
        return float(text)
    year = datetime.now(UTC).year
    for form, whole in (("%Y-%m-%d %H:%M:%S.%f", text), ("%Y-%m-%d %H:%M:%S.%f", f"{year}-{text}")):
        try:
            return datetime.strptime(whole, form).replace(tzinfo=UTC).timestamp()
        except ValueError:
            continue
    raise Bad(f'-{letter} "{text}" not in time format')


def _number(text: str, option: str) -> int:
    if not text.isdigit():
        raise Bad(f"{option} {text} out of range")
    return int(text)


def _next(left: list[str], problem: str) -> str:
    if not left:
        raise Bad(problem)
    return left.pop(0)


async def log(call: Call) -> int:
    """`log [-p PRIORITY] [-t TAG] MESSAGE...`"""
    priority, tag, left = "I", "log", list(call.args)
    while left and left[0] in {"-p", "-t"} and len(left) > 1:
        option, value = left.pop(0), left.pop(0)
        if option == "-t":
            tag = value
        else:
            priority = value[:1].upper()
    if priority not in {"V", "D", "I", "W", "E", "F"} or not left:
        await call.err(
            "USAGE: log [-p priorityChar] [-t tag] message\n\tpriorityChar should be one of:\n\t\tv,d,i,w,e\n"
        )
        return 1
    known = msgspec.convert(priority, type=Priority)
    call.phone.log.add(known, tag, " ".join(left), pid=call.state.pid, uid=call.state.user.uid)
    return 0


COMMANDS: Commands = {"logcat": logcat, "log": log}
