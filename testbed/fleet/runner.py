"""One run: one scenario on one target on one device, from a fresh app to a verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from testbed import events
from testbed.capture import Listener
from testbed.capture.flow import Flow
from testbed.devices.api import App, Device, StepReply
from testbed.errors import DeviceFault, EnvironmentFault, InternalError, TestbedError
from testbed.fleet.evidence import Seen, read_evidence, told
from testbed.fleet.plan import Item
from testbed.fleet.pool import Emit
from testbed.fleet.router import Router
from testbed.fleet.spares import Spares
from testbed.lenses import lenses_for
from testbed.plugin.model import Plugin
from testbed.scenario import covers
from testbed.scenario.steps import Offline, Settings, Step, Wait, name_of
from testbed.segment import Cloud, SdkFiles
from testbed.verdict import Evidence, Played, Verdict, conclude, judge, probes
from testbed.verdict.checks import BUILT_IN

WRITE_KEY = "testbedWriteKey"


class Runner:
    """Plays items on devices. Holds what all runs of one `testbed run` share; each `play` stands alone."""

    def __init__(
        self,
        *,
        spares: Spares,
        plugin: Plugin,
        sdk: SdkFiles,
        ca_pem: bytes,
        live: Sequence[str],
        emit: Emit,
        learn: Callable[[Iterable[Flow]], None],
    ) -> None:
        self._spares = spares
        self._plugin = plugin
        self._sdk = sdk
        self._ca_pem = ca_pem
        self._live = live
        self._emit = emit
        self._learn = learn

    async def play(self, item: Item, device: Device, *, then: Item | None = None) -> Verdict:
        """The verdict on `item`. A device that fails gives an "error" verdict; CaptureFault passes through, since then
        nothing that was captured can be trusted. `then` is what the device will play next, if that is known: what the
        end of a run waits for leaves time to make a spare for it."""
        started = time.monotonic()
        scenario, target = item.scenario, item.target
        self._emit(
            events.ScenarioStarted(
                time=time.time(), run=item.run, scenario=scenario.name, target=target.id, device=device.id
            )
        )
        try:
            await device.stage(self._app(item), self._ca_pem)
        except EnvironmentFault as lacking:
            return self._failed(item, device, lacking, started)
        try:
            async with asyncio.timeout(scenario.timeout_s) as limit:
                evidence = await self._gather(item, device, then)
        except TimeoutError:
            if not limit.expired():
                raise  # not the scenario's: a fault of whoever let it out
            fault = DeviceFault(f"the scenario did not end within its timeout_s of {scenario.timeout_s:g} s")
            return self._failed(item, device, fault, started)
        except DeviceFault as fault:
            return self._failed(item, device, fault, started)
        self._learn(evidence.flows)
        for event in told(evidence):
            self._emit(event)
            await asyncio.sleep(0)  # the traffic of other devices goes on
        checks = judge(evidence)
        meant = {each.id for each in BUILT_IN if target.platform in each.platforms}
        if unjudged := meant - {check.id for check in checks}:
            raise InternalError(f"{scenario.name} was not judged by {', '.join(sorted(unjudged))}")
        verdict = conclude(
            evidence,
            checks,
            device=device.id,
            duration_ms=round((time.monotonic() - started) * 1000, 1),
            repetition=item.repetition,
        )
        self._emit(events.Judged(time=time.time(), verdict=verdict))
        return verdict

    async def _gather(self, item: Item, device: Device, then: Item | None) -> Evidence:
        """Play the scenario to its end at quiet, and bring in all that was seen."""
        scenario, target, plugin = item.scenario, item.target, self._plugin
        lenses = lenses_for(plugin)
        app, cloud = self._app(item), self._cloud(item)
        async with self._spares.listen(device, app, self._router(item, device, app, cloud)) as listener:
            try:
                await device.inject(app, listener.proxy)
                steps = [
                    await self._step(index, step, item, device, cloud, listener)
                    for index, step in enumerate(scenario.steps, start=1)
                ]
                if then is not None:
                    self.make_spare(then, device)
                settled = await device.settle(listener)
                health = await device.health()
                asked = probes(scenario, target)
                sightings = await device.observe(asked)
            except BaseException:
                self._learn(listener.flows)  # what is told of a fault may quote them
                raise
            finally:
                last = await device.clear(listener)
            listener.cut()
            seen = Seen(
                steps=tuple(steps),
                flows=tuple(listener.flows),
                notes=tuple(listener.notes),
                logs=tuple(device.logs()),
                health=health,
                sightings=tuple(zip(asked, sightings, strict=True)),
                settled=msgspec.structs.replace(settled, unobserved=(*settled.unobserved, *last)),
                unjailed=device.unjailed,
            )
        return read_evidence(item, plugin, lenses, seen)

    def make_spare(self, item: Item, device: Device) -> None:
        """Have page and SDK of `item` ready on `device`. Returns at once."""
        app = self._app(item)
        self._spares.make(device, app, self._router(item, device, app, self._cloud(item)))

    def _app(self, item: Item) -> App:
        return App(
            run=item.run,
            plugin=self._plugin,
            target=item.target,
            write_key=WRITE_KEY,
            url=item.scenario.url,
            integrations=item.scenario.integrations,
            consent=item.scenario.consent,
            offline=isinstance(first_step(item), Offline),
        )

    def _cloud(self, item: Item) -> Cloud:
        return Cloud(self._plugin, item.target, item.scenario, write_key=WRITE_KEY, sdk=self._sdk)

    def _router(self, item: Item, device: Device, app: App, cloud: Cloud) -> Router:
        return Router(
            device=device,
            app=app,
            cloud=cloud,
            plugin=self._plugin,
            scenario=item.scenario,
            lenses=lenses_for(self._plugin),
            live=self._live,
        )

    async def _step(
        self, index: int, step: Step, item: Item, device: Device, cloud: Cloud, listener: Listener
    ) -> Played:
        reply = await self._reply(step, item, device, cloud, listener)
        if reply.reason:  # may quote what the page was sent
            self._learn(listener.flows)
        self._emit(
            events.StepPlayed(
                time=time.time(),
                run=item.run,
                index=index,
                step={"do": name_of(step)} | _plain(step),
                outcome=reply.outcome,
                message_id=reply.message_id,
                reason=reply.reason,
                duration_ms=reply.duration_ms,
            )
        )
        return Played(index=index, step=step, reply=reply)

    async def _reply(self, step: Step, item: Item, device: Device, cloud: Cloud, listener: Listener) -> StepReply:
        if not covers(step.only, item.target):
            return StepReply(outcome="skipped", reason=f"only for {', '.join(step.only)}")
        if isinstance(step, Settings):
            cloud.update_settings(step.values)
        if isinstance(step, Wait) and step.request is not None:
            return await _wait_for_request(step, listener)
        return await device.call(step, listener)

    def _failed(self, item: Item, device: Device, fault: EnvironmentFault, started: float) -> Verdict:
        verdict = error_verdict(item, device.id, fault, duration_ms=(time.monotonic() - started) * 1000)
        self._emit(events.Judged(time=time.time(), verdict=verdict))
        return verdict


def first_step(item: Item) -> Step | None:
    """What the item's target plays first: nothing can come before an app's start but being offline."""
    return next((step for step in item.scenario.steps if covers(step.only, item.target)), None)


def error_verdict(item: Item, device: str, fault: TestbedError, *, duration_ms: float = 0.0) -> Verdict:
    """No verdict could be reached on `item`, and why."""
    return Verdict(
        run=item.run,
        scenario=item.scenario.name,
        target=item.target.id,
        device=device,
        outcome="error",
        error=str(fault),
        exit_code=fault.exit_code,
        duration_ms=round(duration_ms, 1),
        repetition=item.repetition,
    )


async def _wait_for_request(step: Wait, listener: Listener) -> StepReply:
    """Until a request to `host/path` (globs) was answered; `within_s` bounds it."""
    started = time.monotonic()
    pattern = step.request or "*"

    def seen(flow: Flow) -> bool:
        return any(
            fnmatchcase(f"{flow.request.host}{path}", pattern) for path in (flow.request.route, flow.request.path)
        )

    try:
        async with asyncio.timeout(step.within_s):
            await listener.wait_for(seen)
    except TimeoutError:
        return StepReply(outcome="failed", reason=f"no request to {pattern} within {step.within_s:g} s")
    return StepReply(outcome="done", duration_ms=round((time.monotonic() - started) * 1000, 1))


def _plain(step: Step) -> dict[str, object]:
    """A step as JSON values, without where it was written."""
    plain = msgspec.to_builtins(step)
    plain.pop("place", None)
    return dict(plain)
