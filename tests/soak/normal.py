"""The normal form of a report: what two runs of the same thing must agree on, to the last field.

Taken out is what cannot agree, and nothing else: what VOLATILE, names.py and this page name, with its reason. The
events are grouped by scenario, since devices that work side by side tell theirs mixed.

A vendor's SDK decides by its clock how it spreads calls over requests, how often it tries again after an error, and
when the browser must ask anew for leave (CORS preflight). So a flow stands for its endpoint: an endpoint has the set of
all that was sent to it and answered, field by field. What was told, in which order and how often, is in the calls that
were read from the flows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from tests.soak.bodies import leaves, request_data, response_data, unpacked
from tests.soak.names import Names, ids_in

Json = dict[str, Any]

VOLATILE = {
    "time": "when the event was made (a vendor's call keeps its own, which names.py judges)",
    "duration_ms": "how long it took",
    "started": "when the exchange began",
    "connection": "which of its connections the browser used, named at random by mitmproxy",
    "id": "the flow's: it counts requests, whose number is the vendor SDK's to choose",
    "sequence": "likewise",
}
"""Fields of events, and of the flow, line and verdict in them, that are taken out."""

NUMBER = re.compile(r"-\d+$")
"""Of the devices that work side by side: which of them takes a scenario is the one that is free."""

SHORTEST_ID = 8
"""An insert id is a name wherever it stands; a shorter one might stand for something else there."""

VAGRANT = {
    name: "Braze's SDK tells its push registration along with whatever goes next, or alone"
    for name in ("push_token", "custom_push_public_key", "custom_push_user_auth", "custom_push_vapid_public_key")
}
"""Fields of a vendor's call that are not the call's own."""

VOLATILE_HEADERS = {"content-length": "follows from the body, which holds times and a varying number of calls"}


def normal(stream: Sequence[Json], kept: Iterable[str] = ()) -> Json:
    """Of the events of one run, as --json prints them. `kept` are literals of the plugin that look like ids."""
    runs: dict[str, list[Json]] = {}
    frame = []
    for event in stream:
        run = run_of(event)
        if run:
            runs.setdefault(run, []).append(event)
        else:
            frame.append(event)
    span = {"since": stream[0].get("time", 0.0), "until": stream[-1].get("time", 0.0)}
    return {
        "frame": Names(**span).of([_without(event) for event in frame if event["event"] != "device"]),
        "devices": sorted({json.dumps(_without(event)) for event in frame if event["event"] == "device"}),
        "runs": {run: _of_run(events, Names(**span, ids=_ids(events), kept=kept)) for run, events in runs.items()},
    }


def is_race(event: Json) -> bool:
    """Whether it tells of a load that its own page gave up. When a page is left, that depends on whether the answer or
    the leaving came first; what was sent is in the flows either way."""
    line = event.get("line", {})
    return (line.get("source"), line.get("level")) == ("network", "info")


def run_of(event: Json) -> str:
    """The run that an event belongs to, "" for one of the whole."""
    inner = event.get("flow") or event.get("verdict") or event
    return str(inner.get("run") or "")


def _of_run(events: Sequence[Json], names: Names) -> Json:
    endpoints = {event["flow"]["id"]: _endpoint(event["flow"]) for event in events if event["event"] == "flow"}
    made: Json = {"steps": [], "segment": [], "vendor": [], "logs": [], "others": []}
    for event in events:
        plain = _without(event)
        match event["event"]:
            case "flow":
                continue
            case "step":
                made["steps"].append(plain)
            case "segment-call":
                made["segment"].append(_located(plain, "call", endpoints))
            case "vendor-call":
                made["vendor"].append(_located(plain, "call", endpoints))
            case "log" if is_race(event):
                continue
            case "log":
                made["logs"].append({**plain, "line": _without(plain["line"])})
            case "verdict":
                verdict = _without(plain["verdict"])
                checks = [_flow_named(check, endpoints) for check in verdict["checks"]]
                made["others"].append({**plain, "verdict": {**verdict, "checks": checks}})
            case _:
                made["others"].append(plain)
    # What no step called, as a source's own events, comes in requests side by side.
    made["segment"].sort(key=lambda each: (0, "") if each.get("step") else (1, names.shape(each)))
    made["vendor"] = _placed(made["vendor"], names)
    named = {part: names.of(value) for part, value in made.items()}
    named["logs"] = _distinct(named["logs"])  # as many as there were tries
    named["endpoints"] = _endpoints(events, names)
    return named


def _endpoints(events: Iterable[Json], names: Names) -> Json:
    """By method and address: every field of what was sent there and what was answered."""
    found: dict[str, set[str]] = {}
    for event in events:
        if event["event"] == "flow":
            told = names.of(_told(event))
            found.setdefault(names.of(_endpoint(event["flow"])), set()).update(map(_line, leaves(told)))
    return {endpoint: sorted(found[endpoint]) for endpoint in sorted(found)}


def _told(event: Json) -> Json:
    flow = _without(event["flow"])
    request, response = flow.pop("request"), flow.pop("response")
    sent = {**request, "headers": _headers(request), "body": request_data(request)}
    given = response and {**response, "headers": _headers(response), "body": response_data(response)}
    return {**flow, "request": sent, "response": given}


def _headers(message: Json) -> Json:
    headers: Json = {}
    for name, value in message["headers"]:
        if name.lower() not in VOLATILE_HEADERS:
            headers.setdefault(name, []).append(_cookie(value) if name.lower() == "cookie" else value)
    return headers


def _cookie(pair: str) -> Json:
    name, _, value = pair.partition("=")
    return {name: unpacked(value)}


def _endpoint(flow: Json) -> str:
    request = flow["request"]
    route = request["path"].partition("?")[0]
    return f"{request['method']} {request['scheme']}://{request['host']}:{request['port']}{route}"


def _placed(calls: Iterable[Json], names: Names) -> list[Json]:
    """In their order, as far as that is theirs. Mixpanel's profile updates have no time, Braze dates what it is told of
    a user in whole seconds and all else in milliseconds, and tells of sessions sooner or later than what goes on in
    them. So first the rest in order, then those without an order of their own by step and text, then sessions in order.
    Automatic calls are left out: they are the SDK telling of itself, as often as its timers happen to let it."""
    told: dict[int, list[Json]] = {0: [], 1: [], 2: []}
    for event in calls:
        call = event["call"]
        if call["kind"] != "automatic":
            undated = call["time"] is None or (call["vendor"], call["kind"]) == ("braze", "identify")
            place = 2 if call["kind"] == "session" else int(undated)
            told[place].append({**event, "call": _alone(call)})
    return [*told[0], *sorted(told[1], key=lambda each: (each.get("step") or 0, names.shape(each))), *told[2]]


def _alone(call: Json) -> Json:
    """The call without what tells of those that happened to go with it."""
    return {key: _pick(item) if key in ("noise", "raw") else item for key, item in call.items() if key != "index"}


def _pick(value: Any) -> Any:
    return {key: item for key, item in value.items() if key not in VAGRANT} if isinstance(value, dict) else value


def _located(event: Json, field: str, endpoints: Json) -> Json:
    return {**event, field: _flow_named(_without(event[field], but=("id", "time")), endpoints)}


def _flow_named(value: Json, endpoints: Json) -> Json:
    return {**value, "flow": endpoints.get(value["flow"], value["flow"])}


def _without(value: Json, but: Sequence[str] = ()) -> Json:
    kept = {key: item for key, item in value.items() if key not in VOLATILE or key in but}
    return {**kept, "device": NUMBER.sub("-N", kept["device"])} if "device" in kept else kept


def _distinct(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _line(leaf: tuple[str, Any]) -> str:
    path, value = leaf
    return f"{path} = {value!r}"


def _ids(events: Iterable[Json]) -> Iterable[str]:
    """What is an id by where it stands: the vendor's own insert id, and the values of NAMED_FIELDS."""
    for event in events:
        if event["event"] == "vendor-call":
            if len(event["call"]["dedupe"] or "") >= SHORTEST_ID:
                yield event["call"]["dedupe"]
            yield from ids_in(event["call"]["raw"])
        if event["event"] == "flow":
            yield from ids_in(request_data(event["flow"]["request"]))
