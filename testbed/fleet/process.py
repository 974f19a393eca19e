"""`testbed up`: start the fleet's process, in the background or in this terminal, and wait until it is ready."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import msgspec

from testbed import interrupts
from testbed.errors import EnvironmentFault, ExitCode, InternalError, TestbedError, UsageError
from testbed.fleet import client
from testbed.fleet.model import FleetOptions, FleetStatus
from testbed.fleet.paths import runtime_root
from testbed.fleet.server import News, serve

END_WITHIN_S = 10.0


def up(
    options: FleetOptions, *, foreground: bool, wait_s: float, progress: Callable[[str], None] = lambda _: None
) -> FleetStatus | None:
    """A fleet that is up; None when it ran in the foreground and has ended. Raises EnvironmentFault when one is up
    already, or it is not ready within `wait_s`; KeyboardInterrupt when a signal ended it, or the waiting."""
    if client.find() is not None:
        raise EnvironmentFault("a fleet is already up", fix="use it with testbed run, or testbed down first")
    if foreground:
        interrupts.run(serve(options, lambda news: progress("ready" if news.ready else news.progress)))
        return None
    _in_background(options, wait_s, progress)
    return client.status()


def _in_background(options: FleetOptions, wait_s: float, progress: Callable[[str], None]) -> None:
    """A process of its own session, so that closing the terminal does not end it; its words go to fleet.log. It is ours
    until it is ready: whatever keeps us from waiting for that ends it, Ctrl-C as well as our own end."""
    log = runtime_root() / "fleet.log"
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0), log.open("wb") as words:
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "testbed.fleet.server", msgspec.json.encode(options).decode()],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                pass_fds=[writer],
                env={**os.environ, "READY_FD": str(writer)},
                start_new_session=True,
            )
        finally:
            os.close(writer)
        try:
            _until_ready(process, reader, wait_s, progress, fix=f"see {log}; testbed doctor")
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[bytes]) -> None:
    interrupts.before_the_end(process.kill)
    process.terminate()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()  # its reaper does the rest
        process.wait()


def _until_ready(
    process: subprocess.Popen[bytes], reader: int, wait_s: float, progress: Callable[[str], None], *, fix: str
) -> None:
    until = time.monotonic() + wait_s
    for news in _news(reader, until):
        if news.ready:
            return
        if news.fault:
            raise _error(news.exit_code, news.fault, news.fix)
        progress(news.progress)
    if time.monotonic() >= until:
        raise EnvironmentFault(f"the fleet was not ready within {wait_s:g} s", fix=fix)
    raise InternalError(f"the fleet ended with code {process.wait()} before it was ready", fix=fix)


def _news(reader: int, until: float) -> Iterator[News]:
    """News as they come, until the writer's end closes or time is up."""
    rest = b""
    while select.select([reader], [], [], max(0.0, until - time.monotonic()))[0] and (part := os.read(reader, 65536)):
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield msgspec.json.decode(line, type=News)


def _error(code: int, message: str, fix: str) -> TestbedError:
    """The error that the fleet's process met, as its own kind again."""
    kinds: dict[int, type[TestbedError]] = {
        ExitCode.USAGE: UsageError,
        ExitCode.ENVIRONMENT: EnvironmentFault,
    }
    return kinds.get(code, InternalError)(message, fix=fix or None)
