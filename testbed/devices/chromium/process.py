"""The browser's process: launched, owned and ended by us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from testbed.devices.chromium.flags import command_line
from testbed.devices.chromium.pipe import Lost, PipeConnection, PipeReader

SHIM = Path(__file__).with_name("exec_shim.py")

PASSED_ON = ("PATH", "TMPDIR", "TZ", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
"""What of the environment the browser gets, besides our own TESTBED_ variables: no proxies, no secrets."""

EXIT_WITHIN_S = 5.0


class BrowserProcess(asyncio.SubprocessProtocol):
    """One running browser. `said` gives the last lines that it wrote, `exit_code` is None while it runs (negative: the
    signal that ended it)."""

    def __init__(self) -> None:
        self.pid = 0
        self.exit_code: int | None = None
        self._lines: deque[str] = deque(maxlen=40)
        self._ended = asyncio.Event()
        self._transport: asyncio.SubprocessTransport | None = None

    @property
    def said(self) -> str:
        return "\n".join(self._lines)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        self.pid = transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._lines.extend(line for line in data.decode(errors="replace").splitlines() if line.strip())

    def process_exited(self) -> None:
        assert self._transport is not None
        self.exit_code = self._transport.get_returncode()
        self._ended.set()

    async def ended(self) -> int | None:
        """The exit code, once the process that is known to be dying is gone; None when it does not go."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EXIT_WITHIN_S):
                await self._ended.wait()
        return self.exit_code

    async def end(self) -> None:
        """Kill the browser and all its children; returns when it is gone."""
        # The group, since a wrapper script may stand between us and the browser.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        async with asyncio.timeout(EXIT_WITHIN_S):
            await self._ended.wait()
        assert self._transport is not None
        self._transport.close()


@asynccontextmanager
async def launched(
    browser: str, *, spki: str, env: Mapping[str, str], lost: Lost
) -> AsyncIterator[tuple[BrowserProcess, PipeConnection]]:
    """`browser` running with a profile of its own, and the connection to it; both gone at the end. `lost` is called
    when the connection ends, for whatever reason. Call it on the main thread: the browser dies with the thread."""
    profile = tempfile.mkdtemp(prefix="testbed-chromium-")  # 0700
    connection = PipeConnection(lost=lost)
    try:
        process = await _spawn(
            command_line(browser, profile_dir=profile, spki=spki), _environment(env, profile), connection
        )
        try:
            yield process, connection
        finally:
            await connection.dispose()
            await process.end()
    finally:
        shutil.rmtree(profile, ignore_errors=True)


async def _spawn(command: list[str], env: dict[str, str], connection: PipeConnection) -> BrowserProcess:
    loop = asyncio.get_running_loop()

    def our_end(fd: int, mode: str) -> Any:
        return os.fdopen(fd, mode, 0)  # the transport closes it

    their_in, our_out = os.pipe()
    our_in, their_out = os.pipe()
    shim = [sys.executable, "-I", "-S", str(SHIM), str(os.getpid()), str(their_in), str(their_out)]
    try:
        _, process = await loop.subprocess_exec(
            BrowserProcess,
            *shim,
            *command,
            stdin=None,
            pass_fds=(their_in, their_out),
            start_new_session=True,
            env=env,
        )
    except BaseException:
        os.close(our_out)
        os.close(our_in)
        raise
    finally:
        os.close(their_in)
        os.close(their_out)
    await loop.connect_read_pipe(lambda: PipeReader(connection), our_end(our_in, "rb"))
    out, _ = await loop.connect_write_pipe(asyncio.Protocol, our_end(our_out, "wb"))
    connection.attach(out)
    return process


def _environment(env: Mapping[str, str], profile: str) -> dict[str, str]:
    kept = {key: value for key, value in env.items() if key in PASSED_ON or key.startswith("TESTBED_")}
    return {**kept, "HOME": profile, "XDG_CONFIG_HOME": profile, "XDG_CACHE_HOME": profile}
