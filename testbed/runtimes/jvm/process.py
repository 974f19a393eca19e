"""One run of an app, as testbed.virtual.apps has it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from testbed.errors import DeviceFault
from testbed.runtimes.jvm.messages import Said, Setting
from testbed.runtimes.jvm.worker import Worker
from testbed.virtual.apps import Exit, Launch, Log, Priority, Surroundings
from testbed.virtual.duplex import Duplex

PRIORITIES: Mapping[int, Priority] = {2: "V", 3: "D", 4: "I", 5: "W", 6: "E", 7: "F"}
"""android.util.Log's numbers."""

STOP_WITHIN_S = 10.0


class JvmProcess:
    """An AppProcess. `idle` is set once the worker could run another."""

    def __init__(self, worker: Worker, log: Log, translate: Callable[[Surroundings], Awaitable[Setting]]) -> None:
        self._worker = worker
        self._log = log
        self._translate = translate
        self._state: Mapping[str, str] = {}
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self.idle = asyncio.Event()

    def heard(self, said: Said) -> None:
        match said.event:
            case "log":
                self._log(PRIORITIES.get(said.priority, "I"), said.tag, said.message, said.thread)
            case "state":
                self._state = said.state
            case "exit" if said.by:
                self._ended(Exit(by=said.by, code=said.code, stack=said.stack))
            case "idle":
                self._worker.spent = said.spent
                self.idle.set()
            case _:
                pass

    def lost(self) -> None:
        """The worker is gone."""
        self._ended(Exit(by="runtime"))
        self.idle.set()

    def _ended(self, exit: Exit) -> None:
        self._state = {}
        if not self._exit.done():
            self._exit.set_result(exit)

    async def deliver(self, launch: Launch) -> None:
        await self._while_it_lives(self._worker.ask("deliver", launch=launch))

    async def background(self) -> None:
        await self._while_it_lives(self._worker.ask("background"))

    async def surround(self, surroundings: Surroundings) -> None:
        await self._while_it_lives(self._worker.ask("surround", setting=await self._translate(surroundings)))

    async def connect(self, socket: str) -> Duplex:
        if self._exit.done():
            raise ConnectionRefusedError("the app has ended")
        return await self._worker.connect(socket)

    @property
    def state(self) -> Mapping[str, str]:
        return self._state

    async def ended(self) -> Exit:
        return await asyncio.shield(self._exit)

    async def stop(self) -> None:
        """With the worker, should the app hold on to it."""
        if self.idle.is_set():
            return
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                if not self._exit.done():
                    await self._worker.tell("stop")
                await self.idle.wait()
        except (TimeoutError, DeviceFault):
            self._ended(Exit(by="system"))
            self._worker.leave()
            await self._worker.down()

    async def _while_it_lives(self, deed: Awaitable[object]) -> None:
        """An app that ends meanwhile takes no more orders: what became of it, `ended` tells."""
        async with asyncio.TaskGroup() as tasks:
            doing = tasks.create_task(_quietly(deed))
            ending = tasks.create_task(self.ended())
            await asyncio.wait((doing, ending), return_when=asyncio.FIRST_COMPLETED)
            doing.cancel()
            ending.cancel()


async def _quietly(deed: Awaitable[object]) -> None:
    with contextlib.suppress(DeviceFault):
        await deed
