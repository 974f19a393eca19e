"""ls and stat (toybox: toys/posix/ls.c, toys/other/stat.c)."""

from __future__ import annotations

import stat as bits
import time

from testbed.virtual.adb.machine import Stat
from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import Options, read_options
from testbed.virtual.android.storage.users import name_of


async def ls(call: Call) -> int:
    options = read_options(call.name, call.args, "1AaCFHLRSZcdfghiklmnopqrstux")
    names, code = list(options.rest) or ["."], 0
    files: list[tuple[str, Stat]] = []
    folders: list[str] = []
    for name in names:
        try:
            found = call.files.stat(call.real(name), follow="l" not in options or name.endswith("/"))
        except OSError as error:
            code = await call.fail(f"{name}: {error.strerror}")
            continue
        if bits.S_ISDIR(found.mode) and "d" not in options:
            folders.append(name)
        else:
            files.append((name, found))
    await _show(call, options, files, "")
    for number, name in enumerate(folders):
        if len(names) > 1 or "R" in options:
            await call.out(("\n" if number or files else "") + f"{name}:\n")
        code = max(code, await _folder(call, options, name))
    return code


async def _folder(call: Call, options: Options, name: str) -> int:
    try:
        entries = [(entry.name, entry) for entry in call.files.list(call.real(name))]
    except OSError as error:
        return await call.fail(f"{name}: {error.strerror}")
    if "a" in options or "A" in options:
        if "a" in options:
            here = call.files.stat(call.real(name))
            entries = [(".", here), ("..", here), *entries]
    else:
        entries = [(each, found) for each, found in entries if not each.startswith(".")]
    if "t" in options:
        entries.sort(key=lambda entry: -entry[1].mtime)
    elif "S" in options:
        entries.sort(key=lambda entry: -entry[1].size)
    if "r" in options:
        entries.reverse()
    if "l" in options:
        await call.out(f"total {sum((found.size + 1023) // 1024 for _, found in entries)}\n")
    await _show(call, options, entries, name)
    code = 0
    if "R" in options:
        for each, found in entries:
            if bits.S_ISDIR(found.mode) and each not in {".", ".."}:
                await call.out(f"\n{name.rstrip('/')}/{each}:\n")
                code = max(code, await _folder(call, options, f"{name.rstrip('/')}/{each}"))
    return code


async def _show(call: Call, options: Options, entries: list[tuple[str, Stat]], folder: str) -> None:
    for name, found in entries:
        shown = name
        if "F" in options or "p" in options:
            shown += "/" if bits.S_ISDIR(found.mode) else ""
        if "l" in options or "n" in options:
            if bits.S_ISLNK(found.mode):
                shown += f" -> {call.files.target(call.real(f'{folder}/{name}' if folder else name))}"
            shown = _long(found, shown, numeric="n" in options)
        if "i" in options:
            shown = f"{found.inode} {shown}"
        if "s" in options:
            shown = f"{(found.size + 1023) // 1024} {shown}"
        await call.out(f"{shown}\n")


def _long(found: Stat, shown: str, *, numeric: bool) -> str:
    owner, group = (str(found.uid), str(found.gid)) if numeric else (name_of(found.uid), name_of(found.gid))
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(found.mtime))
    return f"{bits.filemode(found.mode)} {found.links} {owner} {group} {found.size:>6} {when} {shown}"


async def stat(call: Call) -> int:
    options = read_options(call.name, call.args, "Ltf", "c", least=1)
    code = 0
    for name in options.rest:
        try:
            found = call.files.stat(call.real(name), follow="L" in options)
        except OSError as error:
            code = await call.fail(f"cannot stat '{name}': {error.strerror}")
            continue
        form = options.values.get("c")
        await call.out(f"{_formed(form, name, found)}\n" if form is not None else _whole(name, found))
    return code


def _formed(form: str, name: str, found: Stat) -> str:
    values = {
        "%": "%", "a": f"{found.mode & 0o7777:o}", "A": bits.filemode(found.mode), "b": str((found.size + 511) // 512),
        "f": f"{found.mode:x}", "F": _kind(found.mode), "g": str(found.gid), "G": name_of(found.gid),
        "h": str(found.links), "i": str(found.inode), "n": name, "s": str(found.size), "u": str(found.uid),
        "U": name_of(found.uid), "X": str(found.mtime), "Y": str(found.mtime), "Z": str(found.mtime),
        "x": _time(found), "y": _time(found), "z": _time(found),
    }  # fmt: skip
    parts = form.split("%")
    text, escaped = parts[0], False
    for part in parts[1:]:
        if escaped:
            text, escaped = text + part, False
        elif not part:
            text, escaped = f"{text}%", True
        else:
            text += values.get(part[0], f"?{part[0]}") + part[1:]
    return text


def _whole(name: str, found: Stat) -> str:
    mode = f"({found.mode & 0o7777:04o}/{bits.filemode(found.mode)})"
    when = _time(found)
    return (
        f"  File: {name}\n  Size: {found.size}\t Blocks: {(found.size + 511) // 512}\t IO Blocks: 512\t"
        f"{_kind(found.mode)}\n"
        f"Device: fe2ch/65068d\t Inode: {found.inode}\t Links: {found.links}\nAccess: {mode}\tUid: ({found.uid:5}/"
        f"{name_of(found.uid):>8})\tGid: ({found.gid:5}/{name_of(found.gid):>8})\n"
        f"Access: {when}\nModify: {when}\nChange: {when}\n"
    )


def _kind(mode: int) -> str:
    kinds = {bits.S_IFDIR: "directory", bits.S_IFLNK: "symbolic link", bits.S_IFCHR: "character device"}
    return kinds.get(bits.S_IFMT(mode), "regular file")


def _time(found: Stat) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.000000000 +0000", time.gmtime(found.mtime))


COMMANDS: Commands = {"ls": ls, "stat": stat}
