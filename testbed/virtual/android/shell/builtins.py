"""Commands that change the shell itself (POSIX.1-2017, 2.14)."""

from __future__ import annotations

import stat
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from testbed.virtual.android.shell.streams import Streams, line

if TYPE_CHECKING:
    from testbed.virtual.android.shell.running import Shell

Builtin = Callable[["Shell", list[str], Streams], Awaitable[int]]


class Exit(Exception):
    """`exit`"""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__()


class _Outwards(Exception):
    def __init__(self, levels: int) -> None:
        self.levels = levels
        super().__init__()

    def outwards(self) -> None:
        """One loop is left; raises itself where there are more."""
        self.levels -= 1
        if self.levels > 0:
            raise self


class Break(_Outwards):
    """`break`"""


class Continue(_Outwards):
    """`continue`"""


async def _cd(shell: Shell, args: list[str], streams: Streams) -> int:
    state = shell.state
    target = args[0] if args else state.variables.get("HOME", "/")
    if target == "-":
        target = state.variables.get("OLDPWD", state.cwd)
    path = state.normal(target)
    try:
        found = state.files.stat(path)
        if not stat.S_ISDIR(found.mode):
            raise NotADirectoryError(20, "Not a directory")
        if not state.user.may(1, uid=found.uid, gid=found.gid, mode=found.mode):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        return await _fail(shell, streams, f"cd: {target}: {error.strerror}", 2)
    state.variables["OLDPWD"], state.cwd = state.cwd, path
    state.variables["PWD"] = path
    return 0


async def _pwd(shell: Shell, _: list[str], streams: Streams) -> int:
    await streams.out(f"{shell.state.cwd}\n".encode())
    return 0


async def _exit(shell: Shell, args: list[str], _: Streams) -> int:
    raise Exit(_number(args, shell.state.status) & 0xFF)


async def _export(shell: Shell, args: list[str], streams: Streams) -> int:
    for arg in args:
        name, equals, value = arg.partition("=")
        shell.state.exported.add(name)
        if equals:
            shell.state.variables[name] = value
    if not args:
        for name in sorted(shell.state.exported & set(shell.state.variables)):
            await streams.out(f"{name}={shell.state.variables[name]}\n".encode())
    return 0


async def _unset(shell: Shell, args: list[str], _: Streams) -> int:
    for name in args:
        shell.state.variables.pop(name, None)
    return 0


async def _set(shell: Shell, args: list[str], streams: Streams) -> int:
    if not args:
        for name, value in sorted(shell.state.variables.items()):
            await streams.out(f"{name}={value}\n".encode())
    elif args[0] == "--":
        shell.state.arguments = args[1:]
    return 0


async def _shift(shell: Shell, args: list[str], streams: Streams) -> int:
    count = _number(args, 1)
    if count > len(shell.state.arguments):
        return await _fail(shell, streams, "shift: nothing to shift")
    del shell.state.arguments[:count]
    return 0


async def _read(shell: Shell, args: list[str], streams: Streams) -> int:
    names = [arg for arg in args if not arg.startswith("-")] or ["REPLY"]
    taken = await line(streams.stdin)
    values = taken.decode("utf-8", "replace").rstrip("\n").split(None, len(names) - 1)
    for number, name in enumerate(names):
        shell.state.variables[name] = values[number].strip() if number < len(values) else ""
    return 0 if taken.endswith(b"\n") else 1


async def _eval(shell: Shell, args: list[str], streams: Streams) -> int:
    return await shell.run(" ".join(args), streams)


async def _exec(shell: Shell, args: list[str], streams: Streams) -> int:
    if not args:
        return 0
    raise Exit(await shell.start(args, streams))


async def _command(shell: Shell, args: list[str], streams: Streams) -> int:
    if args[:1] == ["-v"]:
        return await shell.start(["which", *args[1:]], streams)
    return await shell.start(args, streams) if args else 0


async def _source(shell: Shell, args: list[str], streams: Streams) -> int:
    if not args:
        return await _fail(shell, streams, ".: missing argument")
    try:
        content = b"".join([piece async for piece in shell.state.files.read(shell.state.absolute(args[0]))])
    except OSError as error:
        return await _fail(shell, streams, f".: {args[0]}: {error.strerror}")
    return await shell.run(content.decode("utf-8", "replace"), streams)


async def _break(_: Shell, args: list[str], __: Streams) -> int:
    raise Break(_number(args, 1))


async def _continue(_: Shell, args: list[str], __: Streams) -> int:
    raise Continue(_number(args, 1))


async def _nothing(_: Shell, __: list[str], ___: Streams) -> int:
    return 0


def _number(args: list[str], default: int) -> int:
    return int(args[0]) if args and args[0].isdigit() else default


async def _fail(shell: Shell, streams: Streams, text: str, code: int = 1) -> int:
    await streams.err(f"{shell.state.program}: {text}\n".encode())
    return code


BUILTINS: Mapping[str, Builtin] = {
    ".": _source, ":": _nothing, "break": _break, "cd": _cd, "command": _command, "continue": _continue,
    "eval": _eval, "exec": _exec, "exit": _exit, "export": _export, "pwd": _pwd, "read": _read, "return": _exit,
    "set": _set, "shift": _shift, "source": _source, "trap": _nothing, "umask": _nothing, "unset": _unset,
    "wait": _nothing,
}  # fmt: skip
