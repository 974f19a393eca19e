"""Events to report on: a small run of "Acme", piece by piece."""

from __future__ import annotations

from typing import Any

from testbed import events
from testbed.capture.flow import Disposition, Flow
from testbed.devices.api import LogLine
from testbed.errors import Place
from testbed.http import Request, Response
from testbed.lenses.api import Kind, VendorCall
from testbed.segment.model import Rule, SegmentCall
from testbed.verdict.model import Check, Difference, Outcome, Verdict

AT = 1_700_000_000.25  # 2023-11-14T22:13:20.250Z

HOSTILE = "\x1b]0;pwned\x07\x1b[31mred\x1b[0m\n  ✓ forged\r\x9b2J\u202egnol\x00\ufffe\ud83d"
"""What a page may send and log: a title set, a colour, a forged line, C1 controls, reversed writing, half an emoji."""

EVENTS_OF_HOSTILE = HOSTILE.replace("\ud83d", "")
"""The same as it can stand in JSON, which has no halves of surrogate pairs."""


def started(*scenarios: str, target: str = "web", name: str = "Acme") -> events.RunStarted:
    plan = tuple(
        events.PlanItem(run=f"r{n}", scenario=scenario, target=target, steps=2)
        for n, scenario in enumerate(scenarios, start=1)
    )
    return events.RunStarted(time=AT, plugin=name, version="1.4.0", sha256="0123456789abcdef" * 4, plan=plan)


def verdict(outcome: Outcome = "passed", *checks: Check, **more: Any) -> events.Judged:
    fields = {"run": "r1", "scenario": "track", "target": "web", "device": "web-1", "duration_ms": 290.0, **more}
    return events.Judged(time=AT, verdict=Verdict(outcome=outcome, checks=checks, **fields))


def repeated(*differing: str, **more: Any) -> events.Repeated:
    fields = {"scenario": "track", "target": "web", "device": "web", "played": 2, "passed": 2, **more}
    return events.Repeated(time=AT, differing=differing, **fields)


def ended(code: int = 0, **counts: int) -> events.RunEnded:
    return events.RunEnded(time=AT, exit_code=code, duration_ms=1234.5, **counts)


TRACK = Request.get("https://api.acme.example/v1/track", method="POST", body=b'{"a":1}')
OK = Response(status=200)


def flow(
    *,
    request: Request = TRACK,
    response: Response | None = OK,
    step: int | None = 1,
    message_id: str | None = "m1",
    **more: Any,
) -> events.FlowCaptured:
    about = {"id": "r1.1", "run": "r1", "sequence": 1, "connection": "c1", "started": AT, "duration_ms": 12.5}
    fields = {"disposition": Disposition.STUB, **about, **more}
    return events.FlowCaptured(
        time=AT, flow=Flow(request=request, response=response, **fields), step=step, message_id=message_id
    )


NEAREST_MISS = Check(
    id="expect.vendor[0]",
    outcome="failed",
    message='track "Order Completed": 2 fields differ',
    place=Place("scenarios/order.yaml", 12, 7),
    step=1,
    flow="r1.1",
    differences=(
        Difference(path="properties.revenue", expected=25, actual="25", message='is the text "25", expected 25'),
        Difference(path="user", expected="u1", actual=None, message='is missing, expected "u1"'),
    ),
    paste='- track: {name: Order Completed, properties: {revenue: "25"}}',
)
UNDECLARED = Check(
    id="undeclared-host",
    outcome="failed",
    message="request to the undeclared host m.acme.example",
    paste='[egress]\nhosts = ["api.acme.example", "m.acme.example"]',
)
DIFFERS = Check(
    id="expect.vendor[1]",
    outcome="differs",
    message='group "g1" was not sent',
    place=Place("scenarios/group.yaml", 9),
    reason="Acme knows no groups.",
    differs=(0,),
)
WARNED = Check(id="spec", outcome="warned", message="revenue without currency", step=2)
TOLERATED = Check(
    id="vendor-script", outcome="warned", message="sdk.js did not load", reason="tolerated by the scenario"
)
NOT_AVAILABLE = Check(id="expect.device[0]", outcome="n/a", message="no screen on the web")

ONE_OF_EACH: tuple[events.Event, ...] = (
    started("track", "group"),
    events.DeviceState(time=AT, device="web-1", state="booting", detail="1 device(s)"),
    events.ScenarioStarted(time=AT, run="r1", scenario="track", target="web", device="web-1"),
    events.StepPlayed(
        time=AT,
        run="r1",
        index=1,
        step={"do": "track", "event": "Signed Up", "properties": {"n": 1, "f": 1.5, "list": [None, True]}},
        outcome="done",
        message_id="m1",
        duration_ms=3.5,
    ),
    flow(response=Response(status=200, body=b"\x00\xff", headers=(("x", "y"),))),
    flow(response=None, disposition=Disposition.BROKEN, error="reset", step=None, message_id=None),
    events.SegmentCalled(
        time=AT,
        run="r1",
        call=SegmentCall(type="track", message_id="m1", name="Signed Up", properties={"n": 1}),
        step=1,
        rules=(Rule(rule="track.revenue.type", severity="error", message="is text", path="properties.revenue"),),
    ),
    events.VendorCalled(
        time=AT, run="r1", call=VendorCall(vendor="acme", kind=Kind.TRACK, name="Signed Up"), step=1, message_id="m1"
    ),
    events.Logged(time=AT, run="r1", line=LogLine(source="console", level="error", text=EVENTS_OF_HOSTILE)),
    verdict("failed", NEAREST_MISS, UNDECLARED, DIFFERS, WARNED, TOLERATED, NOT_AVAILABLE),
    repeated("failed in 1 of 2", passed=1),
    events.Faulted(time=AT, kind="CaptureFault", message="capture broke", exit_code=3, fix="report this"),
    ended(1, failed=1),
)
