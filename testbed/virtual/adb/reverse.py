"""`adb reverse`: what listens on the device for the computer (AOSP, packages/modules/adb/adb_listeners.cpp).

All connections of a device see one list; a listener goes with the connection that it leads to.
"""

from __future__ import annotations

import asyncio
import errno
import os

from testbed.virtual.adb.machine import Machine
from testbed.virtual.adb.pump import pump
from testbed.virtual.adb.streams import Dial
from testbed.virtual.duplex import Duplex

KINDS = ("tcp", "local", "localabstract", "localreserved", "localfilesystem")


class _Listener:
    """`to` is where connections go, by `dial`. `address` is there once it is `opened`, or else a `problem` is."""

    def __init__(self, dial: Dial, to: str) -> None:
        self.dial = dial
        self.to = to
        self.address = ""
        self.problem: OSError | None = None
        self.opened, self.closing, self._closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def run(self, machine: Machine, address: str) -> None:
        try:
            async with machine.listen(address, self._accept) as self.address:
                self.opened.set()
                await self.closing.wait()
        except OSError as error:
            if self.opened.is_set():
                raise
            self.problem = error
        finally:
            self.opened.set()
            self._closed.set()

    async def close(self) -> None:
        self.closing.set()
        await self._closed.wait()

    async def _accept(self, there: Duplex) -> None:
        try:
            stream = await self.dial(self.to)
        except ConnectionError:
            await there.close()
            return
        await pump(stream, there)


class Reverse:
    """The listeners of a device; `tasks` keeps them open."""

    def __init__(self, machine: Machine, tasks: asyncio.TaskGroup) -> None:
        self._machine = machine
        self._tasks = tasks
        self._listeners: dict[str, _Listener] = {}

    async def forward(self, address: str, to: str, dial: Dial, *, rebind: bool) -> str:
        """Listen on the device, and connect whoever comes with `to` on the computer. Gives the address, with the port
        that `tcp:0` got. Raises FileExistsError if it listens there and may not `rebind`, OSError if it cannot."""
        if (there := self._listeners.get(address)) is not None:
            if not rebind:
                raise FileExistsError(errno.EEXIST, "cannot rebind existing socket")
            there.dial, there.to = dial, to
            return address
        listener = _Listener(dial, to)
        self._tasks.create_task(listener.run(self._machine, address))
        try:
            await listener.opened.wait()
        except asyncio.CancelledError:  # whoever asked has left: there is nobody to close it
            listener.closing.set()
            raise
        if listener.problem is not None:
            raise listener.problem
        self._listeners[listener.address] = listener
        return listener.address

    async def kill(self, address: str) -> bool:
        """Whether anything listened there."""
        listener = self._listeners.pop(address, None)
        if listener is not None:
            await listener.close()
        return listener is not None

    async def kill_all(self) -> None:
        for address in list(self._listeners):
            await self.kill(address)

    async def leave(self, dial: Dial) -> None:
        """A connection is over, and so is what led to it."""
        for address, listener in list(self._listeners.items()):
            if listener.dial == dial:
                await self.kill(address)

    def __str__(self) -> str:
        return "".join(f"host-1 {address} {listener.to}\n" for address, listener in self._listeners.items())


async def answer(reverse: Reverse, dial: Dial, request: str) -> bytes:
    """Do what a client asks for, and what to tell it (handle_forward_request in adb.cpp)."""
    verb, _, rest = request.partition(":")
    match verb:
        case "list-forward" if not rest:
            return _text(str(reverse))  # no OKAY: the computer's adb has said one
        case "killforward-all" if not rest:
            await reverse.kill_all()
            return b"OKAY"
        case "killforward":
            return await _kill(reverse, rest)
        case "forward":
            return await _forward(reverse, dial, rest)
        case _:
            return _fail("not a reverse forwarding command")


async def _kill(reverse: Reverse, address: str) -> bytes:
    if not address or ";" in address:
        return _fail(f"bad killforward: {address}")
    return b"OKAY" if await reverse.kill(address) else _fail(f"listener '{address}' not found")


async def _forward(reverse: Reverse, dial: Dial, request: str) -> bytes:
    request, rebind = request.removeprefix("norebind:"), not request.startswith("norebind:")
    address, _, to = request.partition(";")
    if not address or not to or ";" in to or to.startswith("*"):
        return _fail(f"bad forward: {request}")
    if problem := _problem(address):
        return _fail(f"cannot bind listener: {problem}")
    try:
        got = await reverse.forward(address, to, dial, rebind=rebind)
    except FileExistsError:
        return _fail("cannot rebind existing socket")
    except OSError as error:
        return _fail(f"cannot bind listener: {os.strerror(error.errno) if error.errno else error}")
    return b"OKAY" + (_text(got.removeprefix("tcp:")) if got.startswith("tcp:") else b"")


def _problem(address: str) -> str:
    kind, _, where = address.partition(":")
    if kind not in KINDS:
        return f"unknown socket specification: {address}"
    if kind == "tcp" and not (where.isascii() and where.isdigit() and int(where) < 65_536):
        return f"bad port number '{where}'"
    return ""


def _fail(reason: str) -> bytes:
    return b"FAIL" + _text(reason)


def _text(text: str) -> bytes:
    """Four hexadecimal digits of length, then the text (SendProtocolString in adb_io.cpp)."""
    raw = text.encode(errors="surrogateescape")[:0xFFFF]
    return b"%04x" % len(raw) + raw
