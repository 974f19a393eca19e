"""The fleet: one capture, the drivers, their devices, and runs on them."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import EntryPoint, entry_points

from testbed import events
from testbed.capture import Capture
from testbed.devices.api import Device, DeviceSpec, Driver
from testbed.errors import EnvironmentFault, ExitCode, InternalError, TestbedError
from testbed.fleet.model import DeviceStatus, FleetOptions, RunRequest
from testbed.fleet.plan import Item, is_complete, plan
from testbed.fleet.runner import Runner, error_verdict
from testbed.lenses import lenses_for
from testbed.plugin import Plugin, read_zip
from testbed.scenario import load_scenarios
from testbed.segment import SdkFiles, sdk_named
from testbed.verdict import Verdict, stale_differences

Emit = Callable[[events.Event], None]

PRECEDENCE = (ExitCode.INTERNAL, ExitCode.FAILED, ExitCode.ENVIRONMENT, ExitCode.NOTHING_RAN, ExitCode.PASSED)
"""What a run ends in when its verdicts disagree: the first that occurred."""


class Fleet:
    """Devices that are up, and the capture that all their traffic goes through. Made by `open_fleet`; runs one request
    at a time, each on as many devices as it asks for."""

    def __init__(
        self, *, capture: Capture, options: FleetOptions, env: Mapping[str, str], stack: AsyncExitStack
    ) -> None:
        self._capture = capture
        self._options = options
        self._env = env
        self._stack = stack
        self._pools: dict[str, list[Device]] = {}
        self._states: dict[str, DeviceStatus] = {}
        self._turn = asyncio.Lock()

    @property
    def devices(self) -> tuple[DeviceStatus, ...]:
        return tuple(self._states.values())

    async def boot(self, specs: Sequence[DeviceSpec], workers: int, emit: Emit) -> None:
        """Have `workers` devices of each spec ready. Raises EnvironmentFault where one cannot be had here."""
        for spec in specs:
            pool = self._pools.setdefault(str(spec), [])
            missing = workers - len(pool)
            if missing > 0:
                self._say(emit, str(spec), spec.platform, "booting", f"{missing} device(s)")
                driver = driver_for(spec)
                opened = driver.open(spec, count=missing, spki=self._capture.spki, env=self._env)
                for device in await self._stack.enter_async_context(opened):
                    pool.append(device)
                    self._say(emit, device.id, device.platform, "ready", "")
                self._states.pop(str(spec), None)

    async def run(self, zipped: bytes, request: RunRequest, emit: Emit) -> int:
        """Play what `request` asks for of the plugin in `zipped`; give the exit code. Everything that happens is
        emitted, RunEnded last, also when the run cannot be made."""
        async with self._turn:
            started = time.monotonic()
            verdicts: list[Verdict] = []
            self._capture.forget_fault()  # an earlier run's: its listeners are gone, and nothing here rests on them
            try:
                code = await self._run(zipped, request, emit, verdicts)
            except TestbedError as error:
                emit(_faulted(error))
                code = error.exit_code
            except Exception as bug:  # noqa: BLE001 -- whatever it is, the stream ends with run-ended and exit 3
                emit(_faulted(InternalError("".join(traceback.format_exception(bug)).rstrip(), fix="report this")))
                code = ExitCode.INTERNAL
            emit(_ended(code, verdicts, started))
            return int(code)

    async def _run(self, zipped: bytes, request: RunRequest, emit: Emit, verdicts: list[Verdict]) -> ExitCode:
        plugin = read_zip(zipped, source=request.source or "plugin.zip")
        items = plan(plugin, load_scenarios(plugin.files), request)
        lenses_for(plugin)  # a definition that cannot work is refused before anything starts
        sdk = sdk_named(request.sdk)
        emit(_started(plugin, items))
        specs = self._specs(request, items)
        workers = request.workers or self._options.workers
        await self.boot(specs, workers, emit)
        await self._play(plugin, sdk, items, specs, workers, request, emit, verdicts)
        if (stale := stale_differences(plugin, verdicts, complete=is_complete(request))) is not None:
            verdicts.append(stale)
            emit(events.Judged(time=time.time(), verdict=stale))
        codes = {ExitCode(v.exit_code) for v in verdicts}
        return next(code for code in PRECEDENCE if code in codes)

    def _specs(self, request: RunRequest, items: Sequence[Item]) -> list[DeviceSpec]:
        """The devices to run on: those asked for; else the fleet's own; else one of each platform that has a driver."""
        chosen = request.devices or self._options.devices
        if chosen:
            return list(chosen)
        platforms = {item.target.platform for item in items}
        return [DeviceSpec(platform=p) for p in sorted(platforms) if p in _drivers()]

    async def _play(
        self,
        plugin: Plugin,
        sdk: SdkFiles,
        items: Sequence[Item],
        specs: Sequence[DeviceSpec],
        workers: int,
        request: RunRequest,
        emit: Emit,
        verdicts: list[Verdict],
    ) -> None:
        """Each spec plays all items of its platform; its devices share them. Items of a platform with no device are
        errors: what was declared and not run must not look tested."""
        runner = Runner(capture=self._capture, plugin=plugin, sdk=sdk, live=request.live, emit=emit)
        stop = asyncio.Event()
        platforms = {spec.platform for spec in specs}
        for item in items:
            if item.target.platform not in platforms:
                verdicts.append(_cannot_run(item))
                emit(events.Judged(time=time.time(), verdict=verdicts[-1]))
        work = {str(s): [i for i in items if i.target.platform == s.platform] for s in specs}

        async def worker(device: Device, queue: list[Item]) -> None:
            while queue and not stop.is_set():
                item = queue.pop(0)
                self._say(emit, device.id, device.platform, "busy", item.scenario.name)
                verdict = await runner.play(item, device)
                verdicts.append(verdict)
                if request.fail_fast and verdict.outcome != "passed":
                    stop.set()
                if verdict.outcome == "error":
                    self._say(emit, device.id, device.platform, "booting", "replaced after a fault")
                    await device.boot()
                self._say(emit, device.id, device.platform, "ready", "")

        async def guarded() -> None:
            async with asyncio.TaskGroup() as group:
                for spec, queue in work.items():
                    for device in self._pools[spec][:workers]:
                        group.create_task(worker(device, queue))

        await self._until_fault(guarded)

    async def _until_fault(self, work: Callable[[], Coroutine[object, object, None]]) -> None:
        """Do `work`, and end it the moment capture breaks: evidence with a hole in it proves nothing."""

        async def watch() -> None:
            raise await self._capture.wait_fault()

        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch())
                await group.create_task(work())
                watching.cancel()
        except* TestbedError as faults:
            raise _gravest(faults) from None

    def _say(self, emit: Emit, device: str, platform: str, state: str, detail: str) -> None:
        status = DeviceStatus(id=device, platform=platform, state=state, detail=detail)  # type: ignore[arg-type]
        self._states[device] = status
        emit(events.DeviceState(time=time.time(), device=device, state=status.state, detail=detail))


@asynccontextmanager
async def open_fleet(options: FleetOptions, *, env: Mapping[str, str], emit: Emit) -> AsyncIterator[Fleet]:
    """A fleet with `options.devices` booted; all it started ends with the context."""
    env = {**env, **({"TESTBED_BROWSER": options.browser} if options.browser else {})}
    async with AsyncExitStack() as stack:
        capture = await stack.enter_async_context(Capture())
        fleet = Fleet(capture=capture, options=options, env=env, stack=stack)
        await fleet.boot(options.devices, options.workers, emit)
        yield fleet


def driver_for(spec: DeviceSpec) -> Driver:
    """The driver of the spec's platform, from the entry points. Raises EnvironmentFault where there is none."""
    entry = _drivers().get(spec.platform)
    if entry is None:
        have = ", ".join(sorted(_drivers()))
        raise EnvironmentFault(f"no driver for {spec.platform!r} is installed", fix=f"drivers here: {have}")
    driver: Driver = entry.load()()
    return driver


def _drivers() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group="testbed.drivers")}


def _gravest(faults: BaseExceptionGroup[TestbedError]) -> TestbedError:
    """Of several faults at once the one whose exit code comes first."""
    flat: list[TestbedError] = []
    groups: list[BaseException] = [faults]
    while groups:
        found = groups.pop()
        if isinstance(found, BaseExceptionGroup):
            groups.extend(found.exceptions)
        elif isinstance(found, TestbedError):
            flat.append(found)
    return min(flat, key=lambda e: PRECEDENCE.index(e.exit_code) if e.exit_code in PRECEDENCE else len(PRECEDENCE))


def _cannot_run(item: Item) -> Verdict:
    platform = item.target.platform
    fault = EnvironmentFault(
        f"target {item.target.id!r} needs an {platform} device, and none can be had here",
        fix=f"leave it out with -P, or install a driver for {platform}",
    )
    return error_verdict(item, "", fault)


def _started(plugin: Plugin, items: Sequence[Item]) -> events.RunStarted:
    return events.RunStarted(
        time=time.time(),
        plugin=plugin.name,
        version=plugin.manifest.version,
        sha256=plugin.sha256,
        plan=tuple(
            events.PlanItem(run=i.run, scenario=i.scenario.name, target=i.target.id, steps=len(i.scenario.steps))
            for i in items
        ),
    )


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
