"""adbd: the device as computers see it, on an address of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType

from testbed.virtual.adb.connection import Connection
from testbed.virtual.adb.faults import NONE, Faults
from testbed.virtual.adb.keys import PublicKey
from testbed.virtual.adb.line import Line
from testbed.virtual.adb.machine import Machine
from testbed.virtual.adb.reverse import Reverse
from testbed.virtual.adb.wire import Wire

BUFFER = 256 * 1024

Accept = Callable[[PublicKey], Awaitable[bool]]
"""Asks the device's user whether to let a computer in. It may take as long as she does."""

Alarm = Callable[[str, Exception], None]
"""Told of a service (its name) and what its machine raised."""


class Daemon:
    """A context manager: while it is open, `machine` answers at `address`. Port 0 gets one; `address` then has it.

    Without `accept` nobody has to sign in. With it, a computer is asked about once and remembered in `keys`, which
    outlive the daemon. What a machine raises that it may not goes to `alarm`, and its stream alone ends; without an
    alarm it comes out of the context. Raises OSError where the address is taken."""

    def __init__(
        self,
        machine: Machine,
        address: tuple[str, int],
        *,
        faults: Faults = NONE,
        accept: Accept | None = None,
        keys: set[PublicKey] | None = None,
        alarm: Alarm | None = None,
    ) -> None:
        self.machine = machine
        self.address = address
        self.keys = keys if keys is not None else set()
        self._line = Line(faults, self.drop)
        self._accept = accept
        self._alarm = alarm
        self._boots: set[asyncio.Task[None]] = set()
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._away = False

    async def __aenter__(self) -> Daemon:
        async with AsyncExitStack() as stack:
            server = await asyncio.start_server(self._connected, *self.address, limit=BUFFER, start_serving=False)
            stack.callback(server.close)
            self.address = server.sockets[0].getsockname()[:2]
            self._tasks = await stack.enter_async_context(asyncio.TaskGroup())
            self.reverse = Reverse(self.machine, self._tasks)
            await server.start_serving()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        async with self._stack:
            self._away = True
            for task in (*self._connections, *self._boots):
                task.cancel()

    @property
    def faults(self) -> Faults:
        return self._line.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._line.faults = faults

    def drop(self) -> None:
        """Break all connections; new ones are taken."""
        for connection in self._connections.values():
            connection.drop()

    def restart(self, boot: Callable[[], Awaitable[None]] | None = None) -> None:
        """Break all connections, and take new ones once `boot` is done."""
        self.drop()
        if boot is not None:
            self._away = True
            task = self._tasks.create_task(self._boot(boot))
            self._boots.add(task)
            task.add_done_callback(self._boots.discard)

    @property
    def open(self) -> bool:
        return self._accept is None and not self.faults.unauthorized

    def knows(self, token: bytes, signature: bytes) -> bool:
        return not self.faults.unauthorized and any(key.signed(token, signature) for key in self.keys)

    async def accepts(self, key: PublicKey) -> bool:
        accepted = self._accept is not None and await self._accept(key)
        if accepted:
            self.keys.add(key)
        return accepted and not self.faults.unauthorized

    def failed(self, service: str, error: Exception) -> None:
        if self._alarm is None:
            raise error
        self._alarm(service, error)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.faults.refuse or self._away:
            writer.transport.abort()
            return
        connection = Connection(self, Wire(reader, writer, self._line))
        task = self._tasks.create_task(connection.run())
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)

    async def _boot(self, boot: Callable[[], Awaitable[None]]) -> None:
        try:
            await boot()
        except Exception as error:  # noqa: BLE001 whoever owns the device hears of it
            self.failed("reboot:", error)
        finally:
            self._away = False
