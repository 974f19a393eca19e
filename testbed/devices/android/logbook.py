"""What an app says: its lines of logcat, what its harness tells, and how its process ended."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from testbed.devices.android.adb import PACKET, STDOUT, Adb
from testbed.devices.android.channel import Told
from testbed.devices.android.logcat import FOLLOW, RUNTIME, Entry, read_line
from testbed.devices.api import LogLine
from testbed.devices.lines import Level, Lines
from testbed.errors import DeviceFault

LEVELS: Mapping[str, Level] = {"V": "debug", "D": "debug", "I": "info", "W": "warning", "E": "error", "F": "error"}

RECENT = 4_000
"""Lines of the whole device to keep: an app's first ones come before its process id is known."""

BEGUN_WITHIN_S = 2.0
"""How long logcat may take to come up; a device whose log is empty says nothing."""


class LogBook(Lines):
    """The lines of one app. `recent` is what the whole device said last."""

    def __init__(self) -> None:
        super().__init__()
        self.recent: deque[Entry] = deque(maxlen=RECENT)
        self._pid = 0
        self._begun = asyncio.Event()
        self._news = asyncio.Event()

    def adopt(self, pid: int) -> None:
        """From now on this process is the app; what it said already counts too."""
        self._pid = pid
        for entry in list(self.recent):
            self._console(entry)

    def told(self, told: Told) -> None:
        """Note what the harness told unasked."""
        now = time.time()
        match told.event:
            case "exception":
                line = LogLine(
                    source="exception",
                    level="error",
                    text=_headline(told),
                    stack=told.stack,
                    by_plugin=told.by_plugin,
                    time=now,
                )
            case "blocked":
                did = "did input or output" if told.what == "io" else "did not come back"
                text = f"{told.thread or 'main'} thread blocked for {told.ms:g} ms: it {did}"
                level: Level = "error" if told.by_plugin else "warning"
                line = LogLine(
                    source="blocked", level=level, text=text, stack=told.stack, by_plugin=told.by_plugin, time=now
                )
            case "log":
                line = LogLine(source="console", level=told.level, text=told.text, time=now)
        self.add(line)

    def take(self, entry: Entry) -> None:
        """Note a line of logcat."""
        self.recent.append(entry)
        self._console(entry)
        self._news.set()

    async def until(self, seen: Callable[[], bool], *, within_s: float) -> bool:
        """Wait until a line of logcat has made `seen` true; False where none does in time."""
        try:
            async with asyncio.timeout(within_s):
                while not seen():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    @asynccontextmanager
    async def following(self, adb: Adb) -> AsyncIterator[None]:
        """Take in what the device's logcat says from now on. Logcat begins with a line that is there already: once that
        has come, no later one is missed."""
        group = asyncio.TaskGroup()
        await group.__aenter__()
        reading = group.create_task(self._read(adb))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEGUN_WITHIN_S):
                    await self._begun.wait()
            yield
        finally:
            reading.cancel()
            await group.__aexit__(None, None, None)  # what went wrong in the context is not of the group

    async def _read(self, adb: Adb) -> None:
        try:
            async with adb.stream(f"shell,v2,raw:{FOLLOW}") as (reader, _):
                rest = b""
                while True:
                    kind, length = PACKET.unpack(await reader.readexactly(PACKET.size))
                    payload = await reader.readexactly(length)
                    self._begun.set()
                    if kind != STDOUT:
                        continue
                    *lines, rest = (rest + payload).split(b"\n")
                    for line in lines:
                        if (entry := read_line(line.decode(errors="replace"))) is not None:
                            self.take(entry)
        except DeviceFault as fault:
            # What the next command meets too; what was said until then is there.
            self.harness("warning", f"logcat ended: {fault.message}")
            self._begun.set()

    def _console(self, entry: Entry) -> None:
        if entry.pid == self._pid and entry.tag != RUNTIME:  # how it ended is told as what it is
            text = f"{entry.tag}: {entry.text}"
            self.add(LogLine(source="console", level=LEVELS.get(entry.level, "info"), text=text, time=time.time()))


def _headline(told: Told) -> str:
    return f"{told.type}: {told.message}" if told.type and not told.message.startswith(told.type) else told.message
