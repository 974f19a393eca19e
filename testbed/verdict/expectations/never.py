"""`expect.never`: what must not be seen at all."""

from __future__ import annotations

from collections.abc import Sequence

from testbed.scenario.model import ExpectBase, ExpectCall, ExpectDevice, ExpectRequest
from testbed.scenario.targeting import covers
from testbed.verdict.calls import holds, title
from testbed.verdict.case import Case
from testbed.verdict.expectations.device import look, problem
from testbed.verdict.expectations.device import title as device_title
from testbed.verdict.expectations.requests import hits, unreadable
from testbed.verdict.expectations.requests import title as request_title
from testbed.verdict.finding import Finding
from testbed.verdict.intents import Intent
from testbed.verdict.model import Check


def never(case: Case) -> list[Finding]:
    expect = case.scenario.expect
    checks: list[tuple[str, Check]] = []
    for index, call in enumerate(expect.never_vendor):
        sent = [*case.intents, *case.refused_intents]
        checks.append((call.kind, _call(case, call, f"expect.never.vendor[{index}]", sent)))
    for index, call in enumerate(expect.never_segment):
        checks.append((call.kind, _call(case, call, f"expect.never.segment[{index}]", case.segment_intents)))
    for index, request in enumerate(expect.never_requests):
        checks.append(("", _request(case, request, f"expect.never.requests[{index}]")))
    for index, device in enumerate(expect.never_device):
        checks.append(("", _device(case, device, f"expect.never.device[{index}]")))
    return [Finding(check=check, kind=kind) for kind, check in checks]


def _call(case: Case, unwanted: ExpectCall, where: str, seen: Sequence[Intent]) -> Check:
    what = title(unwanted.kind, unwanted)
    if not covers(unwanted.only, case.target):
        return _not_here(unwanted, where, what)
    found = [intent for intent in seen if holds(unwanted, intent)]
    if not found:
        return _fine(unwanted, where, what)
    first = found[0]
    message = f"{first.vendor} was told {title(first.kind, first)}, which must never be seen{_times(len(found))}"
    return _seen(unwanted, where, message, flow=first.flow, step=case.step_index(first.cause))


def _request(case: Case, unwanted: ExpectRequest, where: str) -> Check:
    what = request_title(unwanted)
    if not covers(unwanted.only, case.target):
        return _not_here(unwanted, where, what)
    found = hits(case, unwanted)
    if not found and (doubtful := unreadable(case, unwanted)):
        request = doubtful[0].request
        why = "its body is no JSON" if unwanted.decoded is None else "no lens decodes its body"
        message = f"{request.method} {request.url} may be what must never be seen: {why}"
        return _seen(unwanted, where, message + _times(len(doubtful)), flow=doubtful[0].id)
    if not found:
        return _fine(unwanted, where, what)
    request = found[0].request
    message = f"{request.method} {request.url} was requested, which must never be seen{_times(len(found))}"
    return _seen(unwanted, where, message, flow=found[0].id)


def _device(case: Case, unwanted: ExpectDevice, where: str) -> Check:
    what = device_title(unwanted)
    if not covers(unwanted.only, case.target):
        return _not_here(unwanted, where, what)
    if why := problem(case, unwanted):
        return _seen(unwanted, where, f"never {what}: it cannot be looked at: {why}")
    found, _, _ = look(case, unwanted)
    if found:
        return _fine(unwanted, where, what)
    return _seen(unwanted, where, f"{what} is there, which must never be seen")


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""


def _not_here(unwanted: ExpectBase, where: str, what: str) -> Check:
    message = f"never {what}: judged only on {', '.join(unwanted.only)}"
    return Check(id=unwanted.id or where, outcome="n/a", message=message, place=unwanted.place)


def _fine(unwanted: ExpectBase, where: str, what: str) -> Check:
    return Check(id=unwanted.id or where, outcome="passed", message=f"never {what}", place=unwanted.place)


def _seen(unwanted: ExpectBase, where: str, message: str, *, flow: str | None = None, step: int | None = None) -> Check:
    return Check(id=unwanted.id or where, outcome="failed", message=message, place=unwanted.place, flow=flow, step=step)
