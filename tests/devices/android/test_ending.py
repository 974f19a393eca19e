"""Why an app is gone, by what the system logs of it."""

from __future__ import annotations

import pytest

from testbed.devices.android import ending as endings
from testbed.devices.android.ending import Ending, ending
from testbed.devices.android.logbook import LogBook
from testbed.devices.android.logcat import read_line

PID = 4242
DIED = "1612 1612 I ActivityManager: Process dev.testbed.app (pid 4242) has died: fg  TOP "
KILLED = "893 893 I Zygote  : Process 4242 exited due to signal 9 (Killed)"
SIGNALLED = "4242 4242 I Process : Sending signal. PID: 4242 SIG: 9"
CRASH = (
    "4242 4242 E AndroidRuntime: FATAL EXCEPTION: main",
    "4242 4242 E AndroidRuntime: Process: dev.testbed.app, PID: 4242",
    "4242 4242 E AndroidRuntime: java.lang.IllegalStateException: no token",
    "4242 4242 E AndroidRuntime: \tat {frame}(Some.java:7)",
    "4242 4242 E AndroidRuntime: \tat android.os.Handler.handleCallback(Handler.java:942)",
)


def log(*lines: str) -> LogBook:
    book = LogBook()
    for line in lines:
        entry = read_line(f"11-25 09:00:00.000 {line}")
        assert entry is not None
        book.take(entry)
    return book


@pytest.mark.parametrize(
    ("frame", "by_plugin"),
    [
        ("com.acme.Client.send", True),
        ("com.acme.inner.Deep.go", True),
        ("com.acmeonia.Client.send", False),
        ("com.segment.analytics.Analytics.track", False),
    ],
)
async def test_a_crash_is_the_plugins_where_its_code_is_on_the_stack(frame: str, by_plugin: bool):
    crash = [line.format(frame=frame) for line in CRASH]
    end = await ending(log(*crash, SIGNALLED, KILLED, DIED), PID, ["com.acme"])
    assert (end.text, end.by_app, end.by_plugin) == ("java.lang.IllegalStateException: no token", True, by_plugin)
    assert frame in end.stack


@pytest.mark.parametrize(
    "said",
    [
        "893 893 I Zygote  : Process 4242 exited cleanly (3)",
        "4242 4242 I AndroidRuntime: VM exiting with result code 3, cleanup skipped.",
        SIGNALLED,
    ],
)
async def test_an_exit_of_its_own_is_the_plugins(said: str):
    end = await ending(log(said, DIED), PID, [])
    assert (end.by_app, end.by_plugin) == (True, True)
    assert said.partition(": ")[2] in end.text


async def test_a_process_that_was_killed_is_not_the_plugins():
    end = await ending(log(KILLED, DIED), PID, ["com.acme"])
    assert end == Ending(text=f"the app's process 4242 was ended from outside: {DIED.partition(': ')[2]}", by_app=False)


async def test_a_crash_of_another_process_is_not_this_ones():
    others = [line.format(frame="com.acme.Client.send").replace("4242", "4000") for line in CRASH]
    assert not (await ending(log(*others, KILLED, DIED), PID, ["com.acme"])).by_app


async def test_where_nothing_is_said_it_was_from_outside(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(endings, "SAID_WITHIN_S", 0.01)
    end = await ending(log(), PID, [])
    assert (end.by_app, "nothing was said" in end.text) == (False, True)
