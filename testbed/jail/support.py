"""Whether this machine can jail a program, found out by doing it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping

from testbed.errors import EnvironmentFault

TOOLS: Mapping[str, str] = {"bwrap": "bubblewrap", "ip": "iproute2", "nft": "nftables"}
"""Program -> the package that has it, on Debian and Ubuntu."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where tools are looked for: a user's PATH may lack sbin, and may name folders of a project."""


def tools() -> dict[str, str]:
    """The path of each of TOOLS. Raises EnvironmentFault that says what to install."""
    found = {name: shutil.which(name, path=_PATH) for name in TOOLS}
    if missing := [name for name, path in found.items() if path is None]:
        raise EnvironmentFault(
            f"{' and '.join(missing)} not found",
            fix=f"apt-get install {' '.join(TOOLS[name] for name in missing)}",
        )
    return {name: path for name, path in found.items() if path is not None}


async def why_not() -> str:
    """Why no program can be jailed here, in words; "" where one can. Tried once a process, in about 40 ms."""
    if _known:
        return _known[0]
    _known.append(await _try())
    return _known[0]


_known: list[str] = []


async def _try() -> str:
    if sys.platform != "linux":
        return f"{sys.platform} has no namespaces"
    from testbed.jail.box import Box
    from testbed.jail.process import started

    try:
        async with started(["/bin/true"], env={}, box=Box()) as process:
            code = await process.ended()
    except EnvironmentFault as error:
        return f"{error.message}: {error.fix}" if error.fix else error.message
    if code != 0:
        return process.said or f"bubblewrap ended with {code}"
    return ""
