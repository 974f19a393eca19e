"""pm install, in one go and by sessions (AOSP: PackageManagerShellCommand.doRunInstall)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from testbed.virtual.android.commands.call import Call
from testbed.virtual.android.packages import Refused
from testbed.virtual.android.packages.options import Options

FAILED = 255
MAX_APK = 2 << 30


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an install command says. `size` is of what follows on stdin."""

    options: Options
    size: int | None
    rest: list[str]


class Unknown(Exception):
    """An argument that is none of these commands'."""


async def install(call: Call, args: list[str]) -> int:
    """`install [options] [PATH | -]`; `-S SIZE` for what is streamed, as adb does it."""
    try:
        wanted = _read(args)
    except Unknown as problem:
        await call.err(f"Error: {problem}\n")
        return FAILED
    path = wanted.rest[0] if wanted.rest else "-"
    if path == "-" and wanted.size is None:
        await call.err("Error: must either specify a package size or an APK file\n")
        return 1
    with _spooled(call) as file:
        if path != "-" and not await _copy(call, path, file):
            return FAILED
        if path == "-" and not await _receive(call, wanted.size or 0, file):
            return 1
        return await _install(call, file, wanted.options)


async def create(call: Call, args: list[str]) -> int:
    try:
        wanted = _read(args)
    except Unknown as problem:
        await call.err(f"Error: {problem}\n")
        return FAILED
    number = call.phone.packages.sessions.create(wanted.options)
    await call.out(f"Success: created install session [{number}]\n")
    return 0


async def write(call: Call, args: list[str]) -> int:
    try:
        wanted = _read(args)
    except Unknown as problem:
        await call.err(f"Error: {problem}\n")
        return FAILED
    sessions = call.phone.packages.sessions
    if len(wanted.rest) < 2 or not sessions.has(wanted.rest[0]):
        await call.err(
            f"Error: java.lang.SecurityException: Caller has no access to session {' '.join(wanted.rest[:1])}\n"
        )
        return FAILED
    path = wanted.rest[2] if len(wanted.rest) > 2 else "-"
    with _spooled(call) as file:
        if path != "-" and not await _copy(call, path, file):
            return FAILED
        if path == "-" and not await _receive(call, wanted.size or 0, file):
            return 1
        size = file.stat().st_size
        sessions.add(wanted.rest[0], wanted.rest[1], file)
    await call.out(f"Success: streamed {size} bytes\n")
    return 0


async def commit(call: Call, args: list[str]) -> int:
    if not args or not call.phone.packages.sessions.has(args[0]):
        await call.err(f"Error: java.lang.SecurityException: Caller has no access to session {' '.join(args[:1])}\n")
        return FAILED
    session = call.phone.packages.sessions.take(args[0])
    with session:
        if len(session.files) != 1:
            why = "INSTALL_FAILED_INVALID_APK: Session has no files" if not session.files else _NO_SPLITS
            await call.out(f"Failure [{why}]\n")
            return 1
        return await _install(call, next(iter(session.files.values())), session.options)


_NO_SPLITS = "INSTALL_FAILED_INVALID_APK: this virtual phone installs one APK at a time, no splits"


async def abandon(call: Call, args: list[str]) -> int:
    if not args or not call.phone.packages.sessions.has(args[0]):
        await call.err(f"Error: java.lang.SecurityException: Caller has no access to session {' '.join(args[:1])}\n")
        return FAILED
    with call.phone.packages.sessions.take(args[0]):
        await call.out("Success\n")
    return 0


async def _install(call: Call, file: Path, options: Options) -> int:
    try:
        app = await call.phone.packages.install(file, options)
    except Refused as refused:
        call.phone.log.add("W", "PackageManager", f"Failed to install: {refused}", pid=1_612, buffer="system")
        await call.out(f"Failure [{refused}]\n")
        return 1
    call.phone.log.add(
        "I", "PackageManager", f"{app.package} was installed to {app.folder}", pid=1_612, buffer="system"
    )
    await call.out("Success\n")
    return 0


_FLAGS = {
    "-r",
    "-R",
    "-t",
    "-d",
    "-g",
    "-f",
    "--streaming",
    "--no-streaming",
    "--full",
    "--bypass-low-target-sdk-block",
}
_VALUED = {"-i", "--install-location", "--abi", "--user", "-p", "--install-reason", "--dexopt-compiler-filter"}


def _read(args: list[str]) -> Wanted:
    left, rest, flags = list(args), list[str](), set[str]()
    size = None
    while left:
        arg = left.pop(0)
        if arg == "-S":
            text = left.pop(0) if left else ""
            if not text.isdigit():
                raise Unknown(f'java.lang.NumberFormatException: For input string: "{text}"')
            size = int(text)
        elif arg in _VALUED and left:
            left.pop(0)
        elif arg in _FLAGS:
            flags.add(arg)
        elif arg.startswith("-") and arg != "-":
            raise Unknown(f"Unknown option: {arg}")
        else:
            rest.append(arg)
    options = Options(replace="-R" not in flags, test="-t" in flags, downgrade="-d" in flags, grant="-g" in flags)
    return Wanted(options=options, size=size, rest=rest)


@contextmanager
def _spooled(call: Call) -> Iterator[Path]:
    """A file for an APK, on the phone's disk as long as it is not installed."""
    descriptor, name = tempfile.mkstemp(dir=call.phone.disk.spool, suffix=".apk")
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


async def _copy(call: Call, path: str, file: Path) -> bool:
    try:
        with file.open("wb") as opened:
            async for piece in call.files.read(call.real(path)):
                opened.write(piece)
    except OSError:
        await call.err(f"Error: Unable to open file: {path}\n")
        if not path.startswith("/data/local/tmp/"):
            await call.err("Consider using a file under /data/local/tmp/\n")
        await call.err(
            "\nException occurred while executing 'install':\njava.lang.IllegalArgumentException: Error: Can't open "
            f"file: {path}\n"
        )
        return False
    return True


async def _receive(call: Call, size: int, file: Path) -> bool:
    """What is streamed. A disk that is full refuses it before a byte of it is read."""
    if size > min(call.phone.disk.room, MAX_APK):
        why = "INSTALL_FAILED_INSUFFICIENT_STORAGE: Failed to override installation location"
        await call.out(f"Failure [{why}]\n")
        return False
    with file.open("wb") as opened:
        async for piece in _exactly(call, size):
            opened.write(piece)
            size -= len(piece)
    if size:
        await call.out(f"Failure [INSTALL_FAILED_INVALID_APK: {size} bytes less were sent than were announced]\n")
        return False
    return True


async def _exactly(call: Call, size: int) -> AsyncIterator[bytes]:
    while size and (piece := await call.stdin.read(min(size, 1 << 16))):
        size -= len(piece)
        yield piece
