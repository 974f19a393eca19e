"""What a client can open on a device (AOSP, packages/modules/adb/SERVICES.TXT, daemon/services.cpp).

A service accepts its stream, serves it and returns; the stream is then closed. ConnectionRefusedError before it has
accepted refuses it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from testbed.virtual.adb.device import Device
from testbed.virtual.adb.pump import pump
from testbed.virtual.adb.reverse import answer
from testbed.virtual.adb.shell import abb, execute, shell
from testbed.virtual.adb.streams import Stream
from testbed.virtual.adb.sync import Session


class Client(Protocol):
    """The connection whose client wants something."""

    device: Device

    async def dial(self, address: str) -> Stream: ...


Service = Callable[[Stream, Client, str], Awaitable[None]]
"""Stream, client, and the whole name that was asked for."""


def service(name: str) -> Service:
    """The service of that name: what stands before its first colon or comma says which."""
    return SERVICES.get(name.partition(":")[0].partition(",")[0], _unknown)


async def _unknown(stream: Stream, client: Client, name: str) -> None:
    raise ConnectionRefusedError(f"no service {name!r}")


async def _shell(stream: Stream, client: Client, name: str) -> None:
    await shell(stream, client.device.machine, name)


async def _exec(stream: Stream, client: Client, name: str) -> None:
    await execute(stream, client.device.machine, name.partition(":")[2])


async def _abb(stream: Stream, client: Client, name: str) -> None:
    await abb(stream, client.device.machine, name)


async def _sync(stream: Stream, client: Client, name: str) -> None:
    await stream.accept()
    await Session(stream, client.device.machine.files, lambda: client.device.faults.disk_full).run()


async def _forward(stream: Stream, client: Client, name: str) -> None:
    """`adb forward` ends here: what listens on the device is connected to before the stream is accepted."""
    there = await client.device.machine.connect(_local(name))
    await stream.accept()
    await pump(stream, there)


def _local(name: str) -> str:
    """adbd goes to the device's own ports alone (socket_spec.cpp). Raises ConnectionRefusedError."""
    kind, _, where = name.partition(":")
    if kind != "tcp":
        return name
    port = where.removeprefix("localhost:")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ConnectionRefusedError(f"{name}: no port of the device")
    return f"tcp:{int(port)}"


async def _reverse(stream: Stream, client: Client, name: str) -> None:
    await stream.accept()
    await stream.write(await answer(client.device.reverse, client.dial, name.partition(":")[2]))


async def _reboot(stream: Stream, client: Client, name: str) -> None:
    await stream.accept()
    await stream.close()
    client.device.restart(lambda: client.device.machine.reboot(name.partition(":")[2]))


async def _tcpip(stream: Stream, client: Client, name: str) -> None:
    """The device is on the network as it is: adbd begins anew on the address that it has."""
    port = name.partition(":")[2]
    if not (port.isascii() and port.lstrip("-").isdigit()):
        raise ConnectionRefusedError(f"{name}: no port")
    if int(port) <= 0:
        await _say(stream, f"invalid port {int(port)}\n")
        return
    await _say(stream, f"restarting in TCP mode port: {int(port)}\n")
    client.device.restart()


async def _usb(stream: Stream, client: Client, name: str) -> None:
    await _say(stream, "restarting in USB mode\n")
    client.device.restart()


async def _reconnect(stream: Stream, client: Client, name: str) -> None:
    await _say(stream, "done")
    client.device.restart()


def _says(text: str) -> Service:
    async def say(stream: Stream, client: Client, name: str) -> None:
        await _say(stream, text)

    return say


async def _say(stream: Stream, text: str) -> None:
    await stream.accept()
    await stream.write(text.encode())
    await stream.close()


SERVICES: Mapping[str, Service] = {
    "shell": _shell,
    "exec": _exec,
    "abb": _abb,
    "abb_exec": _abb,
    "sync": _sync,
    "reverse": _reverse,
    "tcp": _forward,
    "local": _forward,
    "localabstract": _forward,
    "localreserved": _forward,
    "localfilesystem": _forward,
    "jdwp": _forward,
    "reboot": _reboot,
    "tcpip": _tcpip,
    "usb": _usb,
    "reconnect": _reconnect,
    # As a production build answers (daemon/restart_service.cpp, remount_service.cpp).
    "root": _says("adbd cannot run as root in production builds\n"),
    "unroot": _says("adbd not running as root\n"),
    "remount": _says('Not running as root. Try "adb root" first.\nremount failed\n'),
}
