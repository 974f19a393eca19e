"""One `testbed run`: from the zip to its verdicts and the exit code."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterator, Sequence

from testbed import events
from testbed.capture import Capture
from testbed.devices.api import Device, DeviceSpec
from testbed.errors import PRECEDENCE, DeviceFault, EnvironmentFault, ExitCode, TestbedError
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.fleet.naming import check_names
from testbed.fleet.plan import Item, is_complete, on_devices, plan
from testbed.fleet.pool import Emit, Pool, drivers
from testbed.fleet.runner import Runner, error_verdict
from testbed.fleet.spares import Spares
from testbed.lenses import lenses_for
from testbed.plugin import Plugin, read_zip
from testbed.redaction import Redaction
from testbed.scenario import load_scenarios
from testbed.segment import sdk_named
from testbed.verdict import Verdict, differing, stale_differences


class Session:
    """What one request shares. `verdicts` holds those that were reached, also when `run` raises. `once`: no other
    request will follow."""

    def __init__(
        self,
        *,
        capture: Capture,
        pool: Pool,
        spares: Spares,
        options: FleetOptions,
        request: RunRequest,
        emit: Emit,
        redaction: Redaction,
        once: bool = False,
    ) -> None:
        self.verdicts: list[Verdict] = []
        self._capture = capture
        self._pool = pool
        self._spares = spares
        self._once = once
        self._options = options
        self._request = request
        self._absent: dict[str, EnvironmentFault] = {}
        self._emit = emit
        self._redaction = redaction

    async def run(self, zipped: bytes) -> ExitCode:
        """Play what the request asks for of the plugin. Raises TestbedError where the run cannot be made, or its
        evidence has a hole."""
        request = self._request
        plugin = read_zip(zipped, source=request.source or "plugin.zip")
        self._redaction.know(plugin, ())  # a scenario that is refused may quote a setting
        scenarios = load_scenarios(plugin.files)
        self._redaction.know(plugin, scenarios)
        items = plan(plugin, scenarios, request)
        lenses = lenses_for(plugin)  # a definition that cannot work is refused before anything starts
        check_names(scenarios, plugin, [lens.vendor for lens in lenses])
        sdk = sdk_named(request.sdk)
        specs = self._specs(items)
        items = on_devices(items, specs, repeat=request.repeat)
        self._emit(_started(plugin, items, self._redaction.mode))
        specs = await self._boot(specs)
        if request.require_jail or self._options.require_jail:
            self._pool.require_jail()
        runner = Runner(
            spares=self._spares,
            plugin=plugin,
            sdk=sdk,
            ca_pem=self._capture.ca_pem,
            live=request.live,
            emit=self._emit,
            learn=self._redaction.learn,
        )
        await self._until_fault(self._play(runner, items, specs))
        if (stale := stale_differences(plugin, self.verdicts, complete=is_complete(request))) is not None:
            self._emit(events.Judged(time=time.time(), verdict=stale))
            self.verdicts.append(stale)
        if request.repeat > 1:
            for event in _repeated(items, self.verdicts):
                self._emit(event)
        codes = {ExitCode(verdict.exit_code) for verdict in self.verdicts}
        return next(code for code in PRECEDENCE if code in codes)

    @property
    def _workers(self) -> int:
        return self._request.workers or self._options.workers

    def _specs(self, items: Sequence[Item]) -> list[DeviceSpec]:
        """The devices to run on: those asked for; else the fleet's own, and one more of each further platform that has
        a driver."""
        if self._request.devices:
            return list(dict.fromkeys(self._request.devices))
        own = list(dict.fromkeys(self._options.devices))
        lacking = {item.target.platform for item in items} - {spec.platform for spec in own}
        have = drivers()
        return [*own, *(DeviceSpec(platform=p) for p in sorted(lacking) if p in have)]

    async def _boot(self, specs: Sequence[DeviceSpec]) -> list[DeviceSpec]:
        """Have the devices ready; gives the specs that are. A platform that nobody named and that cannot be had here
        costs its own items alone, unless there is no other."""
        ready = []
        for spec in specs:
            try:
                await self._pool.boot([spec], self._workers, self._emit)
            except EnvironmentFault as fault:
                named = spec in self._request.devices or spec in self._options.devices
                if named or len(specs) == 1:
                    raise
                self._absent[str(spec)] = fault
            else:
                ready.append(spec)
        return ready

    async def _play(self, runner: Runner, items: Sequence[Item], specs: Sequence[DeviceSpec]) -> None:
        """The devices of a spec share its items. An item for which there is no device is an error: what was declared
        and not run must not look tested."""
        for item in items:
            if not item.device or item.device in self._absent:
                self.verdicts.append(_cannot_run(item, self._absent.get(item.device)))
                self._emit(events.Judged(time=time.time(), verdict=self.verdicts[-1]))
        stop = asyncio.Event()
        queues = {str(spec): [item for item in items if item.device == str(spec)] for spec in specs}
        async with asyncio.TaskGroup() as group:
            for spec in specs:
                for device in self._pool.of(spec)[: self._workers]:
                    group.create_task(self._work(runner, device, queues[str(spec)], stop))
        for item in [item for queue in queues.values() for item in queue if not stop.is_set()]:
            self.verdicts.append(_cannot_run(item, self._absent.get(item.device)))
            self._emit(events.Judged(time=time.time(), verdict=self.verdicts[-1]))
        if not self._once:
            self._expect_the_same(runner, items, specs)

    def _expect_the_same(self, runner: Runner, items: Sequence[Item], specs: Sequence[DeviceSpec]) -> None:
        """Be ready for this request once more: whoever works on a plugin edits and runs, and edits and runs."""
        for spec in specs:
            for first in [item for item in items if item.device == str(spec)][:1]:
                for device in self._pool.of(spec)[: self._workers]:
                    runner.make_spare(first, device)

    async def _work(self, runner: Runner, device: Device, queue: list[Item], stop: asyncio.Event) -> None:
        """Have one device take items from the queue that it shares with others, until that is empty or `stop` is
        set."""
        while queue and not stop.is_set():
            item = queue.pop(0)
            self._pool.say(self._emit, device, "busy", item.scenario.name)
            try:
                verdict = await runner.play(item, device, then=next(iter(queue), None))
            except BaseException:  # the run was ended from outside, or is at an end: the device is free
                self._pool.say(self._emit, device, "ready")
                raise
            self.verdicts.append(verdict)
            if self._request.fail_fast and verdict.outcome != "passed":
                stop.set()
            if verdict.outcome == "error":
                self._pool.say(self._emit, device, "booting", "replaced after a fault")
                try:
                    await device.boot()
                except DeviceFault as fault:  # it takes no more: others of its kind do, or nobody
                    self._absent[item.device] = fault
                    self._pool.say(self._emit, device, "failed", fault.message)
                    return
            self._pool.say(self._emit, device, "ready")

    async def _until_fault(self, work: Awaitable[None]) -> None:
        """Do `work`, and end it the moment capture breaks: evidence with a hole in it proves nothing."""

        async def watch() -> None:
            raise await self._capture.wait_fault()

        try:
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(watch())
                await work
                watching.cancel()
                if (fault := self._capture.fault) is not None:  # it broke too late for the watch to wake
                    raise fault
        except* TestbedError as faults:
            raise _gravest(faults) from None


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


def _cannot_run(item: Item, why: EnvironmentFault | None) -> Verdict:
    """An item without a device: `why` where one was to be had and could not."""
    platform = item.target.platform
    needs = f"target {item.target.id!r} needs an {platform} device"
    if why is None:
        fault = EnvironmentFault(f"{needs}, and there is none", fix=f"add -d {platform}, or leave it out with -P")
    else:
        instead = "leave it out with -P"
        fault = EnvironmentFault(f"{needs}: {why.message}", fix=f"{why.fix}; or {instead}" if why.fix else instead)
    return error_verdict(item, "", fault)


def _started(plugin: Plugin, items: Sequence[Item], redaction: events.Redaction) -> events.RunStarted:
    return events.RunStarted(
        time=time.time(),
        plugin=plugin.name,
        version=plugin.manifest.version,
        sha256=plugin.sha256,
        kind=plugin.manifest.kind,
        description=plugin.manifest.description,
        redaction=redaction,
        plan=tuple(
            events.PlanItem(
                run=item.run,
                scenario=item.scenario.name,
                target=item.target.id,
                steps=len(item.scenario.steps),
                device=item.device,
                repetition=item.repetition,
            )
            for item in items
        ),
    )


def _repeated(items: Sequence[Item], verdicts: Sequence[Verdict]) -> Iterator[events.Repeated]:
    """One for each scenario, target and device that was played at all."""
    reached = {verdict.run: verdict for verdict in verdicts}
    groups: dict[tuple[str, str, str], list[Verdict]] = {}
    for item in items:
        if item.run in reached:
            groups.setdefault((item.scenario.name, item.target.id, item.device), []).append(reached[item.run])
    for (scenario, target, device), group in groups.items():
        yield events.Repeated(
            time=time.time(),
            scenario=scenario,
            target=target,
            device=device,
            played=len(group),
            passed=sum(verdict.outcome == "passed" for verdict in group),
            differing=differing(group),
        )
