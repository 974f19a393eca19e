"""The fleet's process: `python -m testbed.fleet.server OPTIONS_JSON`, started by `testbed up`.

It tells its progress on file descriptor READY_FD (from the environment), then "ready" or the fault; then serves the
control API until told to stop by POST /down or a signal. Until it is ready it belongs to the one who started it, and
ends with that.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path

import msgspec
import uvicorn

from testbed import __version__, events, interrupts
from testbed.errors import EnvironmentFault, ExitCode, TestbedError
from testbed.fleet.control import control_app
from testbed.fleet.fleet import Fleet, open_fleet
from testbed.fleet.home import Home, reap_dead
from testbed.fleet.model import FleetInfo, FleetOptions
from testbed.fleet.paths import control_socket
from testbed.owned import shared


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What the fleet tells the one who started it, one JSON line each on READY_FD: progress, then ready or a fault."""

    ready: bool = False
    progress: str = ""
    fault: str = ""
    fix: str = ""
    exit_code: int = 0


Tell = Callable[[News], None]


async def serve(options: FleetOptions, tell: Tell) -> None:
    """Be a fleet until told to stop by POST /down, or cancelled. Raises TestbedError where it cannot come up."""
    reap_dead()
    path = control_socket()  # before there is a home: the temp folder, which may name this path, then moves into it
    with Home.make("up") as home:
        await _serve(options, home, path, tell)


async def _serve(options: FleetOptions, home: Home, path: Path, tell: Tell) -> None:
    def progress(event: events.Event) -> None:
        if isinstance(event, events.DeviceState):
            tell(News(progress=f"{event.device} {event.state} {event.detail}".strip()))

    with _only_one(path.parent):
        async with open_fleet(options, env=home.env, emit=progress) as fleet:
            await _control(fleet, home, path, asyncio.Event(), tell)


async def _control(fleet: Fleet, home: Home, path: Path, stop: asyncio.Event, tell: Tell) -> None:
    """Serve the control API until `stop`, which POST /down sets."""
    with _listening(path) as listening:
        info = FleetInfo(id=home.id, pid=os.getpid(), control=str(path), started=time.time(), version=__version__)
        server = _Server(uvicorn.Config(control_app(fleet, info, stop.set), log_config=None, ws="none"))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve(sockets=[listening]))
            tell(News(ready=True))
            try:
                await stop.wait()
            finally:
                server.should_exit = server.force_exit = True
                await serving


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the fleet has its own."""

    def capture_signals(self):  # type: ignore[no-untyped-def]
        return nullcontext()


@contextmanager
def _only_one(root: Path) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(shared.only_one(root))
        except BlockingIOError:
            raise EnvironmentFault("a fleet is already up", fix="testbed down, or use it: testbed run") from None
        yield


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    """The control socket, 0600. What an earlier fleet left there is nobody's: the lock is ours."""
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        before = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        listening.listen(16)
        try:
            yield listening
        finally:
            path.unlink(missing_ok=True)


def main() -> None:
    options = msgspec.json.decode(sys.argv[1], type=FleetOptions)
    starter = int(os.environ.pop("READY_FD"))

    def tell(news: News) -> None:
        with suppress(BrokenPipeError):
            os.write(starter, msgspec.json.encode(news) + b"\n")

    try:
        interrupts.run(_started(options, tell, starter))
    except TestbedError as error:
        tell(News(fault=error.message, fix=error.fix or "", exit_code=int(error.exit_code)))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)


async def _started(options: FleetOptions, tell: Tell, starter: int) -> None:
    """Serve. Until then whoever started us is watched by our end of the pipe, which tells when the other closes."""
    loop = asyncio.get_running_loop()

    def left() -> None:
        loop.remove_reader(starter)
        signal.raise_signal(signal.SIGTERM)

    def telling(news: News) -> None:
        if news.ready:
            loop.remove_reader(starter)
        tell(news)

    loop.add_reader(starter, left)
    await serve(options, telling)


if __name__ == "__main__":
    main()
