"""The Braze lens: the web SDK's bytes, what each code means, what only the order shows, and bytes that are nothing."""

from __future__ import annotations

import gzip
import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from testbed.http import Headers, Request, header
from testbed.lenses import JUDGED, lenses_for
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.braze import DATA, PURCHASE, SILENT, Braze
from testbed.plugin.model import Manifest, Plugin
from tests.lenses.wire import said

LENS = Braze()

KEY: Headers = (("content-type", "application/json"), ("x-braze-api-key", "k1"))
URL = "https://sdk.iad-01.braze.com/api/v3/data/"

AT = 1795570463.074
USER = {"user_id": "u1"}
NO_PUSH = {
    "push_token": None,
    "custom_push_public_key": None,
    "custom_push_user_auth": None,
    "custom_push_vapid_public_key": None,
}


def post(body: bytes, url: str = URL, headers: Headers = KEY) -> Request:
    return Request.get(url, method="POST", headers=headers, body=body)


def sent(*events: Any, attributes: Any = (), **envelope: Any) -> Reading:
    """What the lens makes of one flush."""
    parts = {"events": list(events)} if events else {}
    parts |= {"attributes": list(attributes)} if attributes else {}
    body = {"api_key": "k1", "time": 1795570463, "sdk_version": "4.6.3", "device_id": "d1", **parts, **envelope}
    return LENS.read(post(msgspec.json.encode(body)))


def event(code: str, data: Any, **more: Any) -> dict[str, Any]:
    return {"name": code, "time": AT, "data": data, "session_id": "s1", **USER, **more}


def only(*events: Any, **more: Any) -> VendorCall:
    """The one call that was sent."""
    reading = sent(*events, **more)
    assert reading.opaque == ""
    (call,) = reading.calls
    return call


# One login: an event, an identify with a trait, an event; as SDK 4.6.3 sent it, with ids made short.
LOGIN = (
    b'{"respond_with":{"triggers":true,"config":{"config_time":0}},"events":[{"name":"ss","time":1795570463.027,'
    b'"data":{},"session_id":"s1"}],"device":{"browser":"Chrome","browser_version":"156","os_version":"Linux",'
    b'"resolution":"1280x800","locale":"en-us","time_zone":"UTC"},"api_key":"k1","time":1795570463,"sdk_metadata":'
    b'["npm","sg"],"sdk_version":"4.6.3","device_id":"d1"}',
    b'{"respond_with":{"triggers":true,"user_id":"u1","config":{"config_time":0}},"events":[{"name":"ce","time":'
    b'1795570463.074,"data":{"n":"Article Read","p":{}},"session_id":"s1"},{"name":"se","time":1795570463.098,"data":'
    b'{"d":0.071},"session_id":"s1"},{"name":"ss","time":1795570463.101,"data":{},"session_id":"s2","user_id":"u1"}],'
    b'"attributes":[{"user_id":"u1","push_token":null,"custom_push_public_key":null,"custom_push_user_auth":null,'
    b'"custom_push_vapid_public_key":null}],"api_key":"k1","time":1795570463,"sdk_metadata":["npm","sg"],'
    b'"sdk_version":"4.6.3","device_id":"d1","user_id":"u1"}',
    b'{"respond_with":{"user_id":"u1","config":{"config_time":0}},"events":[{"name":"ce","time":1795570463.12,"data":'
    b'{"n":"Article Shared","p":{"words":3}},"session_id":"s2","user_id":"u1"}],"attributes":[{"user_id":"u1",'
    b'"custom":{"plan":"pro"},"push_token":null,"custom_push_public_key":null,"custom_push_user_auth":null,'
    b'"custom_push_vapid_public_key":null}],"api_key":"k1","time":1795570473,"sdk_version":"4.6.3","device_id":"d1",'
    b'"user_id":"u1"}',
)

# The same with SDK 3.5.1, which sends what was left of the visitor after the user's first flush.
LOGIN_3 = (
    LOGIN[0].replace(b"4.6.3", b"3.5.1"),
    b'{"respond_with":{"triggers":true,"user_id":"u1","config":{"config_time":0}},"events":[{"name":"ss","time":'
    b'1795570463.101,"data":{},"session_id":"s2","user_id":"u1"}],"api_key":"k1","time":1795570463,"sdk_version":'
    b'"3.5.1","device_id":"d1"}',
    b'{"respond_with":{"config":{"config_time":0}},"events":[{"name":"ce","time":1795570463.074,"data":{"n":'
    b'"Article Read","p":{}},"session_id":"s1"},{"name":"se","time":1795570463.098,"data":{"d":0.071},"session_id":'
    b'"s1"}],"api_key":"k1","time":1795570463,"sdk_version":"3.5.1","device_id":"d1"}',
    LOGIN[2].replace(b"4.6.3", b"3.5.1"),
)


@pytest.mark.parametrize("bodies", [LOGIN, LOGIN_3], ids=["4.6.3", "3.5.1"])
def test_a_login(bodies: tuple[bytes, ...]):
    readings = [LENS.read(post(body)) for body in bodies]
    assert [reading.opaque for reading in readings] == [""] * len(bodies)
    calls = LENS.relate([call for reading in readings for call in reading.calls])
    assert [said(call) for call in calls if call.kind in JUDGED] == [
        {"kind": "track", "name": "Article Read", "anonymous": "d1"},
        {"kind": "identify", "user": "u1", "anonymous": "d1"},
        {"kind": "track", "name": "Article Shared", "user": "u1", "anonymous": "d1", "properties": {"words": 3}},
        {"kind": "identify", "user": "u1", "anonymous": "d1", "properties": {"plan": "pro"}},
    ]


@pytest.mark.parametrize(
    ("code", "data", "meaning"),
    [
        # events, with the types that they had
        (
            "ce",
            {"n": "Article Read", "p": {"words": 3, "paid": False, "tags": ["a"], "author": {"name": "Ada"}}},
            {
                "kind": "track",
                "name": "Article Read",
                "properties": {"words": 3, "paid": False, "tags": ["a"], "author": {"name": "Ada"}},
            },
        ),
        ("ce", {"n": "Article Read", "p": {}}, {"kind": "track", "name": "Article Read"}),
        # purchases: the price is text, and a number all the same
        (
            "p",
            {"pid": "p-1", "c": "EUR", "p": "9.99", "q": 2, "pr": {"size": "m"}},
            {
                "kind": "track",
                "name": PURCHASE,
                "properties": {"product_id": "p-1", "price": 9.99, "currency": "EUR", "quantity": 2, "size": "m"},
            },
        ),
        (
            "p",
            {"pid": "p-1", "c": "USD", "p": "0.00", "q": 1, "pr": {}},
            {
                "kind": "track",
                "name": PURCHASE,
                "properties": {"product_id": "p-1", "price": 0, "currency": "USD", "quantity": 1},
            },
        ),
        # a price that is no number stays what it is, so that it shows
        ("p", {"p": "free", "pr": {}}, {"kind": "track", "name": PURCHASE, "properties": {"price": "free"}}),
        # custom attributes that are no plain value, or are not set but changed
        ("set", {"key": "tags", "value": ["a", "b"]}, {"kind": "identify", "properties": {"tags": ["a", "b"]}}),
        ("inc", {"key": "visits", "value": 2}, {"kind": "identify", "properties": {"$add": {"visits": 2}}}),
        ("add", {"key": "tags", "value": "a"}, {"kind": "identify", "properties": {"$append": {"tags": "a"}}}),
        ("rem", {"key": "tags", "value": "b"}, {"kind": "identify", "properties": {"$remove": {"tags": "b"}}}),
        (
            "ncam",
            {"key": "pet", "value": {"name": "Rex"}},
            {"kind": "identify", "properties": {"$merge": {"pet": {"name": "Rex"}}}},
        ),
        # places
        (
            "lcaa",
            {"key": "home", "latitude": 51.5, "longitude": -0.12},
            {"kind": "identify", "properties": {"home": {"latitude": 51.5, "longitude": -0.12}}},
        ),
        ("lcar", {"key": "home"}, {"kind": "identify", "properties": {"home": None}}),
        (
            "lr",
            {"latitude": 51.5, "longitude": -0.12, "altitude": 20},
            {
                "kind": "identify",
                "properties": {"current_location": {"latitude": 51.5, "longitude": -0.12, "altitude": 20}},
            },
        ),
        # subscriptions
        (
            "sgu",
            {"group_id": "g1", "status": "unsubscribed"},
            {"kind": "identify", "properties": {"subscription_groups": {"g1": "unsubscribed"}}},
        ),
        # sessions
        ("ss", {}, {"kind": "session", "name": "ss"}),
        ("se", {"d": 0.071}, {"kind": "session", "name": "se"}),
    ],
)
def test_events(code: str, data: Any, meaning: dict[str, Any]):
    assert said(only(event(code, data))) == {**meaning, "user": "u1", "anonymous": "d1"}


def test_an_alias_is_another_name_of_the_user():
    alias = {"kind": "alias", "anonymous": "d1", "user": "ada", "properties": {"label": "nick"}}
    assert said(only(event("uae", {"a": "ada", "l": "nick"}))) == {**alias, "previous": "u1"}
    assert said(only(event("uae", {"a": "ada", "l": "nick"}, user_id=None))) == alias


@pytest.mark.parametrize(
    "code",
    [
        # in-app messages, content cards, news feed and banners: seen, clicked, dismissed
        *("si", "sc", "sbc", "iec", "cci", "ccic", "ccc", "ccd", "ca", "ci", "cc", "bi", "bc", "bd"),
        # push clicks, feature flags, what the SDK says of itself
        *("pc", "sfe", "ffi", "i", "ie"),
        # one that is not known
        "zz",
    ],
)
def test_what_is_said_of_messages_and_the_sdk_is_automatic(code: str):
    call = only(event(code, {"ids": ["m1"]}))
    assert (call.kind, call.name, call.properties) == (Kind.AUTOMATIC, code, {})
    assert call.kind not in JUDGED


@pytest.mark.parametrize(
    ("attributes", "kind", "user", "properties", "noise"),
    [
        # Braze's own attributes and the caller's stand side by side
        (
            {**USER, "first_name": "Ada", "dob": "1815-12-10", "custom": {"plan": "pro", "logins": 3, "paid": False}},
            Kind.IDENTIFY,
            "u1",
            {"first_name": "Ada", "dob": "1815-12-10", "plan": "pro", "logins": 3, "paid": False},
            {},
        ),
        ({**USER, "email": "ada@shop.example"}, Kind.IDENTIFY, "u1", {"email": "ada@shop.example"}, {}),
        ({**USER, "custom": {"plan": "pro"}}, Kind.IDENTIFY, "u1", {"plan": "pro"}, {}),
        # null removes
        ({**USER, "email": None, "custom": {"plan": None}}, Kind.IDENTIFY, "u1", {"email": None, "plan": None}, {}),
        # a visitor without an id
        ({"custom": {"plan": "free"}}, Kind.IDENTIFY, None, {"plan": "free"}, {}),
        # what the SDK says of push is nobody's trait
        ({**USER, "custom": {"plan": "pro"}, **NO_PUSH}, Kind.IDENTIFY, "u1", {"plan": "pro"}, NO_PUSH),
        ({**USER, **NO_PUSH}, Kind.AUTOMATIC, "u1", {}, NO_PUSH),
        ({**USER, "push_token": "https://push.example/1"}, Kind.AUTOMATIC, "u1", {},
         {"push_token": "https://push.example/1"}),
        # nothing
        (USER, Kind.AUTOMATIC, "u1", {}, {}),
    ],
)  # fmt: skip
def test_attributes(attributes: Any, kind: Kind, user: str | None, properties: dict[str, Any], noise: dict[str, Any]):
    call = only(attributes=[attributes])
    assert (call.kind, call.user, call.anonymous, call.name) == (kind, user, "d1", None)
    assert call.properties == properties
    assert call.noise == noise


def visit(user: str | None, time: float, code: str = "ss", data: Any = None) -> dict[str, Any]:
    return event(code, data or {}, user_id=user, time=time)


@pytest.mark.parametrize(
    ("flushes", "users"),
    [
        # nobody, and then somebody
        ([{"events": [visit(None, 1.0)]}], []),
        ([{"events": [visit(None, 1.0), visit("u1", 2.0)]}], ["u1"]),
        # somebody, and still the same: in one flush, or over several
        ([{"events": [visit("u1", 1.0), visit("u1", 2.0, "ce")]}], ["u1"]),
        ([{"events": [visit("u1", 1.0)]}, {"events": [visit("u1", 2.0)]}], ["u1"]),
        # one user after the other, and back again
        ([{"events": [visit("u1", 1.0), visit("u2", 2.0)]}], ["u1", "u2"]),
        ([{"events": [visit("u1", 1.0), visit("u2", 2.0), visit("u1", 3.0)]}], ["u1", "u2", "u1"]),
        # flushes that overtake each other
        ([{"events": [visit("u2", 2.0)]}, {"events": [visit("u1", 1.0)]}], ["u1", "u2"]),
        # a logout that wipes the SDK's data begins a session of nobody
        ([{"events": [visit("u1", 1.0), visit(None, 2.0), visit("u1", 3.0)]}], ["u1", "u1"]),
        # an error that the SDK reports of itself has no user, and is no logout
        ([{"events": [visit("u1", 1.0), visit(None, 2.0, "ie"), visit("u1", 3.0, "ce")]}], ["u1"]),
        # an alias is no other user
        ([{"events": [visit("u1", 1.0), visit("u1", 2.0, "uae", {"a": "ada", "l": "x"}), visit("u1", 3.0)]}], ["u1"]),
        # attributes have the time of the flush alone: of a user whom an event shows they show nothing more
        ([{"events": [visit("u1", 1.0), visit("u2", 2.0)], "attributes": [{"user_id": "u1", "email": "a"},
           {"user_id": "u2", "email": "b"}], "time": 0}], ["u1", "u2"]),
        ([{"events": [visit("u1", 1.5)]}, {"attributes": [USER], "time": 1}], ["u1"]),
        # and of another that there is one
        ([{"attributes": [{"user_id": "u1", "email": "a"}], "time": 1}], ["u1"]),
        ([{"attributes": [{"user_id": "u1"}], "time": 1}, {"attributes": [{"user_id": "u1"}], "time": 2}], ["u1"]),
    ],
)  # fmt: skip
def test_who_it_is_shows_in_the_order(flushes: list[dict[str, Any]], users: list[str]):
    calls = [call for flush in flushes for call in sent(**flush).calls]
    related = LENS.relate(calls)
    added = [call for call in related if call.raw is None]
    assert [(call.kind, call.user) for call in added] == [(Kind.IDENTIFY, user) for user in users]
    assert all(call.anonymous == "d1" and call.properties == {} for call in added)
    assert [call for call in related if call.raw is not None] == sorted(calls, key=lambda call: call.time or 0)


def test_an_identify_has_the_place_of_what_shows_it():
    shown = [
        msgspec.structs.replace(call, flow="f7", index=index)
        for index, call in enumerate(sent(visit(None, 1.0), visit("u1", 2.0)).calls)
    ]
    _, identify, session = LENS.relate(shown)
    assert (identify.kind, identify.flow, identify.index, identify.time) == (Kind.IDENTIFY, "f7", 1, 2.0)
    assert session == shown[1]


@pytest.mark.parametrize(
    ("reading", "time"),
    [
        # events: seconds, with a fraction or without
        (sent(event("ce", {"n": "A"}, time=1795570463.074)), 1795570463.074),
        (sent(event("ce", {"n": "A"}, time=1795570463)), 1795570463.0),
        (sent(event("ce", {"n": "A"}, time=None)), None),
        (sent(event("ce", {"n": "A"}, time="soon")), None),
        # attributes: when they were sent
        (sent(attributes=[USER], time=1795570473), 1795570473.0),
        (sent(attributes=[USER], time=None), None),
    ],
)
def test_times(reading: Reading, time: float | None):
    (call,) = reading.calls
    assert call.time == time


READ = event("ce", {"n": "Article Read", "p": {}})


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        # a retry, alone or with what happened since
        ([READ], [READ], True),
        ([READ], [READ, visit("u1", AT + 1)], True),
        # another session, time, type or content
        ([READ], [{**READ, "session_id": "s2"}], False),
        ([READ], [{**READ, "time": AT + 0.001}], False),
        ([READ], [{**READ, "name": "p"}], False),
        ([READ], [event("ce", {"n": "Article Read", "p": {"words": 3}})], False),
    ],
)
def test_what_tells_a_copy(first: list[Any], second: list[Any], same: bool):
    told, again = sent(*first).calls[0], sent(*second).calls[0]
    assert told.dedupe
    assert (told.dedupe == again.dedupe) is same


def test_two_of_a_kind_in_one_millisecond_are_two_and_a_retry_of_both_is_a_copy_of_each():
    first, second = (call.dedupe for call in sent(READ, READ).calls)
    assert first != second
    assert [call.dedupe for call in sent(READ, READ).calls] == [first, second]


def test_attributes_have_nothing_that_tells_a_copy():
    assert only(attributes=[{**USER, "email": "ada@shop.example"}]).dedupe is None


@pytest.mark.parametrize(
    ("url", "headers", "claimed"),
    [
        # clusters in the US, the EU and elsewhere; the hosts of before
        ("https://sdk.iad-01.braze.com/api/v3/data/", (), True),
        ("https://sdk.us-10.braze.com/api/v3/data/", (), True),
        ("https://sdk.fra-01.braze.eu/api/v3/data/", (), True),
        ("https://dev.appboy.com/api/v3/data/", (), True),
        ("https://sondheim.appboy.eu/api/v3/data", (), True),
        # a host of the customer's that stands before Braze's
        ("https://braze.shop.example/api/v3/data/", KEY, True),
        ("https://braze.shop.example/api/v3/data/", (), False),
        # somebody else's, and the CDN's scripts
        ("https://notbraze.com/api/v3/data/", (), False),
        ("https://braze.com.example/api/v3/data/", (), False),
        ("https://js.appboycdn.com/web-sdk/4.6/braze.no-module.min.js", (), False),
    ],
)
def test_what_is_claimed(url: str, headers: Headers, claimed: bool):
    assert LENS.claims(post(b"", url, headers)) is claimed
    assert not LENS.claims(Request.get(url, method="OPTIONS", headers=headers))


@pytest.mark.parametrize("body", LOGIN)
def test_no_other_vendor_takes_it_for_its_own(body: bytes):
    plugin = Plugin(manifest=Manifest(name="Acme", version="1"), files={}, sha256="", source="acme")
    assert [lens.vendor for lens in lenses_for(plugin) if lens.claims(post(body))] == ["braze"]


@pytest.mark.parametrize("path", ["/api/v3/data/", "/api/v3/data", "/api/v3/data/?x=1", "/braze/data/"])
def test_where_calls_are_told(path: str):
    assert LENS.read(post(LOGIN[2], f"https://braze.shop.example{path}")).calls


@pytest.mark.parametrize(
    ("method", "path", "ignored"),
    [
        # content that the SDK asks for, and what it tells of itself
        ("POST", "/api/v3/content_cards/sync", True),
        ("POST", "/api/v3/feature_flags/sync", True),
        ("POST", "/api/v3/banners/sync", True),
        ("POST", "/api/v3/template/", True),
        ("POST", "/api/v3/push/unregister", True),
        ("POST", "/api/v3/dust/config", True),
        ("GET", "/api/v3/safari/web.example.shop", True),
        # a server's API is another format: unread, and so not to be taken for silence
        ("POST", "/users/track", False),
        ("POST", "/api/v4/events", False),
    ],
)
def test_other_endpoints(method: str, path: str, ignored: bool):
    reading = LENS.read(Request.get(f"https://rest.iad-01.braze.com{path}", method=method, headers=KEY, body=b"{}"))
    assert reading.calls == ()
    assert bool(reading.ignored) is ignored
    assert bool(reading.opaque) is not ignored


def test_a_flush_of_nothing_is_no_call():
    reading = sent(respond_with={"triggers": True})
    assert (reading.calls, reading.opaque) == ((), "")
    assert reading.ignored


def test_gzip_is_read_too():
    assert LENS.read(post(gzip.compress(LOGIN[1]))).calls == LENS.read(post(LOGIN[1])).calls


@pytest.mark.parametrize(
    "body",
    [
        # no JSON
        b"",
        b"{",
        b"api_key=k1",
        b"\xff\xfe",
        b"\x1f\x8b",
        b"[" * 100_000,
        # no envelope
        b"null",
        b"[]",
        b'"events"',
        # an envelope with something else in it
        b'{"events":{}}',
        b'{"events":7}',
        b'{"attributes":"u1"}',
        b'{"events":[7]}',
        b'{"attributes":[null]}',
    ],
)
def test_what_cannot_be_read_is_opaque(body: bytes):
    reading = LENS.read(post(body))
    assert reading.opaque
    assert reading.calls == ()


def test_what_can_be_read_beside_what_cannot_is_read():
    reading = sent(READ, 7, attributes=[USER])
    assert reading.opaque == "1 of 2 events are no objects"
    assert [call.name for call in reading.calls] == ["Article Read", None]


@given(st.binary(max_size=200))
@example(LOGIN[0])
@example(b'{"events":[{"name":"ce","time":1,"data":{"n":"\\ud800"},"session_id":"\\ud800","user_id":"\\ud800"}]}')
def test_any_bytes_are_read_or_opaque(body: bytes):
    reading = LENS.read(post(body))
    assert bool(reading.calls) or bool(reading.ignored) or bool(reading.opaque)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
CODES = st.sampled_from(["ce", "p", "uae", "set", "inc", "lcaa", "lcar", "lr", "sgu", "ss", "se", "ie"])
DATA_KEYS = st.sampled_from(["n", "p", "pr", "pid", "q", "c", "a", "l", "key", "value", "latitude", "group_id"])
EVENT = st.fixed_dictionaries(
    {},
    optional={
        "name": CODES | JSON,
        "data": st.dictionaries(DATA_KEYS, JSON, max_size=4) | JSON,
        "time": JSON,
        "user_id": JSON,
        "session_id": JSON,
    },
)
ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "events": st.lists(EVENT | JSON, max_size=4) | JSON,
        "attributes": st.lists(st.dictionaries(st.sampled_from(["user_id", "custom", "email"]), JSON) | JSON) | JSON,
        "time": JSON,
        "device_id": JSON,
    },
)


@given(ENVELOPE)
@example({"events": [{"name": "ce", "data": {"n": 10**400}, "time": 10**400}]})
@example({"time": 10**400, "attributes": [{}]})
def test_any_envelope_is_read_and_related(envelope: dict[str, Any]):
    body = json.dumps(envelope)  # the standard library's: it writes numbers of any size
    reading = LENS.read(post(body.encode()))
    assert bool(reading.calls) or bool(reading.ignored) or bool(reading.opaque)
    related = LENS.relate(list(reading.calls))
    assert len([call for call in related if call.raw is not None]) == len(reading.calls)


@pytest.mark.parametrize("endpoint", [DATA, *SILENT])
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_answer_is_an_object_and_not_empty(endpoint: str, slash: str):
    """An empty body, or none, makes the SDK drop what it sent and report errors from then on."""
    answer = LENS.stub(post(b"{}", f"https://sdk.iad-01.braze.com/api/v3{endpoint}{slash}"))
    assert answer is not None
    assert answer.status == 200
    assert msgspec.json.decode(answer.body) == {}
    assert (header(answer.headers, "content-type") or "").startswith("application/json")


@pytest.mark.parametrize(
    "request_",
    [
        # not the SDK's endpoints, not its method, not its host
        post(b"{}", "https://rest.iad-01.braze.com/users/track"),
        Request.get(URL),
        Request.get(URL, method="OPTIONS"),
        post(b"{}", "https://api.acme.example/api/v3/data/", ()),
    ],
)
def test_there_is_no_answer_to_anything_else(request_: Request):
    assert LENS.stub(request_) is None
