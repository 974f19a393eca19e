"""adb with virtual devices: round trips, transfers, and many devices at once. `python -m tests.bench.adb`, on a machine
that does nothing else. The devices live in this very process; adb's server is the one that adbutils bundles."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import adbutils

from testbed.virtual.adb.daemon import Daemon
from tests.bench.figure import Spread
from tests.bench.table import told
from tests.virtual.adb.memory import MemoryMachine
from tests.virtual.adb.servers import BUNDLED, server
from tests.vitals import vitals

BYTES = 50_000_000

Do = Callable[[], Awaitable[object]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.adb", description=__doc__)
    parser.add_argument("--times", type=int, default=30, help="samples of each round trip; of a transfer a third")
    parser.add_argument("--devices", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_of_many(Path(folder), asked.devices))  # first: the transfers leave memory behind, free but ours
        asyncio.run(_of_one(Path(folder), asked.times))
    return 0


async def _of_one(folder: Path, times: int) -> None:
    async with server(BUNDLED, folder) as adb, _device() as serial:
        started = time.perf_counter()
        await adb.connect(serial)
        _say("connect, the server just started", [1e3 * (time.perf_counter() - started)], "ms")
        device = adbutils.AdbClient("127.0.0.1", adb.port).device(serial)
        file = folder / "file"
        file.write_bytes(os.urandom(BYTES))
        trips: dict[str, Do] = {
            "shell, through the server": lambda: adb.said(serial, "shell,v2,raw:echo"),
            "shell, adbutils": lambda: asyncio.to_thread(device.shell, "echo"),
            "shell, adb's command line": lambda: adb.ok("shell", "echo"),
            "adb devices, which asks no device": lambda: adb.ok("devices"),
        }
        for what, trip in trips.items():
            _say(what, await _timed(trip, times), "ms")
        _say("push, 50 MB", await _timed(lambda: adb.ok("push", str(file), "/data/file"), times // 3), "ms")
        _say("pull, 50 MB", await _timed(lambda: adb.ok("pull", "/data/file", str(file)), times // 3), "ms")


async def _of_many(folder: Path, devices: int) -> None:
    """Each with a log that is followed, and a shell."""
    async with server(BUNDLED, folder) as adb, AsyncExitStack() as stack:
        before, servers = _mb(os.getpid()), _mb(adb.pid)
        machines = [await stack.enter_async_context(MemoryMachine()) for _ in range(devices)]
        daemons = [await stack.enter_async_context(Daemon(each, ("127.0.0.1", 0))) for each in machines]
        serials = ["{}:{}".format(*each.address) for each in daemons]

        async def follow() -> None:
            for serial in serials:
                await stack.enter_async_context(adb.service(serial, "shell:logcat"))

        steps: dict[str, Do] = {
            "connect": lambda: asyncio.gather(*(adb.connect(each) for each in serials)),
            "follow a log each": follow,
            "one shell each": lambda: asyncio.gather(*(adb.said(each, "shell:echo") for each in serials)),
        }
        for what, step in steps.items():
            started = time.perf_counter()
            await step()
            _say(f"{devices} devices: {what}", [time.perf_counter() - started], "s")
        _say(f"{devices} devices: our memory, more than without", [_mb(os.getpid()) - before], "MB")
        _say(f"{devices} devices: adb's memory, {servers:.1f} MB without", [_mb(adb.pid)], "MB")


@asynccontextmanager
async def _device() -> AsyncIterator[str]:
    async with MemoryMachine() as machine, Daemon(machine, ("127.0.0.1", 0)) as daemon:
        yield "{}:{}".format(*daemon.address)


async def _timed(do: Do, times: int) -> list[float]:
    """In ms; the first is not counted."""
    took = []
    for _ in range(times + 1):
        started = time.perf_counter()
        await do()
        took.append(1e3 * (time.perf_counter() - started))
    return took[1:]


def _mb(pid: int) -> float:
    return vitals([pid]).rss / 1e6


def _say(what: str, samples: list[float], unit: str) -> None:
    print(f"{what:<52} n={len(samples):<3} {told(Spread.of(samples))} {unit}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
