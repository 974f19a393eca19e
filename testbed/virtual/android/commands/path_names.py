"""basename, dirname, readlink, realpath, find: names alone (toybox)."""

from __future__ import annotations

import fnmatch
import os
import stat

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import read_options


async def basename(call: Call) -> int:
    options = read_options(call.name, call.args, "a", "s", least=1)
    name = os.path.basename(options.rest[0].rstrip("/")) or "/"
    suffix = options.values.get("s") or (options.rest[1] if len(options.rest) > 1 else "")
    await call.out(f"{name.removesuffix(suffix) if suffix and suffix != name else name}\n")
    return 0


async def dirname(call: Call) -> int:
    options = read_options(call.name, call.args, "", least=1)
    await call.out(f"{os.path.dirname(options.rest[0].rstrip('/')) or '.'}\n")
    return 0


async def readlink(call: Call) -> int:
    options = read_options(call.name, call.args, "efnmqz", least=1)
    if "f" in options or "e" in options:
        return await realpath(Call(call.phone, call.state, "realpath", list(options.rest), call.streams))
    try:
        await call.out(f"{call.files.target(call.real(options.rest[0]))}\n")
    except OSError:
        return 1
    return 0


async def realpath(call: Call) -> int:
    options = read_options(call.name, call.args, "emqsz", least=1)
    code = 0
    for name in options.rest:
        try:
            await call.out(f"{call.files.canonical(call.real(name))}\n")
        except OSError as error:
            code = await call.fail(f"{name}: {error.strerror}")
    return code


async def find(call: Call) -> int:
    """`find [PATH...] [-name PATTERN] [-type f|d|l] [-maxdepth N]`"""
    tops, args = [], list(call.args)
    while args and not args[0].startswith("-"):
        tops.append(args.pop(0))
    wanted: dict[str, str] = {}
    while args:
        option = args.pop(0)
        if option == "-print":
            continue
        if option not in {"-name", "-type", "-maxdepth", "-iname"} or not args:
            return await call.fail(f"bad arg '{option}'")
        wanted[option] = args.pop(0)
        if option == "-maxdepth" and not wanted[option].isdigit():
            return await call.fail(f"bad number '{wanted[option]}'")
    code = 0
    for top in tops or ["."]:
        code = max(code, await _found(call, top, wanted, min(int(wanted.get("-maxdepth", "64")[:4]), 64)))
    return code


async def _found(call: Call, path: str, wanted: dict[str, str], depth: int) -> int:
    try:
        found = call.files.stat(call.real(path), follow=False)
    except OSError as error:
        return await call.fail(f"'{path}': {error.strerror}")
    name = os.path.basename(path.rstrip("/"))
    kind = {stat.S_IFDIR: "d", stat.S_IFLNK: "l"}.get(stat.S_IFMT(found.mode), "f")
    if (
        fnmatch.fnmatchcase(name, wanted.get("-name", "*"))
        and fnmatch.fnmatchcase(name.lower(), wanted.get("-iname", "*").lower())
        and wanted.get("-type", kind) == kind
    ):
        await call.out(f"{path}\n")
    if kind != "d" or depth <= 0:
        return 0
    try:
        entries = call.files.list(call.real(path))
    except OSError as error:
        return await call.fail(f"{path}: {error.strerror}")
    code = 0
    for entry in entries:
        code = max(code, await _found(call, f"{path.rstrip('/')}/{entry.name}", wanted, depth - 1))
    return code


COMMANDS: Commands = {
    "basename": basename, "dirname": dirname, "find": find, "readlink": readlink, "realpath": realpath,
}  # fmt: skip
