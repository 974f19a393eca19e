"""Lines of logcat as Android prints them, and the crashes in them."""

from __future__ import annotations

import pytest

from testbed.devices.android.logcat import Entry, crashes, ended_itself, last_started, read_line

CRASH = """\
--------- beginning of main
11-25 09:00:01.000  1000  1010 I ActivityManager: Start proc 4242:dev.testbed.app/u0a101 for top-activity
11-25 09:00:01.500  4242  4242 D Acme    : ready
--------- beginning of crash
11-25 09:00:02.000  4242  4250 E AndroidRuntime: FATAL EXCEPTION: OkHttp Dispatcher
11-25 09:00:02.000  4242  4250 E AndroidRuntime: Process: dev.testbed.app, PID: 4242
11-25 09:00:02.000  4242  4250 E AndroidRuntime: java.lang.IllegalStateException: no token
11-25 09:00:02.000  4242  4251 E AndroidRuntime: of another thread
11-25 09:00:02.000  4242  4250 E AndroidRuntime: \tat com.acme.Client.send(Client.java:7)
11-25 09:00:02.000  4242  4250 E AndroidRuntime: \tat java.lang.Thread.run(Thread.java:1012)
11-25 09:00:02.100  1000  1010 I ActivityManager: Process dev.testbed.app (pid 4242) has died: fg  TOP
"""


def entries(text: str) -> list[Entry]:
    return [entry for line in text.splitlines() if (entry := read_line(line)) is not None]


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (
            "11-25 09:00:01.500  4242  4250 D Acme    : ready: now",
            Entry(pid=4242, tid=4250, level="D", tag="Acme", text="ready: now"),
        ),
        ("11-25 09:00:01.500 14242 14250 W A b:c: d\r", Entry(pid=14242, tid=14250, level="W", tag="A b:c", text="d")),
        ("11-25 09:00:01.500     1     1 I init    : ", Entry(pid=1, tid=1, level="I", tag="init", text="")),
        ("--------- beginning of main", None),
        ("", None),
        ("11-25 09:00", None),
    ],
)
def test_a_line(line: str, entry: Entry | None):
    assert read_line(line) == entry


def test_a_crash():
    (crash,) = crashes(entries(CRASH))
    assert (crash.package, crash.pid, crash.thread) == ("dev.testbed.app", 4242, "OkHttp Dispatcher")
    assert crash.message == "java.lang.IllegalStateException: no token"
    assert crash.stack.splitlines() == [
        "java.lang.IllegalStateException: no token",
        "\tat com.acme.Client.send(Client.java:7)",
        "\tat java.lang.Thread.run(Thread.java:1012)",
    ]


def test_two_crashes_of_one_thread_are_two():
    found = list(crashes(entries(CRASH) * 2))
    assert len(found) == 2
    assert found[0] == found[1]


def test_the_last_process_of_an_app():
    again = CRASH.replace("Start proc 4242", "Start proc 4300")
    assert last_started(entries(CRASH), "dev.testbed.app") == 4242
    assert last_started(entries(CRASH + again), "dev.testbed.app") == 4300
    assert last_started(entries(CRASH), "dev.testbed") == 0


@pytest.mark.parametrize("kept", [0, 1])
def test_a_crash_without_its_head_is_none(kept: int):
    cut = [entry for entry in entries(CRASH) if entry.tag == "AndroidRuntime"][: kept + 1]
    assert list(crashes(cut)) == []


@pytest.mark.parametrize(
    ("line", "itself"),
    [
        ("11-25 09:00:02.000  4242  4242 I AndroidRuntime: VM exiting with result code 3, cleanup skipped.", True),
        ("11-25 09:00:02.000  4242  4242 I Process : Sending signal. PID: 4242 SIG: 9", True),
        ("11-25 09:00:02.000   893   893 I Zygote  : Process 4242 exited cleanly (3)", True),
        ("11-25 09:00:02.000   893   893 I Zygote  : Process 4242 exited due to signal 9 (Killed)", False),
        ("11-25 09:00:02.000   893   893 I Zygote  : Process 14242 exited cleanly (3)", False),
        # of another process; to another process; somebody else's words
        ("11-25 09:00:02.000  4243  4243 I AndroidRuntime: VM exiting with result code 3, cleanup skipped.", False),
        ("11-25 09:00:02.000  4242  4242 I Process : Sending signal. PID: 42 SIG: 9", False),
        ("11-25 09:00:02.000  4242  4242 I Acme    : VM exiting with result code 3, cleanup skipped.", False),
    ],
)
def test_a_process_that_ends_itself(line: str, itself: bool):
    assert bool(ended_itself(entries(line), 4242)) == itself
