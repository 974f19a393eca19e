"""One connection of a computer: it signs in, then opens streams (AOSP, packages/modules/adb/adb.cpp, handle_packet)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Coroutine, Mapping

from testbed.virtual.adb.device import Device
from testbed.virtual.adb.keys import TOKEN_BYTES, PublicKey, read_public_key
from testbed.virtual.adb.packets import LEAST, MOST, VERSION, Auth, BrokenWire, Command, Packet
from testbed.virtual.adb.services import service
from testbed.virtual.adb.streams import Stream, Streams
from testbed.virtual.adb.wire import Wire

FEATURES = (
    "shell_v2", "cmd", "stat_v2", "ls_v2", "fixed_push_mkdir", "apex", "abb", "fixed_push_symlink_timestamp",
    "abb_exec", "remount_shell", "sendrecv_v2",
)  # fmt: skip
"""What we say that we can do. Not here: compression, which adb 36 would use, and `delayed_ack`, which does away with
the turns that streams take."""
STREAMS = 512
PROPERTIES = ("ro.product.name", "ro.product.model", "ro.product.device")


class Connection:
    """`run` returns when the connection is over."""

    def __init__(self, device: Device, wire: Wire) -> None:
        self.device = device
        self._wire = wire
        self._online = False
        self._asked = False
        self._token = b""
        self._streams = Streams(wire, STREAMS)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                try:
                    while True:
                        await self._handle(await self._wire.receive())
                        await self._wire.room()  # a client that does not listen is not listened to
                except ConnectionError:
                    self._end_all()
        finally:
            self._online = False
            self._wire.drop()
            await self.device.reverse.leave(self.dial)

    def drop(self) -> None:
        self._wire.drop()

    async def dial(self, address: str) -> Stream:
        """Open a stream to an address of the computer's (`tcp:PORT`). Raises ConnectionError."""
        if not self._online:
            raise ConnectionResetError("the computer has left")
        stream = self._streams.new()
        try:
            await self._wire.send(Packet(Command.OPEN, stream.local, 0, address.encode() + b"\0"))
            await stream.answered()
        except BaseException:
            stream.abort()
            raise
        return stream

    async def _handle(self, packet: Packet) -> None:
        """Until it has signed in, all but CNXN and AUTH is ignored (protocol.txt)."""
        match packet.command:
            case _ if self.device.faults.offline:
                pass
            case Command.CNXN:
                await self._greeted(packet)
            case Command.AUTH if not self._online:
                await self._authorise(packet)
            case Command.OPEN if self._online and packet.first:
                self._open(packet.first, bytes(packet.payload))
            case Command.OKAY | Command.WRTE | Command.CLSE if self._online:
                self._pass_on(packet)

    async def _greeted(self, packet: Packet) -> None:
        """A client that greets again has forgotten all streams (handle_new_connection)."""
        if packet.second < LEAST:
            raise BrokenWire(f"a client that takes {packet.second} bytes; {LEAST} is the least")
        self._end_all()
        self._online = self._asked = False
        self._wire.version = min(packet.first, VERSION)
        self._streams.piece = min(packet.second, MOST)
        if self.device.open:
            await self._welcome()
        else:
            await self._challenge()

    async def _challenge(self) -> None:
        self._token = os.urandom(TOKEN_BYTES)
        await self._wire.send(Packet(Command.AUTH, Auth.TOKEN, 0, self._token))

    async def _authorise(self, packet: Packet) -> None:
        """A signature that is no good is answered with another token: the client may have more keys. At the end of
        them it sends a public key, for the device's user to accept; until she does, it shows as unauthorized."""
        payload = bytes(packet.payload)
        if packet.first == Auth.SIGNATURE and self._token:
            if self.device.knows(self._token, payload):
                await self._welcome()
            else:
                await self._challenge()
        elif packet.first == Auth.PUBLIC_KEY and not self._asked:
            self._asked = True
            try:
                key = read_public_key(payload)
            except ValueError as error:
                raise BrokenWire(f"no public key: {error}") from None
            self._start(self._ask(key))

    async def _ask(self, key: PublicKey) -> None:
        if await self.device.accepts(key) and not self._online:
            with contextlib.suppress(ConnectionError):  # she took so long that the computer has left
                await self._welcome()

    async def _welcome(self) -> None:
        self._online = True
        await self._wire.send(Packet(Command.CNXN, VERSION, MOST, banner(self.device.machine.banner)))

    def _open(self, remote: int, destination: bytes) -> None:
        try:
            stream = self._streams.new(remote)
        except ConnectionRefusedError:
            self._wire.send_now(Packet(Command.CLSE, 0, remote))
            return
        self._start(self._serve(stream, destination.rstrip(b"\0").decode(errors="replace")))

    async def _serve(self, stream: Stream, name: str) -> None:
        try:
            await service(name)(stream, self, name)
            await stream.close()
        except ConnectionError:  # refused, or the client has left
            pass
        except Exception as error:  # noqa: BLE001 whoever owns the device hears of it
            self.device.failed(name, _cause(error))
        finally:
            stream.abort()

    def _pass_on(self, packet: Packet) -> None:
        """What names a stream that is not there is ignored, since it may have ended while this was on its way; but an
        OKAY may be for one that we asked for and no longer want."""
        stream = self._streams.get(packet.second, packet.first)
        if stream is None:
            if packet.command is Command.OKAY:
                self._wire.send_now(Packet(Command.CLSE, packet.second, packet.first))
        elif packet.command is Command.OKAY:
            stream.acknowledged(packet.first)
        elif packet.command is Command.WRTE:
            stream.delivered(packet.payload)
        else:
            stream.abort()  # adbd answers a CLSE with one of its own (local_socket_close), and python's adb-shell waits

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end_all(self) -> None:
        self._streams.end()
        for task in self._tasks:
            task.cancel()


def _cause(error: Exception) -> Exception:
    """What one task of a group raised, without the group."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def banner(properties: Mapping[str, str]) -> bytes:
    """What CNXN says of the device (get_connection_string in adb.cpp): adb takes product, model and device from it, and
    what it can do."""
    said = [f"{name}={properties.get(name, '')}" for name in PROPERTIES]
    return f"device::{';'.join([*said, 'features=' + ','.join(FEATURES)])}".encode()
