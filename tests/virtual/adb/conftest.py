"""A device in memory, its daemon, and an adb with a server of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from testbed.virtual.adb.daemon import Daemon
from tests.virtual.adb.memory import MemoryMachine
from tests.virtual.adb.servers import BUNDLED, DEBIAN, Adb, server


@pytest.fixture
async def machine() -> AsyncIterator[MemoryMachine]:
    async with MemoryMachine() as made:
        yield made


@pytest.fixture
async def daemon(machine: MemoryMachine) -> AsyncIterator[Daemon]:
    async with Daemon(machine, ("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture(params=[BUNDLED, DEBIAN], ids=["bundled", "debian"])
async def adb(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Adb]:
    async with server(request.param, tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture
async def serial(daemon: Daemon, adb: Adb) -> str:
    """The device is connected; this is what adb calls it."""
    name = "{}:{}".format(*daemon.address)
    await adb.connect(name)
    return name
