"""`expect.requests`: raw requests, where no lens fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from testbed.capture.flow import Flow
from testbed.http import Request
from testbed.lenses.decode import Undecodable, plain_body
from testbed.scenario.model import ExpectRequest
from testbed.scenario.targeting import covers
from testbed.verdict.case import Case, matches_any
from testbed.verdict.finding import Finding
from testbed.verdict.matching import ABSENT, compare
from testbed.verdict.model import Check, Difference
from testbed.verdict.paste import mended_request_line

# Nobody reads a nearest miss among more requests than this.
_NEAREST_AMONG = 200


def requests(case: Case) -> list[Finding]:
    return [
        Finding(check=_check(case, each, f"expect.requests[{index}]"))
        for index, each in enumerate(case.scenario.expect.requests)
    ]


def hits(case: Case, expected: ExpectRequest) -> list[Flow]:
    """The flows whose request is as expected."""
    return [flow for flow in case.evidence.flows if matches(expected, flow.request, case.decoded(flow.id))]


def unreadable(case: Case, unwanted: ExpectRequest) -> list[Flow]:
    """The flows that may be the unwanted ones and may not: all but their body is as unwanted, and that is no JSON, or
    nothing that a lens decodes."""
    if unwanted.json is msgspec.UNSET and unwanted.decoded is None:
        return []
    rest = msgspec.structs.replace(unwanted, json=msgspec.UNSET, decoded=None)
    unread = [
        flow
        for flow in case.evidence.flows
        if flow.request.body
        and (_json(flow.request) is ABSENT if unwanted.decoded is None else case.decoded(flow.id) is None)
    ]
    return [flow for flow in unread if matches(rest, flow.request)]


def matches(expected: ExpectRequest, request: Request, decoded: str | None = None) -> bool:
    """`decoded` is what a lens decoded of the body, as JSON text."""
    return _addressed(expected, request) and not any(_below(expected, request, decoded))


def title(expected: ExpectRequest) -> str:
    method = f"{expected.method} " if expected.method != "*" else ""
    return f"request {method}{expected.host}{expected.path if expected.path.startswith('/') else ' ' + expected.path}"


def _check(case: Case, expected: ExpectRequest, where: str) -> Check:
    check_id = expected.id or where
    if not covers(expected.only, case.target):
        message = f"{title(expected)} is expected only on {', '.join(expected.only)}"
        return Check(id=check_id, outcome="n/a", message=message, place=expected.place)
    found = hits(case, expected)
    if len(found) == expected.count or (expected.count is None and found):
        flow = found[0].id if found else None
        return Check(id=check_id, outcome="passed", message=title(expected), place=expected.place, flow=flow)
    if expected.count is not None and (found or expected.count == 0):
        message = f"{title(expected)} was seen {_times(len(found))}, expected {_times(expected.count)}"
        flow = found[0].id if found else None
        return Check(id=check_id, outcome="failed", message=message, place=expected.place, flow=flow)
    return _missing(case, expected, check_id)


def _missing(case: Case, expected: ExpectRequest, check_id: str) -> Check:
    near = _nearest(case, expected)
    if near is None:
        message = f"{title(expected)} was not seen; nothing was requested from {expected.host}"
        return Check(id=check_id, outcome="failed", message=message, place=expected.place)
    flow, found = near
    request = flow.request
    said = (
        f"{found[0].path} {found[0].message}"
        if len(found) == 1
        else f"the nearest, {request.method} {request.url}, differs in {', '.join(each.path for each in found)}"
    )
    return Check(
        id=check_id,
        outcome="failed",
        message=f"{title(expected)}: {said}",
        place=expected.place,
        flow=flow.id,
        differences=tuple(found),
        paste=_paste(expected, request, case.decoded(flow.id)),
    )


def _nearest(case: Case, expected: ExpectRequest) -> tuple[Flow, list[Difference]] | None:
    """Among the requests of the host, the one with the fewest differences; a wrong path weighs more than a field."""
    flows = case.evidence.flows
    of_host = [
        flow for flow in flows if matches_any(flow.request.host, [expected.host]) and _method(expected, flow.request)
    ]
    of_any_method = of_host or [flow for flow in flows if matches_any(flow.request.host, [expected.host])]
    judged = [
        (flow, _differences(expected, flow.request, case.decoded(flow.id))) for flow in of_any_method[:_NEAREST_AMONG]
    ]
    return min(judged, key=lambda each: sum(3 if d.path in _ADDRESS else 1 for d in each[1]), default=None)


_ADDRESS = frozenset({"method", "path"})


def _differences(expected: ExpectRequest, request: Request, decoded: str | None) -> list[Difference]:
    found: list[Difference] = []
    if not _method(expected, request):
        message = f"is {request.method}, expected {expected.method}"
        found.append(Difference(path="method", expected=expected.method, actual=request.method, message=message))
    if not fnmatchcase(request.route, expected.path):
        message = f"is {request.route}, expected {expected.path}"
        found.append(Difference(path="path", expected=expected.path, actual=request.route, message=message))
    for below in _below(expected, request, decoded):
        found += below
    return found


def _addressed(expected: ExpectRequest, request: Request) -> bool:
    return (
        _method(expected, request)
        and matches_any(request.host, [expected.host])
        and fnmatchcase(request.route, expected.path)
    )


def _method(expected: ExpectRequest, request: Request) -> bool:
    """A CORS preflight repeats the address of what follows it: it counts only where it is asked for by name."""
    if expected.method == "*":
        return request.method != "OPTIONS"
    return matches_any(request.method, [expected.method])


def _below(expected: ExpectRequest, request: Request, decoded: str | None) -> Iterable[list[Difference]]:
    """The differences in what is asked of query, headers and body, a list a part."""
    for part, actual in _parts(expected, request, decoded).items():
        pattern = getattr(expected, part)
        differences = compare(_as_text(pattern) if part in _TEXTUAL else pattern, actual, part)
        if differences and actual is ABSENT:
            why = "the body is no JSON" if part == "json" else "no lens decodes it"
            yield [msgspec.structs.replace(differences[0], message=f"cannot be read: {why}")]
        elif differences:
            yield differences


# Here everything is text on the wire, so a number in the pattern stands for its text.
_TEXTUAL = frozenset({"query", "headers", "form"})


def _parts(expected: ExpectRequest, request: Request, decoded: str | None) -> dict[str, Any]:
    """What the request says in the parts that the expectation asks about."""
    parts: dict[str, Any] = {}
    if expected.query is not None:
        parts["query"] = _folded(request.query)
    if expected.headers is not None:
        wanted = {key.lower(): key for key in expected.headers}
        named = [(wanted.get(name.lower(), name.lower()), value) for name, value in request.headers]
        parts["headers"] = _folded(named)
    if expected.json is not msgspec.UNSET:
        parts["json"] = _json(request)
    if expected.form is not None:
        parts["form"] = _folded(parse_qsl(_body(request).decode(errors="replace"), keep_blank_values=True))
    if expected.body is not None:
        parts["body"] = _body(request).decode(errors="replace")
    if expected.decoded is not None:
        parts["decoded"] = ABSENT if decoded is None else decoded
    return parts


def _folded(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names with their value; with all of them in a list, where there are several."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: each[0] if len(each) == 1 else each for name, each in values.items()}


def _json(request: Request) -> Any:
    try:
        return msgspec.json.decode(_body(request))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ABSENT


def _body(request: Request) -> bytes:
    """Un-gzipped, as lenses read it, whether or not a header says so."""
    try:
        return plain_body(request)
    except Undecodable:
        return request.content


def _as_text(pattern: Any) -> Any:
    if isinstance(pattern, Mapping):
        return {
            key: value if key in ("$between", "$absent", "$any") else _as_text(value) for key, value in pattern.items()
        }
    if isinstance(pattern, list):
        return [_as_text(item) for item in pattern]
    return pattern if isinstance(pattern, str) else msgspec.json.encode(pattern).decode()


def _paste(expected: ExpectRequest, request: Request, decoded: str | None) -> str:
    method = expected.method if _method(expected, request) else request.method
    path = expected.path if fnmatchcase(request.route, expected.path) else request.route
    return mended_request_line(expected, method, expected.host, path, _parts(expected, request, decoded))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times" if count else "never"
