from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from testbed.capture import Capture
from testbed.runtimes.jvm import Jars, Java, JvmRuntime
from tests.harnesses.android.app.playing import FACTORIES, Stage, apk_of


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One JVM for all tests of a module: apps come and go in it."""
    folder = tmp_path_factory.mktemp("app")
    opened: asyncio.Future[Stage] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:  # a fixture's set-up and tear-down are two tasks, and a runtime is of one
        async with Capture() as capture, JvmRuntime(folder, Jars.found(), Java.found(os.environ)) as runtime:
            apks = {sdk: await apk_of(sdk, capture.ca_pem, os.environ, folder) for sdk in FACTORIES}
            opened.set_result(Stage(runtime, capture, apks, folder / "data"))
            await done.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(hold())
        yield await opened
        done.set()
