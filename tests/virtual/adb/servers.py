"""adb servers of the tests' own, of each adb there is."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import adbutils

from testbed.jail import started

BUNDLED = str(Path(adbutils.__file__).parent / "binaries" / "adb")
DEBIAN = "/usr/bin/adb"
WITHIN_S = 60
AGAIN_S = 0.1


class Said(NamedTuple):
    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        return (self.out + self.err).decode()


class Adb(NamedTuple):
    """An adb and a server of its own on `port`. `pid` is the server's."""

    program: str
    port: int
    env: Mapping[str, str]
    pid: int

    async def __call__(self, *arguments: str, stdin: bytes | None = None) -> Said:
        """Run the command line."""
        process = await asyncio.create_subprocess_exec(
            self.program,
            *arguments,
            env=self.env,
            stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(WITHIN_S):
                out, err = await process.communicate(stdin)
        except BaseException:
            process.kill()
            await process.wait()
            raise
        assert process.returncode is not None
        return Said(process.returncode, out, err)

    async def ok(self, *arguments: str, stdin: bytes | None = None) -> str:
        said = await self(*arguments, stdin=stdin)
        assert said.code == 0, said
        return said.out.decode()

    async def connect(self, serial: str) -> None:
        """Returns once the device can be used."""
        async with self.service("", f"host:connect:{serial}") as answer:
            assert (await answer.read()).endswith(f"connected to {serial}".encode())
        await self.becomes(serial, "device")

    async def said(self, serial: str, service: str) -> bytes:
        """All that a service of a device says."""
        async with self.service(serial, service) as stream:
            return await stream.read()

    @asynccontextmanager
    async def service(self, serial: str, name: str) -> AsyncIterator[asyncio.StreamReader]:
        """A service of a device, or of the server itself ("" for the serial), by the server's own protocol (AOSP,
        OVERVIEW.TXT): no process a piece."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for request in ([f"host:transport:{serial}"] if serial else []) + [name]:
                writer.write(f"{len(request):04x}{request}".encode())
                assert await reader.readexactly(4) == b"OKAY", await reader.read()
            yield reader
        finally:
            writer.close()

    async def state(self, serial: str) -> str:
        """As `adb devices` has it; "" if it is not there."""
        found = re.search(rf"^{re.escape(serial)}\s+(.+)$", await self.ok("devices"), re.MULTILINE)
        return found[1] if found else ""

    async def becomes(self, serial: str, state: str) -> None:
        """Returns when adb says so of the device."""
        seen: list[str] = []
        try:
            async with asyncio.timeout(WITHIN_S):
                while not await self._tracked(f"{serial}\t{state}\n", seen):
                    pass
        except TimeoutError:
            raise AssertionError(f"{serial} never became {state!r}: {seen}") from None

    async def _tracked(self, awaited: str, seen: list[str]) -> bool:
        """Whether `track-devices` says so soon: adb 29 does not tell of each change, so one has to ask again."""
        try:
            async with self.service("", "host:track-devices") as told, asyncio.timeout(AGAIN_S):
                while not seen or awaited not in seen[-1]:
                    seen.append((await told.readexactly(int(await told.readexactly(4), 16))).decode())
                return True
        except TimeoutError:
            return False


@asynccontextmanager
async def server(program: str, home: Path) -> AsyncIterator[Adb]:
    """A server whose socket is there before it starts (AOSP, SOCKET-ACTIVATION.txt), with keys in `home`, a folder that
    is there. It ends with us."""
    assert shutil.which(program), f"{program} is not there: make system installs it"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "ANDROID_USER_HOME": str(home / ".android"),
            "TMPDIR": str(home),
            "ANDROID_ADB_SERVER_PORT": str(port),
            "ADB_USB": "0",  # adb 36 waits three seconds for USB devices
            "ADB_MDNS_OPENSCREEN": "0",
            "ADB_LOCAL_TRANSPORT_MAX_PORT": "5554",  # no emulators: whoever has some on this machine keeps them
        }
        command = (program, "-L", "acceptfd:3", "nodaemon", "server")
        async with started(command, env=env, pipes=(listening.fileno(),)) as process:
            yield Adb(program, port, env, process.pid)
