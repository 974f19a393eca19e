"""The fleet: one capture, the devices that are up, and runs on them, one at a time."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from testbed import events
from testbed.capture import Capture
from testbed.errors import ExitCode, InternalError, TestbedError
from testbed.fleet.model import DeviceStatus, FleetOptions, RunRequest
from testbed.fleet.pool import Emit, Pool
from testbed.fleet.session import Session
from testbed.verdict import Verdict


class Fleet:
    """Made by `open_fleet`."""

    def __init__(self, *, capture: Capture, pool: Pool, options: FleetOptions) -> None:
        self._capture = capture
        self._pool = pool
        self._options = options
        self._turn = asyncio.Lock()

    @property
    def devices(self) -> tuple[DeviceStatus, ...]:
        return self._pool.statuses

    async def run(self, zipped: bytes, request: RunRequest, emit: Emit) -> int:
        """Play what `request` asks for of the plugin in `zipped`; give the exit code. Everything that happens is
        emitted, RunEnded last, also when the run cannot be made."""
        async with self._turn:
            started = time.monotonic()
            self._capture.forget_fault()  # an earlier run's: its listeners are gone, and nothing here rests on them
            session = Session(capture=self._capture, pool=self._pool, options=self._options, request=request, emit=emit)
            try:
                code = await session.run(zipped)
            except TestbedError as error:
                emit(_faulted(error))
                code = error.exit_code
            except Exception as bug:  # noqa: BLE001 -- whatever it is, the stream ends with run-ended and exit 3
                emit(_faulted(InternalError("".join(traceback.format_exception(bug)).rstrip(), fix="report this")))
                code = ExitCode.INTERNAL
            emit(_ended(code, session.verdicts, started))
            return int(code)


@asynccontextmanager
async def open_fleet(options: FleetOptions, *, env: Mapping[str, str], emit: Emit) -> AsyncIterator[Fleet]:
    """A fleet with `options.devices` booted; all it started ends with the context."""
    env = {**env, **({"TESTBED_BROWSER": options.browser} if options.browser else {})}
    async with AsyncExitStack() as stack:
        capture = await stack.enter_async_context(Capture())
        pool = Pool(spki=capture.spki, env=env, stack=stack)
        await pool.boot(options.devices, options.workers, emit)
        if options.require_jail:
            pool.require_jail()
        yield Fleet(capture=capture, pool=pool, options=options)


def _faulted(error: TestbedError) -> events.Faulted:
    message = f"{error.place}: {error.message}" if error.place else error.message
    return events.Faulted(
        time=time.time(),
        kind=type(error).__name__,
        message=message,
        fix=error.fix or "",
        exit_code=int(error.exit_code),
    )


def _ended(code: int, verdicts: Sequence[Verdict], started: float) -> events.RunEnded:
    def count(outcome: str) -> int:
        return sum(v.outcome == outcome for v in verdicts)

    checks = [check for verdict in verdicts for check in verdict.checks]
    return events.RunEnded(
        time=time.time(),
        exit_code=int(code),
        passed=count("passed"),
        failed=count("failed"),
        errors=count("error"),
        nothing_ran=count("nothing-ran"),
        not_available=sum(c.outcome == "n/a" for c in checks),
        differs=sum(c.outcome == "differs" for c in checks),
        duration_ms=round((time.monotonic() - started) * 1000, 1),
    )
