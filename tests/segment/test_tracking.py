"""The tracking API: what it takes, what it answers, and the calls that it reads."""

from __future__ import annotations

import base64
import gzip
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from testbed.http import Headers, Request, header
from testbed.segment import read_calls, refused, validate
from testbed.segment.tracking import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_EVENT_BYTES, carries_calls, respond
from tests.segment.mock import post

EVENT: dict[str, Any] = {"type": "track", "event": "A", "userId": "u1", "messageId": "m1"}
KEYED = {**EVENT, "writeKey": "k"}
ORIGIN = ("origin", "https://shop.example")


def basic(user: str) -> tuple[str, str]:
    return ("authorization", f"Basic {base64.b64encode(f'{user}:'.encode()).decode()}")


def batch_of(*events: object, **more: object) -> dict[str, object]:
    return {"batch": list(events), "writeKey": "k", **more}


@pytest.mark.parametrize(
    ("endpoint", "body", "types"),
    [
        # the web SDK's letters; the path says the type where the body does not
        ("t", {"event": "A", "writeKey": "k"}, ["track"]),
        ("i", {"writeKey": "k"}, ["identify"]),
        ("p", {"writeKey": "k"}, ["page"]),
        ("s", {"writeKey": "k"}, ["screen"]),
        ("g", {"writeKey": "k"}, ["group"]),
        ("a", {"writeKey": "k", "type": None}, ["alias"]),
        # the long names
        ("track", {"writeKey": "k"}, ["track"]),
        ("identify", {"writeKey": "k"}, ["identify"]),
        ("page", {"writeKey": "k"}, ["page"]),
        ("screen", {"writeKey": "k"}, ["screen"]),
        ("group", {"writeKey": "k"}, ["group"]),
        ("alias", {"writeKey": "k"}, ["alias"]),
        # where the body says it, that counts
        ("t", {"type": "page", "writeKey": "k"}, ["page"]),
        # batches: Kotlin, Swift and React Native, server libraries, analytics-android
        ("b", batch_of({"type": "track"}, {"type": "identify"}), ["track", "identify"]),
        ("batch", batch_of({"type": "group"}), ["group"]),
        ("import", batch_of({"type": "screen"}), ["screen"]),
        ("b", batch_of({}), [""]),
        ("b", batch_of(), []),
        # the SDK's own metrics are no calls
        ("m", {"series": [{"type": "Counter"}]}, []),
        ("m", b"no JSON", []),
    ],
)
def test_every_endpoint(endpoint: str, body: object, types: list[str]):
    request = post(endpoint, body)
    response = respond(request)
    assert (response.status, msgspec.json.decode(response.body)) == (200, {"success": True})
    calls = read_calls("f1", request)
    assert [call.type for call in calls] == types
    assert [(call.flow, call.index) for call in calls] == [("f1", index) for index in range(len(types))]
    assert carries_calls(request) is (endpoint != "m")


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)],
)
@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "application/json; charset=utf-8", ""])
def test_encodings_and_content_types(encoding: str, encode: Any, content_type: str):
    headers: Headers = (("content-type", content_type), ("content-encoding", encoding))
    request = post("t", encode(msgspec.json.encode(KEYED)), headers=headers)
    assert respond(request).status == 200
    assert [call.name for call in read_calls("f", request)] == ["A"]


@pytest.mark.parametrize(
    ("method", "endpoint", "body", "status"),
    [
        # malformed JSON, and JSON of the wrong shape
        ("POST", "t", b"", 400),
        ("POST", "t", b'{"event":', 400),
        ("POST", "t", b"\xff\xfe", 400),
        ("POST", "t", b"[" * 100_000, 400),
        ("POST", "t", b"[]", 400),
        ("POST", "t", b'"text"', 400),
        ("POST", "b", b"{}", 400),
        ("POST", "b", b'{"batch": {}}', 400),
        ("POST", "b", b'{"batch": [1]}', 400),
        ("POST", "t", gzip.compress(b"{}"), 400),  # gzip that nothing announces
        # no such thing
        ("GET", "t", b"", 405),
        ("POST", "x", b"{}", 404),
        ("POST", "t/u", b"{}", 404),
        ("GET", "", b"", 404),
    ],
)
def test_refused(method: str, endpoint: str, body: bytes, status: int):
    request = Request.get(f"https://api.segment.io/v1/{endpoint}", method=method, headers=(ORIGIN,), body=body)
    response = respond(request)
    assert response.status == status
    assert msgspec.json.decode(response.body)["success"] is False
    assert header(response.headers, "access-control-allow-origin") == ORIGIN[1]
    assert read_calls("f", request) == []


def sized(size: int, **event: Any) -> dict[str, Any]:
    """An event of exactly `size` bytes of JSON."""
    empty = {**event, "properties": {"x": ""}}
    return {**event, "properties": {"x": "a" * (size - len(msgspec.json.encode(empty)))}}


@pytest.mark.parametrize(
    ("endpoint", "body", "status"),
    [
        # a request with one call: 32 KB
        ("t", sized(MAX_EVENT_BYTES, **KEYED), 200),
        ("t", sized(MAX_EVENT_BYTES + 1, **KEYED), 400),
        # each event of a batch: 32 KB
        ("b", batch_of(sized(MAX_EVENT_BYTES, **EVENT)), 200),
        ("b", batch_of(EVENT, sized(MAX_EVENT_BYTES + 1, **EVENT)), 400),
        # the batch: 500 KB
        ("b", batch_of(*[sized(30_000, **EVENT)] * 17), 200),
        ("b", batch_of(*[sized(30_000, **EVENT)] * 18), 400),
    ],
)
def test_sizes(endpoint: str, body: dict[str, Any], status: int):
    request = post(endpoint, body)
    assert respond(request).status == status
    rules = [(rule.rule, rule.severity, rule.flow) for rule in refused("f1", request)]
    assert rules == ([("common.refused", "error", "f1")] if status == 400 else [])


def test_sizes_are_those_before_compression():
    data = gzip.compress(msgspec.json.encode(batch_of(*[sized(30_000, **EVENT)] * 18)))
    assert len(data) < MAX_BATCH_BYTES
    assert respond(post("b", data, headers=(("content-encoding", "gzip"),))).status == 400


@pytest.mark.parametrize(
    ("endpoint", "body", "headers", "why"),
    [
        # more events than a batch may have
        ("b", batch_of(*[{}] * MAX_BATCH_EVENTS), (), ""),
        ("b", batch_of(*[{}] * (MAX_BATCH_EVENTS + 1)), (), "a batch of 2501 events, of which it may have 2500"),
        # the write key: in the body or as the user of basic authorization; a wrong one is answered like a right one
        ("t", {**EVENT, "writeKey": "wrong"}, (), ""),
        ("t", EVENT, (basic("k"),), ""),
        ("t", EVENT, (("authorization", basic("k")[1].replace("Basic", "basic")),), ""),
        ("b", {"batch": [EVENT]}, (basic("k"),), ""),
        ("t", EVENT, (), "no write key"),
        ("t", {**EVENT, "writeKey": ""}, (), "no write key"),
        ("t", {**EVENT, "writeKey": 5}, (), "no write key"),
        ("t", {**EVENT, "properties": {"writeKey": "k"}}, (), "no write key"),
        ("b", {"batch": [KEYED]}, (), "no write key"),
        ("t", EVENT, (basic(""),), "no write key"),
        ("t", EVENT, (("authorization", "Bearer token"),), "no write key"),
        ("t", EVENT, (("authorization", "Basic é"),), "no write key"),
        ("t", EVENT, (("authorization", "Basic k"),), "no write key"),
    ],
)
def test_taken_and_thrown_away(endpoint: str, body: object, headers: Headers, why: str):
    """Segment answers 200 and processes nothing; the calls say so, and the Spec's first rule fails on it."""
    request = post(endpoint, body, headers=headers)
    response = respond(request)
    assert (response.status, msgspec.json.decode(response.body)["success"]) == (200, True)
    call = read_calls("f", request)[-1]
    assert call.rejected.startswith(why)
    assert bool(call.rejected) is bool(why)
    assert ("common.rejected" in {rule.rule for rule in validate(call)}) is bool(why)


@pytest.mark.parametrize("host", ["api.segment.io", "events.eu1.segmentapis.com"])
@pytest.mark.parametrize("asked", ["authorization", "authorization,x-retry-count", "x-anything"])
def test_a_preflight_allows_what_was_asked_for(host: str, asked: str):
    headers: Headers = (ORIGIN, ("access-control-request-method", "POST"), ("access-control-request-headers", asked))
    request = Request.get(f"https://{host}/v1/t", method="OPTIONS", headers=headers)
    response = respond(request)
    assert response.status == 200
    assert header(response.headers, "access-control-allow-headers") == asked
    assert "POST" in (header(response.headers, "access-control-allow-methods") or "")
    assert header(response.headers, "access-control-allow-origin") == ORIGIN[1]
    assert header(response.headers, "access-control-allow-credentials") == "true"
    assert read_calls("f", request) == []


def test_a_call_with_everything():
    event = {
        "type": "group",
        "messageId": "m1",
        "userId": "u1",
        "anonymousId": "a1",
        "groupId": "g1",
        "previousId": "p1",
        "name": "not the name of a group",
        "traits": {"plan": "pro"},
        "properties": {"of": "another call"},
        "context": {"ip": "1.2.3.4"},
        "integrations": {"All": False},
        "timestamp": "2026-01-02T03:04:05.000Z",
        "writeKey": "k",
    }
    (call,) = read_calls("f1", post("g", event))
    assert (call.type, call.message_id, call.flow, call.index) == ("group", "m1", "f1", 0)
    assert (call.user, call.anonymous, call.group, call.previous) == ("u1", "a1", "g1", "p1")
    assert call.properties == {"plan": "pro"}
    assert (call.context, call.integrations) == ({"ip": "1.2.3.4"}, {"All": False})
    assert call.timestamp == "2026-01-02T03:04:05.000Z"
    assert call.raw == event


@pytest.mark.parametrize(
    ("event", "name", "properties"),
    [
        ({"type": "track", "event": "A", "name": "B", "properties": {"x": 1}}, "A", {"x": 1}),
        ({"type": "page", "event": "A", "name": "B", "properties": {"x": 1}}, "B", {"x": 1}),
        ({"type": "screen", "name": "B"}, "B", {}),
        ({"type": "identify", "traits": {"x": 1}, "properties": {"y": 1}}, None, {"x": 1}),
        # fields of the wrong type are left to the Spec's rules
        ({"type": "track", "event": 5, "properties": []}, None, {}),
    ],
)
def test_name_and_properties_by_type(event: dict[str, Any], name: str | None, properties: dict[str, Any]):
    (call,) = read_calls("f", post("b", batch_of(event)))
    assert (call.name, call.properties) == (name, properties)


def test_what_a_batch_says_of_all_its_events():
    """Context and integrations of the batch count for each of its events (Segment docs, http-api, Batch)."""
    events = [{"type": "track", "context": {"ip": "1"}, "integrations": {"Acme": True}}, {"type": "page"}]
    shared: dict[str, object] = {"context": {"ip": "2", "locale": "de"}, "integrations": {"All": False}}
    first, second = read_calls("f", post("b", batch_of(*events, **shared)))
    assert (first.context, first.integrations) == ({"ip": "1", "locale": "de"}, {"All": False, "Acme": True})
    assert (second.context, second.integrations) == (shared["context"], shared["integrations"])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    [
        "type", "event", "name", "userId", "messageId", "properties", "traits", "context", "integrations", "timestamp",
        "writeKey", "batch",
    ]
)  # fmt: skip
endpoints = st.sampled_from(["t", "i", "g", "b", "import", "m", "x"])


@settings(deadline=None)
@given(endpoints, st.binary(max_size=200), st.sampled_from(["", "gzip", "deflate", "br"]))
@example("t", b"1" + b"0" * 5000, "")
@example("t", b'{"userId":"\\ud800"}', "")
def test_no_bytes_make_it_raise(endpoint: str, body: bytes, encoding: str):
    request = post(endpoint, body, headers=(("content-encoding", encoding),))
    assert respond(request).status in {200, 400, 404}
    assert isinstance(read_calls("f", request), list)


@settings(deadline=None)
@given(endpoints, st.dictionaries(fields, json_values))
@example("t", {"type": "track", "event": "Order Completed", "properties": {"revenue": 10**400, "step": 10**400}})
@example("t", {"type": "track", "event": "Video Ad Playing", "properties": {"quartile": 10**400}})
def test_no_event_makes_the_rules_raise(endpoint: str, event: dict[str, Any]):
    body = batch_of(event) if endpoint in {"b", "import"} else event
    for call in read_calls("f", post(endpoint, body)):
        assert isinstance(validate(call), list)
