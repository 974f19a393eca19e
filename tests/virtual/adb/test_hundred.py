"""A hundred devices on one adb server: each answers a shell, while each follows a log of its own."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from testbed.virtual.adb.daemon import Daemon
from tests.virtual.adb.memory import MemoryMachine
from tests.virtual.adb.servers import Adb

MANY = 100
WITHIN_S = 60


async def test_a_hundred_devices_at_once(adb: Adb):
    async with asyncio.timeout(WITHIN_S), AsyncExitStack() as stack:
        machines = [await stack.enter_async_context(MemoryMachine(f"MEM{number:04}")) for number in range(MANY)]
        daemons = [await stack.enter_async_context(Daemon(machine, ("127.0.0.1", 0))) for machine in machines]
        serials = ["{}:{}".format(*daemon.address) for daemon in daemons]
        await asyncio.gather(*(adb.connect(serial) for serial in serials))
        following = [await stack.enter_async_context(adb.service(serial, "shell:logcat")) for serial in serials]
        said = await asyncio.gather(*(adb.said(serial, f"shell:echo {serial}") for serial in serials))
        assert said == [f"{serial}\n".encode() for serial in serials]
        for machine in machines:
            await machine.log(machine.serial)
        lines = await asyncio.gather(*(log.readline() for log in following))
        assert lines == [f"{machine.serial}\n".encode() for machine in machines]
        assert [machine.running for machine in machines] == [1] * MANY
