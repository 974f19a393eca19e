"""Jars, the test app, and a runtime of its own for each test."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from testbed.runtimes.jvm import Jars, Java, JvmRuntime
from testbed.virtual.apps import Bundle
from tests.runtimes.jvm import app
from tests.runtimes.jvm.certificates import Certificates


@pytest.fixture(scope="session")
def jars() -> Jars:
    return Jars.found()


@pytest.fixture(scope="session")
def java() -> Java:
    return Java.found(os.environ)


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    return Certificates.make()


@pytest.fixture(scope="session")
def apk(jars: Jars, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("testapp")
    ca = folder / "ca.pem"
    ca.write_bytes(certificates.ca_pem)
    return app.build(folder / "built", jars, ca)


@pytest.fixture(scope="session")
def bundle(apk: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    sha256 = hashlib.sha256(apk.read_bytes()).hexdigest()
    return Bundle(package=app.PACKAGE, file=apk, sha256=sha256, data=tmp_path_factory.mktemp("data") / app.PACKAGE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runtime(jars: Jars, java: Java, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[JvmRuntime]:
    """One for all tests: each runs on what those before it left."""
    opened: asyncio.Future[JvmRuntime] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def hold() -> None:  # a fixture's set-up and tear-down are two tasks, and a runtime is of one
        async with JvmRuntime(tmp_path_factory.mktemp("runtime"), jars, java) as runtime:
            opened.set_result(runtime)
            await done.wait()

    holding = asyncio.get_running_loop().create_task(hold())
    yield await opened
    done.set()
    await holding
