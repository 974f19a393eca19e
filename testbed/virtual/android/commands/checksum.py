"""md5sum, sha1sum, sha256sum, cksum-like (toybox: toys/lsb/md5sum.c)."""

from __future__ import annotations

import hashlib

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import read_options


async def checksum(call: Call) -> int:
    options = read_options(call.name, call.args, "b")
    code = 0
    for name in options.rest or ["-"]:
        digest = hashlib.new(call.name.removesuffix("sum"), usedforsecurity=False)
        try:
            async for piece in call.pieces(name):
                digest.update(piece)
        except OSError as error:
            code = await call.fail(f"{name}: {error.strerror}")
            continue
        await call.out(f"{digest.hexdigest()}\n" if "b" in options else f"{digest.hexdigest()}  {name}\n")
    return code


COMMANDS: Commands = dict.fromkeys(("md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum"), checksum)
