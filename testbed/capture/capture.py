"""Capture: every request of every device, through a proxy that we own, tied to the run that made it."""

from __future__ import annotations

import asyncio
import tempfile
import traceback
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType

from testbed.capture.authority import Authority
from testbed.capture.connections import Connections
from testbed.capture.engine import Engine, ErrorWatch
from testbed.capture.listener import Answerer, Listener
from testbed.devices.api import Proxy
from testbed.errors import CaptureFault
from testbed.jail import Door, host_door


class Capture:
    """An async context manager. Any exception of ours while it handles traffic becomes its `fault`: evidence with a
    hole in it proves nothing, so whoever runs must `wait_fault` beside the work and end it."""

    def __init__(self) -> None:
        self._authority = Authority.make()
        self._stack = AsyncExitStack()
        self._fault: asyncio.Future[CaptureFault] | None = None
        self._engine: Engine | None = None

    @property
    def ca_pem(self) -> bytes:
        return self._authority.ca_pem

    @property
    def spki(self) -> str:
        return self._authority.spki

    async def __aenter__(self) -> Capture:
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="capture-")))
        self._authority.write_to(folder)
        self._stack.enter_context(ErrorWatch(lambda text: self._alarm(text, None)))
        self._engine = Engine(folder)
        self.forget_fault()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def listen(
        self, run: str, answer: Answerer, *, door: Door = host_door, awake: bool = True
    ) -> AsyncIterator[Listener]:
        """A proxy of its own for `run`, at a `door` of the device's. `answer` decides on each request. Connections
        still open at the end are cut. Not `awake`, it waits for its run (Listener.hand_over)."""
        assert self._engine is not None, "enter the capture first"
        listener = Listener(run, answer, self._alarm)
        listener.awake = awake
        connections = Connections(self._engine, listener)
        async with door(connections) as (host, port):
            listener.proxy = Proxy(host=host, port=port, ca_pem=self.ca_pem, spki=self.spki)
            try:
                yield listener
            finally:
                await connections.cut()

    @property
    def fault(self) -> CaptureFault | None:
        return self._fault.result() if self._fault is not None and self._fault.done() else None

    async def wait_fault(self) -> CaptureFault:
        """Until capture breaks; gives the fault."""
        assert self._fault is not None, "enter the capture first"
        return await asyncio.shield(self._fault)

    def forget_fault(self) -> None:
        """Start over, for a run that shares nothing with the one that broke."""
        self._fault = asyncio.get_running_loop().create_future()

    def _alarm(self, what: str, error: BaseException | None) -> None:
        if self._fault is None or self._fault.done():
            return
        detail = "".join(traceback.format_exception(error)).rstrip() if error is not None else ""
        message = f"capture broke {what}: {error!r}" if error is not None else f"capture broke: {what}"
        self._fault.set_result(CaptureFault(message, fix=f"report this:\n{detail}" if detail else None))
