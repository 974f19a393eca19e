"""rm, rmdir, mkdir, touch, cp, mv, ln, chmod, truncate-like things: what changes names (toybox)."""

from __future__ import annotations

import os
import stat
import time

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import Usage, read_options


async def rm(call: Call) -> int:
    options = read_options(call.name, call.args, "fiRrv")
    if not options.rest and "f" not in options:
        raise Usage('Needs 1 argument (see "rm --help")')
    code = 0
    for name in options.rest:
        path = call.real(name)
        try:
            found = call.files.stat(path, follow=False)
            if stat.S_ISDIR(found.mode) and not {"r", "R"} & options.letters:
                code = await call.fail(f"{name}: Is a directory")
                continue
            call.files.remove_tree(path) if stat.S_ISDIR(found.mode) else call.files.remove(path)
        except FileNotFoundError as error:
            if "f" not in options:
                code = await call.fail(f"{name}: {error.strerror}")
        except OSError as error:
            code = await call.fail(f"{name}: {error.strerror}")
    return code


async def rmdir(call: Call) -> int:
    options = read_options(call.name, call.args, "p", least=1)
    code = 0
    for name in options.rest:
        try:
            if not stat.S_ISDIR(call.files.stat(call.real(name), follow=False).mode):
                raise NotADirectoryError(20, os.strerror(20))
            call.files.remove(call.real(name))
        except OSError as error:
            code = await call.fail(f"{name}: {error.strerror}")
    return code


async def mkdir(call: Call) -> int:
    options = read_options(call.name, call.args, "pv", "m", least=1)
    code = 0
    for name in options.rest:
        path = call.path(name)
        try:
            if "p" in options:
                call.files.make_folders(path)
                if not stat.S_ISDIR(call.files.stat(path).mode):
                    raise FileExistsError(17, os.strerror(17))
            else:
                call.files.make_folder(path, _mode(options.values.get("m", "770"), 0o777))
        except OSError as error:
            code = await call.fail(f"'{name}': {error.strerror}")
    return code


async def touch(call: Call) -> int:
    options = read_options(call.name, call.args, "achm", "dtr", least=1)
    code = 0
    for name in options.rest:
        try:
            if "c" not in options or call.files.exists(call.real(name)):
                call.files.touch(call.real(name))
        except OSError as error:
            code = await call.fail(f"'{name}': {error.strerror}")
    return code


async def cp(call: Call) -> int:
    options = read_options(call.name, call.args, "adfHiLnPprRsuv", least=2)
    *names, target = options.rest
    code = 0
    for name in names:
        try:
            to = _into(call, name, target)
            if len(names) > 1 and to == call.real(target):
                raise NotADirectoryError(20, os.strerror(20))
            found = call.files.stat(call.real(name))
        except OSError as error:
            code = await call.fail(f"bad '{name}': {error.strerror}")
            continue
        if stat.S_ISDIR(found.mode) and not {"r", "R", "a"} & options.letters:
            code = await call.fail(f"Skipped dir '{name}'")
            continue
        try:
            await _copy(call, call.real(name), to)
        except OSError as error:
            code = await call.fail(f"bad '{to}': {error.strerror}")
    return code


async def _copy(call: Call, path: str, to: str) -> None:
    found = call.files.stat(path)
    if not stat.S_ISDIR(found.mode):
        if not call.files.exists(os.path.dirname(to) or "/"):
            raise FileNotFoundError(2, os.strerror(2))
        await call.files.write(to, call.files.read(path), mode=found.mode, mtime=lambda: int(time.time()))
        return
    call.files.make_folders(to)
    for entry in call.files.list(path):
        await _copy(call, f"{path}/{entry.name}", f"{to}/{entry.name}")


async def mv(call: Call) -> int:
    options = read_options(call.name, call.args, "finTv", least=2)
    *names, target = options.rest
    code = 0
    for name in names:
        try:
            call.files.rename(call.real(name), _into(call, name, target))
        except OSError as error:
            code = await call.fail(f"bad '{name}': {error.strerror}")
    return code


def _into(call: Call, name: str, target: str) -> str:
    """Where a file goes: into the target, if that is a folder."""
    path = call.real(target)
    try:
        folder = stat.S_ISDIR(call.files.stat(path).mode)
    except FileNotFoundError:
        folder = False
    return f"{path.rstrip('/')}/{os.path.basename(name.rstrip('/'))}" if folder else path


async def ln(call: Call) -> int:
    options = read_options(call.name, call.args, "fsnvT", least=2, most=2)
    if "s" not in options:
        return await call.fail(
            f"cannot create hard link from '{options.rest[0]}' to '{options.rest[1]}': Permission denied"
        )
    target, name = options.rest
    try:
        if "f" in options and call.files.exists(call.real(name)):
            call.files.remove(call.real(name))
        call.files.link(_into(call, target, name), target)
    except OSError as error:
        return await call.fail(f"cannot create symbolic link from '{target}' to '{name}': {error.strerror}")
    return 0


async def chmod(call: Call) -> int:
    options = read_options(call.name, [arg for arg in call.args if arg not in {"-R", "-f", "-v"}], "", least=2)
    mode, *names = options.rest
    code = 0
    for name in names:
        try:
            now = call.files.stat(call.real(name)).mode
            call.files.change_mode(call.real(name), _mode(mode, now))
        except OSError as error:
            code = await call.fail(f"chmod '{name}' to {mode}: {error.strerror}")
    return code


def _mode(text: str, now: int) -> int:
    """Octal, or clauses such as `u+x`, `go-w`, `a=r`."""
    if text.isdigit() and not set(text) - set("01234567"):
        return int(text, 8)
    mode = now & 0o777
    for clause in text.split(","):
        sign = next((char for char in clause if char in "+-="), "")
        who, _, what = clause.partition(sign) if sign else ("", "", "")
        if not sign or set(who) - set("ugoa") or set(what) - set("rwxXst"):
            raise Usage(f"bad mode '{text}'")
        bits = sum({"r": 4, "w": 2, "x": 1}.get(char, 0) for char in set(what))
        for each in set(who.replace("a", "ugo") or "ugo"):
            shift = {"u": 6, "g": 3, "o": 0}[each]
            if sign == "+":
                mode |= bits << shift
            elif sign == "-":
                mode &= ~(bits << shift)
            else:
                mode = mode & ~(7 << shift) | bits << shift
    return mode


COMMANDS: Commands = {
    "chmod": chmod, "cp": cp, "ln": ln, "mkdir": mkdir, "mv": mv, "rm": rm, "rmdir": rmdir, "touch": touch,
}  # fmt: skip
