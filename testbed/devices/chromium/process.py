"""The browser's process: launched, owned and ended by us, in a jail where there can be one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from testbed.devices.chromium.flags import command_line
from testbed.devices.chromium.pipe import Lost, PipeConnection, PipeReader
from testbed.jail import HOME, Box, Process, readable, started, why_not

PASSED_ON = ("PATH", "TMPDIR", "TZ", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
"""What of the environment the browser gets, besides our own TESTBED_ variables: no proxies, no secrets."""

VERSION_WITHIN_S = 5.0


@asynccontextmanager
async def launched(
    browser: str, *, spki: str, user_agent: str, env: Mapping[str, str], lost: Lost
) -> AsyncIterator[tuple[Process, PipeConnection]]:
    """`browser` running with a profile of its own, and the connection to it; both gone at the end. `lost` is called
    when the connection ends, for whatever reason. Call it on the main thread: the browser dies with the thread."""
    connection = PipeConnection(lost=lost)
    async with AsyncExitStack() as stack:
        if await why_not():
            box, home = None, tempfile.mkdtemp(prefix="testbed-chromium-")  # 0700
            stack.callback(shutil.rmtree, home, ignore_errors=True)
        else:
            box, home = Box(reads=readable(browser)), HOME
        command = command_line(browser, profile_dir=home, spki=spki, jailed=box is not None, user_agent=user_agent)
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()
        try:
            process = await stack.enter_async_context(
                started(command, env=_environment(env, home), pipes=(their_in, their_out), box=box)
            )
        except BaseException:
            os.close(our_out)
            os.close(our_in)
            raise
        finally:
            os.close(their_in)
            os.close(their_out)
        await _connect(connection, our_in, our_out)
        stack.push_async_callback(connection.dispose)
        yield process, connection


async def version_of(browser: str, *, env: Mapping[str, str]) -> str:
    """What `browser --version` prints, with its errors; nothing where it takes longer than VERSION_WITHIN_S."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        browser, "--version", stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=asyncio.subprocess.STDOUT,
        env={key: value for key, value in env.items() if key in PASSED_ON},
    )  # fmt: skip
    try:
        async with asyncio.timeout(VERSION_WITHIN_S):
            said, _ = await process.communicate()
    except TimeoutError:
        return ""
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    return said.decode(errors="replace")


async def _connect(connection: PipeConnection, our_in: int, our_out: int) -> None:
    loop = asyncio.get_running_loop()

    def our_end(fd: int, mode: str) -> Any:
        return os.fdopen(fd, mode, 0)  # the transport closes it

    await loop.connect_read_pipe(lambda: PipeReader(connection), our_end(our_in, "rb"))
    out, _ = await loop.connect_write_pipe(asyncio.Protocol, our_end(our_out, "wb"))
    connection.attach(out)


def _environment(env: Mapping[str, str], home: str) -> dict[str, str]:
    kept = {key: value for key, value in env.items() if key in PASSED_ON or key.startswith("TESTBED_")}
    return {**kept, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
