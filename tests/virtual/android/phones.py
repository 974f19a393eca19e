"""A phone to ask, and a runtime that pretends to run its apps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from testbed.errors import DeviceFault
from testbed.jail import Inlet
from testbed.virtual.android import Phone
from testbed.virtual.android.network.pair import pair
from testbed.virtual.apps import Bundle, Exit, Launch, Local, Log, Surroundings
from testbed.virtual.duplex import Duplex


class Said(msgspec.Struct, frozen=True):
    """What a command said."""

    code: int
    out: str = ""
    err: str = ""


class Terminal:
    """The client's side of a command."""

    def __init__(self, stdin: bytes = b"") -> None:
        self.stdin = asyncio.StreamReader()
        self.stdin.feed_data(stdin)
        self.stdin.feed_eof()
        self.stdout = bytearray()
        self.stderr = bytearray()
        self.grown = asyncio.Event()

    async def out(self, data: bytes) -> None:
        self.stdout += data
        self.grown.set()

    async def err(self, data: bytes) -> None:
        self.stderr += data

    async def has(self, text: bytes) -> None:
        """Until that was said."""
        async with asyncio.timeout(10):
            while text not in self.stdout:
                self.grown.clear()
                await self.grown.wait()


async def ask(phone: Phone, line: str, stdin: bytes = b"") -> Said:
    terminal = Terminal(stdin)
    async with asyncio.timeout(20):
        code = await phone.shell(line, terminal)
    return Said(code, terminal.stdout.decode(), terminal.stderr.decode())


async def install(phone: Phone, apk: bytes, *options: str) -> Said:
    """As adb streams it (abb_exec)."""
    terminal = Terminal(apk)
    async with asyncio.timeout(20):
        code = await phone.command(["package", "install", *options, "-S", str(len(apk))], terminal)
    return Said(code, terminal.stdout.decode(), terminal.stderr.decode())


class FakeApp:
    """A process of an app; what happens to it is in `happened`. `log` is the phone's."""

    def __init__(self, bundle: Bundle, launch: Launch, surroundings: Surroundings, log: Log, local: Local) -> None:
        self.bundle = bundle
        self.launch = launch
        self.surroundings = surroundings
        self.log = log
        self.local = local
        self.happened: list[str] = []
        self.said: dict[str, str] = {"activity": "MainActivity", "lifecycle": "resumed"}
        self._end: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()

    async def deliver(self, launch: Launch) -> None:
        self.happened.append(f"deliver {launch.uri}".rstrip())
        self.launch = launch

    async def background(self) -> None:
        self.happened.append("background")

    async def surround(self, surroundings: Surroundings) -> None:
        self.happened.append(f"surround proxy={surroundings.proxy} online={surroundings.online}")
        self.surroundings = surroundings

    async def connect(self, socket: str) -> Duplex:
        if socket != "testbed":
            raise ConnectionRefusedError(111, "Connection refused")
        ours, theirs = pair()
        await theirs.write(b'{"event":"log"}\n')
        return ours

    @property
    def state(self) -> Mapping[str, str]:
        return self.said

    async def ended(self) -> Exit:
        return await self._end

    async def stop(self) -> None:
        self.happened.append("stop")
        self.end(Exit(by="system"))

    def end(self, exit: Exit) -> None:
        if not self._end.done():
            self._end.set_result(exit)


class FakeRuntime:
    """`trouble` is what it cannot start for."""

    def __init__(self, trouble: str = "") -> None:
        self.trouble = trouble
        self.started: list[FakeApp] = []
        self.inlets: list[Inlet] = []

    @property
    def unjailed(self) -> str:
        return "it is a fake"

    @property
    def app(self) -> FakeApp:
        return self.started[-1]

    async def start(
        self, bundle: Bundle, launch: Launch, surroundings: Surroundings, *, log: Log, local: Local
    ) -> FakeApp:
        if self.trouble:
            raise DeviceFault(self.trouble)
        self.started.append(FakeApp(bundle, launch, surroundings, log, local))
        return self.app

    @asynccontextmanager
    async def around(self, inlet: Inlet) -> AsyncIterator[None]:
        self.inlets.append(inlet)
        try:
            yield
        finally:
            self.inlets.remove(inlet)
