"""The fleet: one capture, the devices that are up, and runs on them, one at a time."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from testbed import events
from testbed.capture import Capture
from testbed.devices.api import Tool
from testbed.errors import ExitCode, InternalError, TestbedError
from testbed.fleet.model import DeviceStatus, FleetOptions, RunRequest
from testbed.fleet.pool import Emit, Pool
from testbed.fleet.session import Session
from testbed.fleet.spares import Spares
from testbed.redaction import redaction
from testbed.verdict import Verdict


class Fleet:
    """Made by `open_fleet`."""

    def __init__(self, *, capture: Capture, pool: Pool, spares: Spares, options: FleetOptions, once: bool) -> None:
        self._capture = capture
        self._pool = pool
        self._spares = spares
        self._once = once
        self._options = options
        self._turn = asyncio.Lock()

    @property
    def devices(self) -> tuple[DeviceStatus, ...]:
        return self._pool.statuses

    @property
    def tools(self) -> tuple[Tool, ...]:
        return self._pool.tools

    async def run(self, zipped: bytes, request: RunRequest, emit: Emit) -> int:
        """Play what `request` asks for of the plugin in `zipped`; give the exit code. Everything that happens is
        emitted, with its secrets hidden unless the request says otherwise: RunEnded last, also when the run cannot be
        made."""
        async with self._turn:
            started = time.monotonic()
            if self._capture.fault is not None:
                await self._spares.drop()
                self._capture.forget_fault()  # its listeners are gone, and nothing here rests on them
            redact = redaction(unsafe_raw=request.unsafe_raw)

            def tell(event: events.Event) -> None:
                emit(redact(event))

            session = Session(
                capture=self._capture,
                pool=self._pool,
                spares=self._spares,
                options=self._options,
                request=request,
                emit=tell,
                redaction=redact,
                once=self._once,
            )
            try:
                code = await session.run(zipped)
            except TestbedError as error:
                tell(_faulted(error))
                code = error.exit_code
            except Exception as bug:  # noqa: BLE001 -- whatever it is, the stream ends with run-ended and exit 3
                tell(_faulted(InternalError("".join(traceback.format_exception(bug)).rstrip(), fix="report this")))
                code = ExitCode.INTERNAL
            tell(_ended(code, session.verdicts, started))
            return int(code)


@asynccontextmanager
async def open_fleet(
    options: FleetOptions, *, env: Mapping[str, str], emit: Emit, once: bool = False
) -> AsyncIterator[Fleet]:
    """A fleet with `options.devices` booted; all it started ends with the context. `once`: there will be one run, so
    that nothing need be ready for another."""
    env = {**env, **({"TESTBED_BROWSER": options.browser} if options.browser else {})}
    async with AsyncExitStack() as stack:
        capture = await stack.enter_async_context(Capture())
        pool = Pool(spki=capture.spki, env=env, stack=stack)
        await pool.boot(options.devices, options.workers, emit)
        if options.require_jail:
            pool.require_jail()
        spares = await stack.enter_async_context(Spares(capture, enabled=options.spares))
        yield Fleet(capture=capture, pool=pool, spares=spares, options=options, once=once)


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
