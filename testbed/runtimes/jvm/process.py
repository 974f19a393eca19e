"""One run of an app, as testbed.virtual.apps has it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from testbed.errors import DeviceFault
from testbed.runtimes.jvm.messages import Said, Setting
from testbed.runtimes.jvm.worker import Worker
from testbed.virtual.apps import Exit, Launch, Log, Priority, Surroundings
from testbed.virtual.duplex import Duplex

PRIORITIES: Mapping[int, Priority] = {2: "V", 3: "D", 4: "I", 5: "W", 6: "E", 7: "F"}
"""android.util.Log's numbers."""

RESPONDS_WITHIN_S = 10.0
"""An app whose main thread hangs takes no order: what there is to say of that, others see."""

STOP_WITHIN_S = 10.0


class JvmProcess:
    """An AppProcess. `settle` makes the setting out of surroundings, and sees to what of it lies outside the worker."""

    def __init__(self, worker: Worker, log: Log, settle: Callable[[Surroundings], Awaitable[Setting]]) -> None:
        self._worker = worker
        self._log = log
        self._settle = settle
        self._state: Mapping[str, str] = {}
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._idle = asyncio.Event()

    def heard(self, said: Said) -> None:
        match said.event:
            case "log":
                self._log(PRIORITIES.get(said.priority, "I"), said.tag, said.message, said.thread)
            case "state":
                self._state = said.state
            case "exit" if said.by:
                self.end(Exit(by=said.by, code=said.code, stack=said.stack))
            case "idle":
                self._idle.set()
            case _:
                pass

    def lost(self) -> None:
        """The worker is gone."""
        self.end(Exit(by="runtime"))
        self._idle.set()

    def end(self, exit: Exit) -> None:
        """Only the first end counts."""
        self._state = {}
        if not self._exit.done():
            self._exit.set_result(exit)

    async def deliver(self, launch: Launch) -> None:
        await self.order("deliver", launch=launch)

    async def background(self) -> None:
        await self.order("background")

    async def surround(self, surroundings: Surroundings) -> None:
        await self.order("surround", setting=await self._settle(surroundings))

    async def connect(self, socket: str) -> Duplex:
        if self._exit.done():
            raise ConnectionRefusedError("the app has ended")
        return await self._worker.connect(socket)

    @property
    def state(self) -> Mapping[str, str]:
        return self._state

    @property
    def over(self) -> bool:
        return self._exit.done()

    async def ended(self) -> Exit:
        return await asyncio.shield(self._exit)

    async def stop(self) -> None:
        """With the worker, should the app hold on to it."""
        if self._idle.is_set():
            return
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                if not self._exit.done():
                    await self._worker.tell("stop")
                await self._idle.wait()
        except (TimeoutError, DeviceFault):
            self.end(Exit(by="system"))
            self._worker.leave()
            await self._worker.down()

    async def order(self, do: str, *, within_s: float = RESPONDS_WITHIN_S, **what: object) -> None:
        """Have it done, unless the app ends or hangs. Raises DeviceFault for a fault of the worker's."""
        if self._exit.done():
            return
        async with asyncio.TaskGroup() as tasks:
            doing = tasks.create_task(self._worker.ask(do, **what))
            ending = tasks.create_task(self._idle.wait())
            await asyncio.wait((doing, ending), timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            doing.cancel()
            ending.cancel()
