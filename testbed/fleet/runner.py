"""One run: one scenario on one target on one device, from a fresh app to a verdict."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

import msgspec

from testbed import events
from testbed.capture import Capture, Listener
from testbed.capture.flow import Disposition, Flow, Note
from testbed.devices.api import App, Device, Health, LogLine, Probe, Sighting, StepReply
from testbed.errors import DeviceFault
from testbed.fleet.plan import Item
from testbed.fleet.router import Router
from testbed.lenses import Lens, Reading, VendorCall, lenses_for, read, relate
from testbed.plugin.model import Plugin
from testbed.scenario import covers
from testbed.scenario.steps import Settings, Step, Wait, name_of
from testbed.segment import Cloud, SdkFiles, SegmentCall, read_calls, validate
from testbed.segment.model import Rule
from testbed.verdict import Evidence, Played, Verdict, conclude, correlate, judge, probes

Emit = Callable[[events.Event], None]

WRITE_KEY = "testbedWriteKey"

DELIVERED = frozenset({Disposition.STUB, Disposition.LIVE})
"""What reached a vendor, as far as the plugin can tell: read by lenses. The rest is refused, and judged as such."""


class Runner:
    """Plays items on devices. Holds what all runs of one `testbed run` share; each `play` stands alone."""

    def __init__(self, *, capture: Capture, plugin: Plugin, sdk: SdkFiles, live: Sequence[str], emit: Emit) -> None:
        self._capture = capture
        self._plugin = plugin
        self._sdk = sdk
        self._live = live
        self._emit = emit

    async def play(self, item: Item, device: Device) -> Verdict:
        """The verdict on `item`. A device that fails gives an "error" verdict; CaptureFault passes through, since then
        nothing that was captured can be trusted."""
        started = time.monotonic()
        scenario, target = item.scenario, item.target
        self._emit(
            events.ScenarioStarted(
                time=time.time(), run=item.run, scenario=scenario.name, target=target.id, device=device.id
            )
        )
        try:
            async with asyncio.timeout(scenario.timeout_s):
                evidence = await self._gather(item, device)
        except TimeoutError:
            fault = DeviceFault(f"the scenario did not end within its timeout_s of {scenario.timeout_s:g} s")
            return self._failed(item, device, fault, started)
        except DeviceFault as fault:
            return self._failed(item, device, fault, started)
        self._report(evidence)
        verdict = conclude(
            evidence, judge(evidence), device=device.id, duration_ms=round((time.monotonic() - started) * 1000, 1)
        )
        self._emit(events.Judged(time=time.time(), verdict=verdict))
        return verdict

    async def _gather(self, item: Item, device: Device) -> Evidence:
        """Play the scenario to its end at quiet, and bring in all that was seen."""
        scenario, target, plugin = item.scenario, item.target, self._plugin
        lenses = lenses_for(plugin)
        cloud = Cloud(plugin, target, scenario, write_key=WRITE_KEY, sdk=self._sdk)
        router = Router(device=device, cloud=cloud, plugin=plugin, scenario=scenario, lenses=lenses, live=self._live)
        app = App(
            run=item.run,
            plugin=plugin,
            target=target,
            write_key=WRITE_KEY,
            url=scenario.url,
            integrations=scenario.integrations,
            consent=scenario.consent,
        )
        async with self._capture.listen(item.run, router.answer) as listener:
            try:
                await device.inject(app, listener.proxy)
                steps = [
                    await self._step(index, step, item, device, cloud, listener)
                    for index, step in enumerate(scenario.steps, start=1)
                ]
                settled_by = await device.settle(listener)
                health = await device.health()
                asked = probes(scenario, target)
                sightings = await device.observe(asked)
            finally:
                await device.clear(listener)
            flows, notes = tuple(listener.flows), tuple(listener.notes)
            logs = tuple(device.logs())
        return _evidence(
            item,
            plugin,
            lenses,
            steps=tuple(steps),
            flows=flows,
            notes=notes,
            logs=logs,
            health=health,
            sightings=tuple(zip(asked, sightings, strict=True)),
            settled_by=settled_by,
        )

    async def _step(
        self, index: int, step: Step, item: Item, device: Device, cloud: Cloud, listener: Listener
    ) -> Played:
        reply = await self._reply(step, item, device, cloud, listener)
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
        return await device.call(step)

    def _report(self, evidence: Evidence) -> None:
        """Everything that was seen, each thing with the step and the Segment call behind it."""
        step_of = {p.reply.message_id: p.index for p in evidence.steps if p.reply.message_id}
        calls_in: dict[str, list[str]] = {}
        for call in evidence.segment_calls:
            calls_in.setdefault(call.flow, []).append(call.message_id)
        for vendor_call in evidence.vendor_calls:
            if (cause := evidence.causes.get(f"{vendor_call.flow}#{vendor_call.index}")) is not None:
                calls_in.setdefault(vendor_call.flow, []).append(cause)
        now = time.time()
        for flow in evidence.flows:
            messages = set(calls_in.get(flow.id, []))
            message = messages.pop() if len(messages) == 1 else None
            self._emit(events.FlowCaptured(time=now, flow=flow, message_id=message, step=step_of.get(message or "")))
        for segment_call in evidence.segment_calls:
            rules = tuple(r for r in evidence.rules if r.message_id == segment_call.message_id)
            step = step_of.get(segment_call.message_id)
            self._emit(events.SegmentCalled(time=now, run=evidence.run, call=segment_call, step=step, rules=rules))
        for vendor_call in evidence.vendor_calls:
            cause = evidence.causes.get(f"{vendor_call.flow}#{vendor_call.index}")
            self._emit(
                events.VendorCalled(
                    time=now, run=evidence.run, call=vendor_call, message_id=cause, step=step_of.get(cause or "")
                )
            )
        for line in evidence.logs:
            self._emit(events.Logged(time=now, run=evidence.run, line=line))

    def _failed(self, item: Item, device: Device, fault: DeviceFault, started: float) -> Verdict:
        verdict = error_verdict(item, device.id, fault, duration_ms=(time.monotonic() - started) * 1000)
        self._emit(events.Judged(time=time.time(), verdict=verdict))
        return verdict


def error_verdict(item: Item, device: str, fault: Exception, *, duration_ms: float = 0.0) -> Verdict:
    """No verdict could be reached on `item`, and why."""
    return Verdict(
        run=item.run,
        scenario=item.scenario.name,
        target=item.target.id,
        device=device,
        outcome="error",
        error=str(fault),
        exit_code=int(getattr(fault, "exit_code", 3)),
        duration_ms=round(duration_ms, 1),
    )


def _evidence(
    item: Item,
    plugin: Plugin,
    lenses: Sequence[Lens],
    *,
    steps: tuple[Played, ...],
    flows: tuple[Flow, ...],
    notes: tuple[Note, ...],
    logs: tuple[LogLine, ...],
    health: Health,
    sightings: tuple[tuple[Probe, Sighting], ...],
    settled_by: str,
) -> Evidence:
    """Read what the flows mean. Only requests that were accepted count as told: a vendor's 500 told it nothing. Whether
    the device stayed for the answer does not matter to that."""
    segment_calls: list[SegmentCall] = []
    readings: list[tuple[str, Reading]] = []
    vendor_calls: list[VendorCall] = []
    for flow in flows:
        if flow.response is None or flow.response.status >= 400:
            continue
        if flow.disposition is Disposition.SEGMENT:
            segment_calls.extend(read_calls(flow.id, flow.request))
        elif flow.disposition in DELIVERED and (reading := read(lenses, flow.id, flow.request)) is not None:
            readings.append((flow.id, reading))
            vendor_calls.extend(reading.calls)
    related = relate(lenses, vendor_calls)
    rules: list[Rule] = [rule for call in segment_calls for rule in validate(call)]
    return Evidence(
        run=item.run,
        plugin=plugin,
        target=item.target,
        scenario=item.scenario,
        steps=steps,
        flows=flows,
        readings=tuple(readings),
        vendor_calls=tuple(related),
        segment_calls=tuple(segment_calls),
        causes=correlate(related, segment_calls),
        rules=tuple(rules),
        logs=logs,
        health=health,
        sightings=sightings,
        notes=notes,
        settled_by=settled_by,
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
