"""The runtime of one device: a JVM that is started at the first launch, kept, and replaced when it is spent."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from testbed.errors import DeviceFault
from testbed.jail import Box, Inlet, why_not
from testbed.runtimes.jvm.jars import Jars
from testbed.runtimes.jvm.java import Java
from testbed.runtimes.jvm.messages import Said, Setting, Start
from testbed.runtimes.jvm.process import JvmProcess
from testbed.runtimes.jvm.stream import Socket
from testbed.runtimes.jvm.worker import Worker
from testbed.virtual.apps import Bundle, Launch, Local, Log, Surroundings
from testbed.virtual.duplex import Duplex

MEMORY_MB = 1_536
SCRATCH_MB = 256
PROCESSES = 512
LAUNCH_WITHIN_S = 20.0


class JvmRuntime:
    """An AppRuntime on JVMs. `folder` is this runtime's alone for as long as it lives, `env` what JVMs start with."""

    def __init__(self, folder: Path, jars: Jars, java: Java, *, env: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._jars = jars
        self._java = java
        self._env = dict(env or {})
        self._tasks = asyncio.TaskGroup()
        self._unjailed = ""
        self._inlets: list[Inlet] = []
        self._taps = AsyncExitStack()
        self._worker: Worker | None = None
        self._roots: tuple[int, Path] | None = None
        self._process: JvmProcess | None = None
        self._local: Local = lambda port: None

    async def __aenter__(self) -> Self:
        self._unjailed = await why_not()
        (self._folder / "apk").mkdir(parents=True, exist_ok=True)
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._worker is not None:
            self._worker.leave()
        await self._tasks.__aexit__(kind, error, trace)

    @property
    def unjailed(self) -> str:
        return self._unjailed

    async def start(
        self, bundle: Bundle, launch: Launch, surroundings: Surroundings, *, log: Log, local: Local
    ) -> JvmProcess:
        if self._process is not None:
            await self._process.stop()
        bundle.data.mkdir(parents=True, exist_ok=True)
        apk = await self._staged(bundle)
        worker = await self._ready(surroundings.api, bundle.data.parent)
        self._local = local
        process = self._process = JvmProcess(worker, log, self._setting)
        start = Start(bundle.package, str(apk), str(bundle.data), launch, await self._setting(surroundings))
        await self._launched(process, worker, start)
        return process

    @asynccontextmanager
    async def around(self, inlet: Inlet) -> AsyncIterator[None]:
        self._inlets.append(inlet)
        try:
            async with AsyncExitStack() as stack:
                if self._worker is not None and self._worker.network is not None and self._worker.alive:
                    await stack.enter_async_context(self._worker.network.around(inlet))
                yield
        finally:
            self._inlets.remove(inlet)

    async def _launched(self, process: JvmProcess, worker: Worker, start: Start) -> None:
        """Until the app is on the screen, has ended, or takes too long, which is then for others to see."""

        async def ask() -> None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAUNCH_WITHIN_S):
                    await worker.ask("start", start=start)

        try:
            await ask()
        except DeviceFault:
            if worker.alive:
                worker.leave()
                await worker.down()
            if not process.idle.is_set():
                raise

    async def _ready(self, api: int, data: Path) -> Worker:
        """The worker that is there, if it can run this; else another."""
        worker = self._worker
        if worker is not None and worker.alive and not worker.spent and self._roots == (api, data):
            return worker
        if worker is not None:
            worker.leave()
            await worker.down()
        self._roots = (api, data)
        worker = self._worker = Worker(self._heard)
        box = None if self._unjailed else self._box(data)
        self._tasks.create_task(self._serve(worker, api, box))
        await worker.up()
        if worker.network is not None:
            worker.network.loopback = self._loopback
        return worker

    async def _serve(self, worker: Worker, api: int, box: Box | None) -> None:
        await worker.serve(self._java, self._jars, api, env=self._env, box=box)
        if worker is self._worker and self._process is not None:
            self._process.lost()

    def _box(self, data: Path) -> Box:
        reads = (*self._java.reads, str(self._jars.folder), str(self._jars.worker), str(self._folder / "apk"))
        return Box(
            reads=reads,
            writes=(str(data),),
            memory_mb=MEMORY_MB,
            scratch_mb=SCRATCH_MB,
            processes=PROCESSES,
        )

    async def _staged(self, bundle: Bundle) -> Path:
        """The APK where a worker that runs already can read it."""
        staged = self._folder / "apk" / f"{bundle.sha256}.apk"
        if not staged.exists():
            try:
                os.link(bundle.file, staged)
            except OSError:  # another file system
                await asyncio.to_thread(shutil.copyfile, bundle.file, staged)
        return staged

    async def _setting(self, surroundings: Surroundings) -> Setting:
        return Setting.of(surroundings, surroundings.proxy)

    def _heard(self, said: Said) -> None:
        if self._process is not None:
            self._process.heard(said)

    def _loopback(self, port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None:
        taken: Callable[[Duplex], Awaitable[None]] | None = self._local(port)
        if taken is None:
            return None
        accept = taken

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await accept(Socket(reader, writer))

        return take
