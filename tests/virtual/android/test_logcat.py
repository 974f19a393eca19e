"""logcat: what it shows, how, and that it follows."""

from __future__ import annotations

import asyncio
import re

import pytest

from testbed.virtual.android import Phone
from testbed.virtual.android.log import LogBook
from testbed.virtual.android.log.book import CAPACITY, MAX_PAYLOAD, Entry
from testbed.virtual.android.log.formats import Style
from tests.virtual.android.phones import Said, Terminal, ask

ENTRY = Entry(
    number=0, time=1_700_000_000.123456, buffer="main", pid=1234, tid=5678, uid=10151, priority="W", tag="Tag",
    message="one\ntwo",
)  # fmt: skip

FORMATS = [
    (["brief"], "W/Tag     ( 1234): one\nW/Tag     ( 1234): two\n"),
    (["process"], "W( 1234) one  (Tag)\nW( 1234) two  (Tag)\n"),
    (["tag"], "W/Tag     : one\nW/Tag     : two\n"),
    (["thread"], "W( 1234: 5678) one\nW( 1234: 5678) two\n"),
    (["raw"], "one\ntwo\n"),
    (["time"], "11-14 22:13:20.123 W/Tag     ( 1234): one\n11-14 22:13:20.123 W/Tag     ( 1234): two\n"),
    (
        ["threadtime"],
        "11-14 22:13:20.123  1234  5678 W Tag     : one\n11-14 22:13:20.123  1234  5678 W Tag     : two\n",
    ),
    (["long"], "[ 11-14 22:13:20.123  1234: 5678 W/Tag      ]\none\ntwo\n\n"),
    (["raw", "epoch"], "one\ntwo\n"),
    (
        ["time", "epoch"],
        "         1700000000.123 W/Tag     ( 1234): one\n         1700000000.123 W/Tag     ( 1234): two\n",
    ),
    (
        ["time", "year", "usec"],
        "2023-11-14 22:13:20.123456 W/Tag     ( 1234): one\n2023-11-14 22:13:20.123456 W/Tag     ( 1234): two\n",
    ),
    (["brief", "uid"], "W/Tag     (u0_a151: 1234): one\nW/Tag     (u0_a151: 1234): two\n"),
]


@pytest.mark.parametrize(("words", "shown"), FORMATS, ids=["-".join(words) for words, _ in FORMATS])
def test_formats(words: list[str], shown: str):
    style: Style | None = Style()
    for word in words:
        assert style is not None
        style = style.with_word(word)
    assert style is not None
    assert style.show(ENTRY) == shown


@pytest.fixture
async def logged(phone: Phone) -> Phone:
    phone.log.clear(frozenset(("main", "system")))
    phone.log.add("D", "Chatty", "debug", pid=10)
    phone.log.add("I", "App", "info", pid=11, uid=10151)
    phone.log.add("E", "App", "error", pid=11, uid=10151)
    phone.log.add("W", "System", "warning", pid=12, buffer="system")
    phone.log.add("E", "AndroidRuntime", "crash", pid=11, buffer="crash")
    phone.log.add("I", "radio", "radio", pid=13, buffer="radio")
    return phone


SHOWN = [
    ("logcat -d", ["debug", "info", "error", "warning", "crash"]),
    ("logcat -d *:W", ["error", "warning", "crash"]),
    ("logcat -d -s App", ["info", "error"]),
    ("logcat -d App:E *:S", ["error"]),
    ("logcat -d 'App:E *:S'", ["error"]),
    ("logcat -d -b crash", ["crash"]),
    ("logcat -d -b main,radio", ["debug", "info", "error", "radio"]),
    ("logcat -d -b all", ["debug", "info", "error", "warning", "crash", "radio"]),
    ("logcat -d --buffer=radio", ["radio"]),
    ("logcat -d --pid=11", ["info", "error", "crash"]),
    ("logcat -d --uid=10151", ["info", "error"]),
    ("logcat -t 2", ["warning", "crash"]),
    ("logcat -d -T 1", ["crash"]),
    ("logcat -d -m 1", ["debug"]),
    ("logcat -m 2", ["debug", "info"]),
    ("logcat -d -e 'in.o'", ["info"]),
    ("logcat -d -T '1999-01-01 00:00:00.000'", ["debug", "info", "error", "warning", "crash"]),
    ("logcat -d -T '2999-01-01 00:00:00.000'", []),
    ("logcat -c; logcat -d -b main,system,crash", []),
]


@pytest.mark.parametrize(("line", "expected"), SHOWN, ids=[line for line, _ in SHOWN])
async def test_what_is_shown(logged: Phone, line: str, expected: list[str]):
    said = await ask(logged, line.replace("logcat", "logcat -v raw", 1) if "logcat -c" not in line else line)
    assert [text for text in said.out.splitlines() if not text.startswith("---------")] == expected
    assert said.code == 0


async def test_each_buffer_has_a_heading(logged: Phone):
    headings = re.findall(r"--------- beginning of (\w+)\n", (await ask(logged, "logcat -d")).out)
    assert headings == ["main", "system", "crash"]


REFUSED = [
    ("logcat -Q", "logcat: unrecognized option '-Q'\n"),
    ("logcat --nope", "logcat: unrecognized option '--nope'\n"),
    ("logcat -b nope", "logcat: Unknown buffer 'nope'\n"),
    ("logcat -v nope", "logcat: Invalid parameter 'nope' to -v\n"),
    ("logcat -d Tag:Q", "logcat: Invalid filter expression 'Tag:Q'\n"),
    ("logcat -T yesterday", 'logcat: -T "yesterday" not in time format\n'),
    ("logcat -b", "logcat: option requires an argument -- 'b'\n"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED, ids=[line for line, _ in REFUSED])
async def test_what_is_refused(phone: Phone, line: str, said: str):
    assert await ask(phone, line) == Said(1, err=said)


async def test_it_follows_and_misses_nothing(phone: Phone):
    terminal = Terminal()
    async with asyncio.TaskGroup() as group:
        following = group.create_task(phone.shell("logcat -v raw -T 1", terminal))
        await terminal.has(b"---------")  # it is at the end of what there was
        for number in range(500):
            phone.log.add("I", "App", f"line {number}", pid=1)
            if number % 7 == 0:
                await asyncio.sleep(0)
        await terminal.has(b"line 499\n")
        following.cancel()
    assert [line for line in terminal.stdout.decode().splitlines() if line.startswith("line ")] == [
        f"line {number}" for number in range(500)
    ]


async def test_a_silent_phone_says_something_all_the_same(phone: Phone):
    terminal = Terminal()
    async with asyncio.TaskGroup() as group:
        following = group.create_task(phone.shell("logcat -T 1", terminal))
        await terminal.has(b"BatteryService")
        following.cancel()


def test_the_log_is_bounded_and_keeps_what_came_last():
    log = LogBook()
    for number in range(2_000):
        log.add("I", "App", f"{number} " + "x" * 5_000, pid=1)
    entries = log.since(0, frozenset(["main"]))
    assert log.used("main") <= CAPACITY
    assert entries[-1].message.startswith("1999 ")
    assert all(len(entry.message) == MAX_PAYLOAD - len("App") for entry in entries)
    assert [entry.number for entry in entries] == list(range(entries[0].number, 2_000))
