"""A started test app: what it says, and what is asked of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from testbed.runtimes.jvm import JvmRuntime
from testbed.virtual.apps import AppProcess, Bundle, Launch, Local, Surroundings
from testbed.virtual.duplex import Duplex
from tests.runtimes.jvm.app import MAIN

WITHIN_S = 20.0


def surroundings(**what: Any) -> Surroundings:
    return Surroundings(**{"api": 34, "properties": {}, **what})


class Running:
    """`lines` are logcat's, as PRIORITY/TAG: MESSAGE."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._more = asyncio.Condition()
        self._logged = asyncio.Event()
        self.process: AppProcess
        self._door: Duplex

    def log(self, priority: str, tag: str, message: str, thread: int) -> None:
        self.lines.append(f"{priority}/{tag}: {message}")
        self._logged.set()

    async def until(self, line: str) -> None:
        """Wait for a line."""
        async with asyncio.timeout(WITHIN_S):
            while line not in self.lines:
                self._logged.clear()
                await self._logged.wait()

    async def do(self, deed: str, argument: str = "") -> str:
        """What the app answers to one of its Deeds."""
        async with asyncio.timeout(WITHIN_S):
            with contextlib.closing(_Connection(await self.process.connect("testbed"))) as connection:
                return await connection.ask(f"{deed} {argument}")


class _Connection:
    def __init__(self, duplex: Duplex) -> None:
        self.duplex = duplex

    async def ask(self, line: str) -> str:
        await self.duplex.write(f"{line}\n".encode())
        answer = b""
        while not answer.endswith(b"\n"):
            if not (more := await self.duplex.read()):
                raise ConnectionResetError(f"the app closed the connection at {line!r}")
            answer += more
        await self.duplex.close()
        return answer.decode().strip()

    def close(self) -> None:
        pass


@asynccontextmanager
async def running(
    runtime: JvmRuntime,
    bundle: Bundle,
    *,
    local: Local = lambda port: None,
    around: Surroundings | None = None,
    extras: Mapping[str, str] | None = None,
) -> AsyncIterator[Running]:
    app = Running()
    launch = Launch(component=MAIN, extras=extras or {})
    app.process = await runtime.start(bundle, launch, around or surroundings(), log=app.log, local=local)
    try:
        yield app
    finally:
        await app.process.stop()
