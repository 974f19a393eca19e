"""The normal form of a report, as `make soak` compares it: whatever changes in a report changes it, but for what is
documented to be of one run alone."""

from __future__ import annotations

import base64
import copy
import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest

from testbed import events
from testbed.fleet.model import RunRequest
from tests.e2e.conftest import Bench
from tests.soak.bodies import request_data
from tests.soak.names import UUID
from tests.soak.normal import VAGRANT, Json, is_race, normal

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCENARIOS = [
    ("acme", "order completed"),
    ("mixpanel", "[o]rder completed"),
    ("amplitude", "[o]rder completed"),
    ("braze", "[o]rder completed"),
]
# What is taken out, by where it stands in an event: lists and headers without their numbers.
REMOVED = {
    # when, and how long
    *(f"{kind}.time" for kind in ("device", "scenario-started", "step", "flow", "segment-call", "vendor-call", "log")),
    "verdict.time", "step.duration_ms", "verdict.verdict.duration_ms", "run-ended.duration_ms", "log.line.time",
    "flow.flow.started", "flow.flow.duration_ms",
    # which of its connections the browser took; requests are counted as the vendor's SDK makes them
    "flow.flow.connection", "flow.flow.sequence", "flow.flow.id",
    # what goes together in a request
    "flow.step", "flow.message_id", "vendor-call.call.index", "flow.flow.request.headers.content-length",
    "flow.flow.response.headers.content-length",
    # Braze's push registration, and amplitude-js's signature of an upload
    *(f"vendor-call.call.{part}.{name}" for part in ("noise", "raw") for name in VAGRANT),
    "flow.flow.request.body.checksum",
    # how long a session of Braze's was, and the id that the lens makes of that
    "vendor-call.call.raw.data.d", "flow.flow.request.body.events[].data.d", "vendor-call.call.dedupe",
}  # fmt: skip


KEPT_WHERE_NAMED_TWICE = {"vendor-call.call.dedupe", "flow.flow.id"}
"""Seen to change where it is named elsewhere too."""


async def played(bench: Bench, example: str, scenario: str) -> list[Json]:
    outcome = await bench.run(bench.zip(example), RunRequest(scenarios=(scenario,)))
    assert outcome.code == 0, str(outcome)
    return [json.loads(events.encode(event)) for event in outcome.stream]


Alter = Callable[[Json], None]
"""Of one event, in place."""


def altered(value: Any) -> Any:
    """Another value, and for a number none that could be a time."""
    match value:
        case bool():
            return not value
        case int() | float():
            return -value - 0.25
        case _:
            return f"{value or ''}~"


def leaves(value: Any, where: str, *at: str | int) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """(where it stands, how to come there) of each scalar."""
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from leaves(item, f"{where}.{key}", *at, key)
        case list() if value:
            for number, item in enumerate(value):
                yield from leaves(item, f"{where}[]", *at, number)
        case dict() | list():
            return
        case _:
            yield where, at


def put(value: Any, at: tuple[str | int, ...]) -> None:
    for key in at[:-1]:
        value = value[key]
    value[at[-1]] = altered(value[at[-1]])


def plants(stream: list[Json]) -> Iterator[tuple[str, int, Alter]]:
    """Each field of a report: its place, the number of its event, and a change to it. In bodies too, and in headers."""
    for number, event in enumerate(stream):
        kind = event["event"]
        for where, at in leaves({key: item for key, item in event.items() if key != "event"}, kind):
            if at[-1] == "body":
                continue
            if "headers" in at:
                name = event["flow"][at[1]]["headers"][at[3]][0]
                where = f"{kind}.flow.{at[1]}.headers.{name}" + (".name" if at[-1] == 0 else "")
            yield where, number, partial(put, at=at)
        if kind == "flow":
            yield from ((where, number, alter) for where, alter in bodies(event["flow"]))


def bodies(flow: Json) -> Iterator[tuple[str, Alter]]:
    data = request_data(flow["request"])
    for where, at in leaves(data, "flow.flow.request.body"):

        def alter(event: Json, at: tuple[str | int, ...] = at) -> None:
            changed = {"": copy.deepcopy(data)}
            put(changed, ("", *at))
            event["flow"]["request"]["body"] = packed(changed[""], flow["request"])

        yield where, alter
    if flow["response"]:

        def answer(event: Json) -> None:
            response = event["flow"]["response"]
            response["body"] = base64.b64encode(base64.b64decode(response["body"]) + b"~").decode()

        yield "flow.flow.response.body", answer


def packed(data: Any, request: Json) -> str:
    text = json.dumps(data) if not isinstance(data, str) else data
    if not base64.b64decode(request["body"]).startswith((b"{", b"[")) and isinstance(data, dict):
        text = urlencode({k: v if isinstance(v, str) else json.dumps(v) for k, v in data.items()})
    return base64.b64encode(text.encode()).decode()


def is_automatic(event: Json) -> bool:
    return bool(event["event"] == "vendor-call" and event["call"]["kind"] == "automatic")


@pytest.mark.parametrize(("example", "scenario"), SCENARIOS)
async def test_a_change_in_any_field_alters_the_normal_form_but_for_those_removed(
    bench: Bench, example: str, scenario: str
):
    """At each place the last field that stands there: there are many of one kind."""
    played_all = await played(bench, example, scenario)
    stream = [event for event in played_all if not (is_automatic(event) or is_race(event))]
    before = normal(stream)
    places = {where: (number, alter) for where, number, alter in plants(stream)}
    assert len(places) > 200
    unseen = set()
    for where, (number, alter) in places.items():
        changed = copy.deepcopy(stream[number])
        alter(changed)
        if normal([*stream[:number], changed, *stream[number + 1 :]]) == before:
            unseen.add(where)
    assert unseen <= REMOVED
    assert REMOVED & set(places) - unseen <= KEPT_WHERE_NAMED_TWICE


@pytest.mark.parametrize(("example", "scenario"), SCENARIOS)
async def test_other_times_and_ids_have_the_same_normal_form(bench: Bench, example: str, scenario: str):
    stream = await played(bench, example, scenario)
    other = [later(event) for event in stream]
    changed = [found for one in (stream, other) for found in re.findall(UUID, json.dumps(one))]
    assert len(set(changed)) >= 4
    assert all(one["time"] != same["time"] for one, same in zip(stream, other, strict=True))
    assert normal(other) == normal(stream)


LATER_S = 5
TOKENS = re.compile(
    rf"(?P<base64>eyJ[\w+/=]+)|(?P<uuid>{UUID})|(?P<ms>(?<!\d)1\d{{12}}(?!\d))|(?P<s>(?<!\d)1\d{{9}}(?!\d))"
    r"|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"
)


def later(event: Json) -> Json:
    """The event as a run would have it that began LATER_S after, and whose SDKs drew other ids: in bodies and cookies
    too."""
    event = copy.deepcopy(event)
    bodies = [event["flow"][part].pop("body") for part in ("request", "response")] if event["event"] == "flow" else []
    made: Json = json.loads(TOKENS.sub(renewed, json.dumps(event)))
    if bodies:
        sent = TOKENS.sub(renewed, base64.b64decode(bodies[0]).decode())
        made["flow"]["request"]["body"] = base64.b64encode(sent.encode()).decode()
        made["flow"]["response"]["body"] = bodies[1]
    return made


def renewed(match: re.Match[str]) -> str:
    text = match[0]
    match match.lastgroup:
        case "base64":
            return base64.b64encode(TOKENS.sub(renewed, base64.b64decode(text).decode()).encode()).decode()
        case "uuid":
            return str(uuid.uuid5(uuid.NAMESPACE_OID, text))
        case "iso":
            moment = datetime.fromisoformat(text) + timedelta(seconds=LATER_S)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case unit:
            return str(int(text) + LATER_S * (1000 if unit == "ms" else 1))
