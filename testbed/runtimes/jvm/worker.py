"""One JVM: started, spoken to, ended."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

from testbed.errors import DeviceFault, EnvironmentFault
from testbed.jail import Box, Network, started
from testbed.runtimes.jvm.frames import Frame, Kind, Pipes, read_frame
from testbed.runtimes.jvm.messages import Said, order, read_said
from testbed.runtimes.jvm.stream import Stream


class Worker:
    """`serve` is its whole life, as a task of whoever has it. `heard` is called for each event, `connected` with the
    network once it has one of its own."""

    def __init__(self, heard: Callable[[Said], None], connected: Callable[[Network], None]) -> None:
        self._heard = heard
        self._connected = connected
        self._orders = 0
        self._streams: dict[int, Stream] = {}
        self._answers: dict[int, asyncio.Future[Said]] = {}
        self._up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._down = asyncio.Event()
        self._leave = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._writing = asyncio.Lock()
        self.network: Network | None = None
        self.said = ""
        self.pid = 0

    async def serve(self, command: Sequence[str], *, env: Mapping[str, str], box: Box | None) -> None:
        """Until it ends, or `leave`. What goes wrong before it is up is raised by `up`."""
        try:
            with Pipes() as pipes:
                async with started(command, env=env, pipes=pipes.theirs, box=box) as process:
                    self.pid, self.network = process.pid, process.network
                    if self.network is not None:
                        self._connected(self.network)
                    reader, self._writer = await pipes.connect()
                    self._settle_up(None)
                    await self._until_either_end(reader)
                    self.said = process.said
        except EnvironmentFault as fault:
            self._settle_up(fault)
        finally:
            await self._end()

    async def _until_either_end(self, reader: asyncio.StreamReader) -> None:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(self._read(reader))
            leaving = tasks.create_task(self._leave.wait())
            await asyncio.wait((reading, leaving), return_when=asyncio.FIRST_COMPLETED)
            reading.cancel()
            leaving.cancel()

    async def up(self) -> None:
        """Wait until it runs. Raises EnvironmentFault."""
        await asyncio.shield(self._up)

    @property
    def alive(self) -> bool:
        return not self._down.is_set()

    @property
    def usable(self) -> bool:
        return self.alive and not self._leave.is_set()

    async def down(self) -> None:
        """Wait for its end."""
        await self._down.wait()

    def leave(self) -> None:
        """End it, whatever it does."""
        self._leave.set()

    async def ask(self, do: str, **what: object) -> Said:
        """Give an order and wait until it is carried out. Raises DeviceFault where it cannot be."""
        self._orders += 1
        number = self._orders
        answer: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            await self._send(Frame(Kind.CONTROL, 0, order(number, do, **what)))
            said = await answer
        finally:
            del self._answers[number]
        if said.fault:
            raise DeviceFault(f"{do}: {said.fault}")
        return said

    async def tell(self, do: str, **what: object) -> None:
        """Give an order that nobody answers."""
        self._orders += 1
        await self._send(Frame(Kind.CONTROL, 0, order(self._orders, do, **what)))

    async def connect(self, socket: str) -> Stream:
        """Raises ConnectionRefusedError where the app does not listen."""
        number = self._orders + 1  # as good as any: orders are numbered anew each time
        stream = Stream(number, self._send, lambda: self._close(number))
        self._streams[number] = stream
        try:
            if not (await self.ask("connect", stream=number, socket=socket)).refused:
                return stream
        except DeviceFault:
            pass
        self._streams.pop(number, None)
        raise ConnectionRefusedError(f"nobody listens on {socket}")

    async def _close(self, number: int) -> None:
        if self._streams.pop(number, None) is not None and self.alive:
            with contextlib.suppress(DeviceFault):
                await self.tell("close", stream=number)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while (frame := await read_frame(reader)) is not None:
            if frame.kind is not Kind.CONTROL:
                if (stream := self._streams.get(frame.stream)) is not None:
                    await stream.take(frame)
                continue
            said = read_said(frame.payload)
            if said.event:
                self._heard(said)
            elif (answer := self._answers.get(said.re)) is not None and not answer.done():
                answer.set_result(said)

    async def _send(self, frame: Frame) -> None:
        async with self._writing:
            if self._writer is None or not self.alive:
                raise DeviceFault("the app's runtime is gone")
            self._writer.write(frame.encode())
            try:
                await self._writer.drain()
            except ConnectionError:
                raise DeviceFault("the app's runtime is gone") from None

    def _settle_up(self, fault: EnvironmentFault | None) -> None:
        if self._up.done():
            return
        if fault is None:
            self._up.set_result(None)
        else:
            self._up.set_exception(fault)
            self._up.exception()  # nobody may be waiting

    async def _end(self) -> None:
        self._down.set()
        self._settle_up(DeviceFault("the app's runtime did not start"))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(DeviceFault(f"the app's runtime is gone: {self.said}".rstrip(": ")))
        for stream in list(self._streams.values()):
            await stream.lost()
