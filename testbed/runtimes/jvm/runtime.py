"""The runtime of one device: a JVM that is started at the first launch, kept, and replaced when it is spent."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from testbed.errors import DeviceFault
from testbed.jail import HOME, Box, Inlet, Network, why_not
from testbed.runtimes.jvm.disk import fills
from testbed.runtimes.jvm.jars import Jars
from testbed.runtimes.jvm.java import Java
from testbed.runtimes.jvm.loopback import Loopback
from testbed.runtimes.jvm.messages import Said, Setting, Start
from testbed.runtimes.jvm.process import JvmProcess
from testbed.runtimes.jvm.worker import Worker
from testbed.virtual.apps import Bundle, Exit, Launch, Local, Log, Surroundings

MEMORY_MB = 1_536
"""Twice of what a worker has ever taken: its heap is bounded far below (java.py)."""

SCRATCH_MB = 256
PROCESSES = 512
LAUNCH_WITHIN_S = 30.0


class JvmRuntime:
    """An AppRuntime on JVMs. `folder` is this runtime's alone for as long as it lives, `env` what JVMs start with;
    `unjailed` says why no jail is wanted, where none is. A context manager, entered and left in one task."""

    def __init__(
        self, folder: Path, jars: Jars, java: Java, *, env: Mapping[str, str] | None = None, unjailed: str = ""
    ) -> None:
        self._folder = folder
        self._jars = jars
        self._java = java
        self._env = dict(env or {})
        self._unjailed = unjailed
        self._tasks = asyncio.TaskGroup()
        self._inlets: list[Inlet] = []
        self._loopback = Loopback()
        self._worker: Worker | None = None
        self._kind: tuple[int, Path] | None = None
        self._process: JvmProcess | None = None

    async def __aenter__(self) -> Self:
        self._unjailed = self._unjailed or await why_not()
        for each in ("apk", "tmp"):
            (self._folder / each).mkdir(parents=True, exist_ok=True)
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._worker is not None:
            self._worker.leave()
        self._loopback.close()
        await self._tasks.__aexit__(kind, error, trace)

    @property
    def unjailed(self) -> str:
        return self._unjailed

    async def start(
        self, bundle: Bundle, launch: Launch, surroundings: Surroundings, *, log: Log, local: Local
    ) -> JvmProcess:
        """Returns once the app is on the screen, has ended, or takes so long that it hangs."""
        if self._process is not None:
            await self._process.stop()
        bundle.data.mkdir(parents=True, exist_ok=True)
        apk = await self._staged(bundle)
        worker = await self._ready(surroundings.api, bundle.data.parent)
        self._loopback.local = local
        process = self._process = JvmProcess(worker, log, self._settle)
        start = Start(bundle.package, str(apk), str(bundle.data), launch, await self._settle(surroundings))
        self._tasks.create_task(self._watch_disk(process, worker, bundle.data))
        try:
            await process.order("start", within_s=LAUNCH_WITHIN_S, start=start)
        except* DeviceFault as faults:
            worker.leave()
            await worker.down()
            if not process.over:
                raise faults.exceptions[0] from None
        return process

    @asynccontextmanager
    async def around(self, inlet: Inlet) -> AsyncIterator[None]:
        self._inlets.append(inlet)
        try:
            yield
        finally:
            if self._worker is not None and self._worker.network is not None:
                self._worker.network.look()
            self._inlets.remove(inlet)

    async def _ready(self, api: int, data: Path) -> Worker:
        """The worker that is there, if it can run this; else another."""
        if self._worker is None or not self._worker.usable or self._kind != (api, data):
            if self._worker is not None:
                self._worker.leave()
                await self._worker.down()
            self._kind = (api, data)
            self._begin()
        assert self._worker is not None
        await self._worker.up()
        return self._worker

    def _begin(self) -> None:
        """Start a worker for the kind that was run last."""
        assert self._kind is not None
        api, data = self._kind
        worker = self._worker = Worker(self._heard, self._connected)
        temporary, home = ("/tmp", HOME) if not self._unjailed else (str(self._folder / "tmp"), str(self._folder))
        command = self._jars.command(self._java, api, jailed=not self._unjailed, temporary=temporary, home=home)
        self._tasks.create_task(self._serve(worker, command, None if self._unjailed else self._box(api, data)))

    async def _serve(self, worker: Worker, command: list[str], box: Box | None) -> None:
        await worker.serve(command, env=self._env, box=box)
        if worker is self._worker and self._process is not None:
            self._process.lost()

    def _connected(self, network: Network) -> None:
        network.loopback = self._loopback.taker
        network.around = self._inlets

    def _heard(self, said: Said) -> None:
        if self._process is not None:
            self._process.heard(said)
        if said.event == "idle" and said.spent and self._worker is not None:
            self._worker.leave()
            self._begin()  # at once: it takes seconds

    def _box(self, api: int, data: Path) -> Box:
        return Box(
            reads=(*self._java.reads, *self._jars.reads(api), str(self._folder / "apk")),
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

    async def _settle(self, surroundings: Surroundings) -> Setting:
        if self._worker is not None and self._worker.network is not None:
            self._worker.network.online = surroundings.online
        proxy = await self._loopback.as_seen(surroundings.proxy) if self._unjailed else surroundings.proxy
        return Setting.of(surroundings, proxy)

    async def _watch_disk(self, process: JvmProcess, worker: Worker, data: Path) -> None:
        """A phone's disk would be full; this machine's is not, so the app ends."""
        if await fills(data, SCRATCH_MB, process.ended()):
            stack = f"java.io.IOException: No space left on device: the app has stored more than {SCRATCH_MB} MB"
            process.end(Exit(by="exception", stack=stack))
            worker.leave()
