"""Amplitude's wire formats, as real bytes and as tables of events; and the answers that its SDKs are content with."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from testbed.http import Headers, Request
from testbed.lenses.amplitude import CAMPAIGN, OPERATORS, Amplitude
from testbed.lenses.api import Kind, Reading, VendorCall

LENS = Amplitude()
HTTPAPI = "https://api2.amplitude.com/2/httpapi"
FORM = "https://api.amplitude.com/"

# @amplitude/analytics-browser 2.9.3: setUserId("u1"), identify(set plan, add logins), track("Article Read").
BROWSER = (
    b'{"api_key":"test-api-key","events":[{"user_id":"u1","device_id":"005df12f-6a0d-4b09-bf60-76238798648d",'
    b'"session_id":1795570225637,"time":1795570225662,"platform":"Web","language":"en-US","ip":"$remote",'
    b'"insert_id":"25656660-8092-483c-86a7-d8fb1c233a8d","event_type":"$identify",'
    b'"user_properties":{"$set":{"plan":"pro"},"$add":{"logins":1}},"event_id":0,"library":"amplitude-ts/2.9.3",'
    b'"user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 '
    b'Safari/537.36"},{"user_id":"u1","device_id":"005df12f-6a0d-4b09-bf60-76238798648d",'
    b'"session_id":1795570225637,"time":1795570225675,"platform":"Web","language":"en-US","ip":"$remote",'
    b'"insert_id":"6b1f9eac-e133-4f66-bfc1-33fe0d8bd49b","event_type":"Article Read",'
    b'"event_properties":{"words":12000},"event_id":1,"library":"amplitude-ts/2.9.3",'
    b'"user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 '
    b'Safari/537.36"}],"options":{},"client_upload_time":"2026-11-25T01:30:26.662Z"}'
)
BROWSER_CALLS = [
    {
        "kind": "identify", "user": "u1", "anonymous": "005df12f-6a0d-4b09-bf60-76238798648d",
        "properties": {"plan": "pro", "$add": {"logins": 1}},
        "time": 1795570225.662, "dedupe": "25656660-8092-483c-86a7-d8fb1c233a8d",
    },
    {
        "kind": "track", "name": "Article Read", "user": "u1", "anonymous": "005df12f-6a0d-4b09-bf60-76238798648d",
        "properties": {"words": 12000},
        "time": 1795570225.675, "dedupe": "6b1f9eac-e133-4f66-bfc1-33fe0d8bd49b",
    },
]  # fmt: skip

# amplitude-js 5.2.2: logRevenue(30, 3, "t-1") of nobody in particular.
OLD_WEB = (
    b"checksum=f56043084e0a24b7f999c2c82578692e&client=test-api-key&e=%5B%7B%22device_id%22%3A%2287c4f88e-12e8-42a2-"
    b"8b5c-81553b381ff9R%22%2C%22user_id%22%3Anull%2C%22timestamp%22%3A1795570238717%2C%22event_id%22%3A2%2C%22session_"
    b"id%22%3A1795570238689%2C%22event_type%22%3A%22revenue_amount%22%2C%22version_name%22%3Anull%2C%22platform%22%3A%22"
    b"Web%22%2C%22os_name%22%3A%22Chrome%22%2C%22os_version%22%3A%22156%22%2C%22device_model%22%3A%22Linux%22%2C%22"
    b"language%22%3A%22en-US%22%2C%22api_properties%22%3A%7B%22productId%22%3A%22t-1%22%2C%22special%22%3A%22revenue_"
    b"amount%22%2C%22quantity%22%3A3%2C%22price%22%3A30%7D%2C%22event_properties%22%3A%7B%7D%2C%22user_properties%22%3A"
    b"%7B%7D%2C%22uuid%22%3A%22627407dd-5db8-44b4-8e1d-e72179d008ae%22%2C%22library%22%3A%7B%22name%22%3A%22amplitude-js"
    b"%22%2C%22version%22%3A%225.2.2%22%7D%2C%22sequence_number%22%3A2%2C%22groups%22%3A%7B%7D%2C%22group_properties%22"
    b"%3A%7B%7D%2C%22user_agent%22%3A%22Mozilla%2F5.0%20%28X11%3B%20Linux%20x86_64%29%20AppleWebKit%2F537.36%20%28KHTML"
    b"%2C%20like%20Gecko%29%20Chrome%2F156.0.0.0%20Safari%2F537.36%22%7D%5D&upload_time=1795570238733&v=2"
)
OLD_WEB_CALLS = [
    {
        "kind": "track", "name": "revenue_amount", "anonymous": "87c4f88e-12e8-42a2-8b5c-81553b381ff9R",
        "properties": {"$price": 30, "$quantity": 3, "$productId": "t-1"},
        "time": 1795570238.717, "dedupe": "627407dd-5db8-44b4-8e1d-e72179d008ae",
    }
]  # fmt: skip

GZIPPED: Headers = (("content-encoding", "gzip"),)


def post(url: str, body: bytes, *, headers: Headers = (), method: str = "POST") -> Request:
    return Request.get(url, method=method, headers=headers, body=body)


def batch(*events: object) -> bytes:
    return msgspec.json.encode({"api_key": "k", "events": list(events)})


def form(*events: object) -> bytes:
    return b"client=k&v=2&e=" + quote(msgspec.json.encode(list(events)), safe="").encode()


def read(request: Request) -> list[VendorCall]:
    assert LENS.claims(request)
    reading = LENS.read(request)
    assert not reading.opaque, reading.opaque
    return list(reading.calls)


def short(call: VendorCall) -> dict[str, Any]:
    """What a call says, without what it leaves open."""
    names = ("name", "user", "anonymous", "group", "previous", "properties", "time", "dedupe")
    return {"kind": str(call.kind), **{name: value for name in names if (value := getattr(call, name))}}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # the newer form: each endpoint and region, and a host of the customer's before them
        (post(HTTPAPI, BROWSER), BROWSER_CALLS),
        (post("https://api.eu.amplitude.com/2/httpapi", BROWSER), BROWSER_CALLS),
        (post("https://api2.amplitude.com/batch", BROWSER), BROWSER_CALLS),
        (post("https://stats.shop.example/collect?v=1", BROWSER), BROWSER_CALLS),
        # gzip, said and unsaid; a beacon is sent as text
        (post(HTTPAPI, gzip.compress(BROWSER), headers=GZIPPED), BROWSER_CALLS),
        (post(HTTPAPI, gzip.compress(BROWSER)), BROWSER_CALLS),
        (post("https://stats.shop.example/collect", gzip.compress(BROWSER), headers=GZIPPED), BROWSER_CALLS),
        (post(HTTPAPI, BROWSER, headers=(("content-type", "text/plain;charset=UTF-8"),)), BROWSER_CALLS),
        # the older form
        (post(FORM, OLD_WEB), OLD_WEB_CALLS),
        (post("https://stats.shop.example/", OLD_WEB), OLD_WEB_CALLS),
    ],
)
def test_bytes_as_sdks_send_them_are_read(request_, expected):
    assert [short(call) for call in read(request_)] == expected


def a(kind: str, **said: Any) -> dict[str, Any]:
    return {"kind": kind, **said}


def identified(operations: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    return {"event_type": "$identify", "user_properties": operations, **fields}


EVENTS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    # an event, with every type of value, and none
    (
        {"event_type": "Read", "event_properties": {"n": 1.5, "b": True, "l": [1, "a"], "o": {"k": None}}},
        [a("track", name="Read", properties={"n": 1.5, "b": True, "l": [1, "a"], "o": {"k": None}})],
    ),
    ({"event_type": "Read"}, [a("track", name="Read")]),
    ({"event_type": "Read", "event_properties": [1]}, [a("track", name="Read")]),
    # who, and when
    (
        {"event_type": "Read", "user_id": 17, "device_id": "d", "time": 1700000000123, "insert_id": "i"},
        [a("track", name="Read", user="17", anonymous="d", time=1700000000.123, dedupe="i")],
    ),
    (
        {"event_type": "Read", "user_id": None, "device_id": "d", "timestamp": 1700000000123, "uuid": "i"},
        [a("track", name="Read", anonymous="d", time=1700000000.123, dedupe="i")],
    ),
    ({"event_type": "Read", "time": "soon", "insert_id": None}, [a("track", name="Read")]),
    # identify: what is set stands under its own name, what is done otherwise under the operator's
    (identified({"$set": {"plan": "pro"}}, user_id="u1"), [a("identify", user="u1", properties={"plan": "pro"})]),
    *[
        (identified({op: {"p": 1}, "$set": {"q": 2}}), [a("identify", properties={"q": 2, op: {"p": 1}})])
        for op in OPERATORS
    ],
    (identified({"$clearAll": "-"}), [a("identify", properties={"$clearAll": "-"})]),
    (identified({"$unset": "-"}), [a("identify", properties={"$unset": "-"})]),
    (identified({"plan": "pro"}), [a("identify", properties={"plan": "pro"})]),
    (identified({"plan": "pro", "$set": {"n": 1}}), [a("identify", properties={"n": 1, "plan": "pro"})]),
    (identified({}, user_id="u1"), [a("identify", user="u1")]),
    ({"event_type": "$identify", "user_id": "u1"}, [a("identify", user="u1")]),
    ({"event_type": "$identify", "user_id": "u1", "user_properties": "x"}, [a("identify", user="u1")]),
    # joining a group repeats it among the user's properties: that is no trait
    (identified({"$set": {"team": "g1"}}, groups={"team": "g1"}), [a("group", group="g1")]),
    (identified({"$set": {"team": 15}}, groups={"team": "15"}), [a("group", group="15")]),
    (
        identified({"$set": {"team": ["g1", "g2"]}}, groups={"team": ["g1", "g2"]}),
        [a("group", group="g1"), a("group", group="g2")],
    ),
    (
        identified({"$set": {"team": "g1", "org": "g2"}}, groups={"team": "g1", "org": "g2"}),
        [a("group", group="g1"), a("group", group="g2")],
    ),
    (identified({}, groups={"team": "g1"}), [a("group", group="g1")]),
    # groups beside what is said of the user
    (
        identified({"$set": {"team": "g1", "plan": "pro"}, "$add": {"n": 1}}, groups={"team": "g1"}, user_id="u1"),
        [
            a("identify", user="u1", properties={"plan": "pro", "$add": {"n": 1}}),
            a("group", user="u1", group="g1"),
        ],
    ),
    # a group's own properties
    (
        {"event_type": "$groupidentify", "groups": {"team": "g1"}, "group_properties": {"$set": {"size": 3}}},
        [a("group", group="g1", properties={"size": 3})],
    ),
    (
        {
            "event_type": "$groupidentify",
            "groups": {"team": ["g1", "g2"]},
            "group_properties": {"$setOnce": {"size": 3}, "$unset": {"x": "-"}},
        },
        [a("group", group=g, properties={"$setOnce": {"size": 3}, "$unset": {"x": "-"}}) for g in ("g1", "g2")],
    ),
    # an event that counts for a group, and for two, of which none is the one
    ({"event_type": "Read", "groups": {"team": "g1"}}, [a("track", name="Read", group="g1")]),
    ({"event_type": "Read", "groups": {"team": "g1", "org": "g2"}}, [a("track", name="Read")]),
    # user properties that travel with an event (HTTP API v2; amplitude-js always sends an empty object)
    (
        {"event_type": "Read", "user_id": "u1", "user_properties": {"plan": "pro"}},
        [a("identify", user="u1", properties={"plan": "pro"}), a("track", name="Read", user="u1")],
    ),
    ({"event_type": "Read", "user_properties": {}}, [a("track", name="Read")]),
    # revenue: among the event's properties, in fields of the event, and as amplitude-js' logRevenue has it
    (
        {"event_type": "revenue_amount", "event_properties": {"$price": 3.99, "$quantity": 3, "city": "London"}},
        [a("track", name="revenue_amount", properties={"$price": 3.99, "$quantity": 3, "city": "London"})],
    ),
    (
        {"event_type": "Bought", "price": 3, "quantity": 2, "revenue": 6, "productId": "p", "revenueType": None},
        [a("track", name="Bought", properties={"$price": 3, "$quantity": 2, "$revenue": 6, "$productId": "p"})],
    ),
    (
        {"event_type": "revenue_amount", "api_properties": {"special": "revenue_amount", "price": 9, "quantity": 1}},
        [a("track", name="revenue_amount", properties={"$price": 9, "$quantity": 1})],
    ),
    # what SDKs send of their own accord
    ({"event_type": "session_start", "user_id": "u1"}, [a("session", name="session_start", user="u1")]),
    ({"event_type": "session_end"}, [a("session", name="session_end")]),
    (
        {"event_type": "[Amplitude] Page Viewed", "event_properties": {"[Amplitude] Page Path": "/pricing"}},
        [a("page", properties={"[Amplitude] Page Path": "/pricing"})],
    ),
    (
        {"event_type": "[Amplitude] Screen Viewed", "event_properties": {"[Amplitude] Screen Name": "Home"}},
        [a("screen", name="Home", properties={"[Amplitude] Screen Name": "Home"})],
    ),
    ({"event_type": "[Amplitude] Element Clicked"}, [a("automatic", name="[Amplitude] Element Clicked")]),
    ({"event_type": "[Amplitude] Application Opened"}, [a("automatic", name="[Amplitude] Application Opened")]),
    # the campaign, as analytics-browser says it, as amplitude-js does, and as it takes it back
    (
        identified(
            {
                "$setOnce": {f"initial_{name}": "EMPTY" for name in CAMPAIGN - {"utm_source"}}
                | {"initial_utm_source": "x"},
                "$unset": {name: "-" for name in CAMPAIGN - {"utm_source"}},
                "$set": {"utm_source": "x"},
            }
        ),
        [
            a(
                "automatic",
                properties={
                    "utm_source": "x",
                    "$setOnce": {f"initial_{n}": "EMPTY" for n in CAMPAIGN - {"utm_source"}}
                    | {"initial_utm_source": "x"},
                    "$unset": {name: "-" for name in CAMPAIGN - {"utm_source"}},
                },
            )
        ],
    ),
    (
        identified({"$setOnce": {"initial_referrer": "https://a.example"}, "$set": {"referrer": "https://a.example"}}),
        [
            a(
                "automatic",
                properties={"referrer": "https://a.example", "$setOnce": {"initial_referrer": "https://a.example"}},
            )
        ],
    ),
    (
        identified({"$unset": {"referrer": "-", "utm_source": "-"}}),
        [a("automatic", properties={"$unset": {"referrer": "-", "utm_source": "-"}})],
    ),
    # a caller's own properties of those names, or of names that begin like them
    (identified({"$set": {"referrer": "Bob"}}), [a("identify", properties={"referrer": "Bob"})]),
    (
        identified({"$set": {"referrer_code": "B1", "initial_plan": "pro"}}),
        [a("identify", properties={"referrer_code": "B1", "initial_plan": "pro"})],
    ),
    (
        identified({"$setOnce": {"initial_utm_source": "x"}, "$set": {"plan": "pro"}}),
        [a("identify", properties={"plan": "pro", "$setOnce": {"initial_utm_source": "x"}})],
    ),
    # not even what it must have
    ({"event_type": "$groupidentify", "group_properties": {"$set": {"n": 1}}}, [a("group", properties={"n": 1})]),
    ({}, [a("track")]),
]


@pytest.mark.parametrize(("event", "expected"), EVENTS, ids=lambda value: msgspec.json.encode(value).decode()[:60])
def test_an_event_means_the_same_in_every_form(event, expected):
    assert [short(call) for call in read(post(HTTPAPI, batch(event)))] == expected
    assert [short(call) for call in read(post(FORM, form(event)))] == expected


def test_what_the_sdk_adds_to_an_event_is_noise_and_the_item_stays_as_it_was():
    event = {"event_type": "Read", "event_properties": {"n": 1}, "session_id": 5, "library": "amplitude-ts/2.9.3"}
    (call,) = read(post(HTTPAPI, batch(event)))
    assert call.noise == {"event_type": "Read", "session_id": 5, "library": "amplitude-ts/2.9.3"}
    assert call.raw == event


def test_a_batch_is_read_in_order():
    names = [f"e{n}" for n in range(20)]
    assert [call.name for call in read(post(HTTPAPI, batch(*[{"event_type": name} for name in names])))] == names


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        # no encoding holds
        (post(HTTPAPI, b""), "0 bytes that are none of"),
        (post(HTTPAPI, b"\x00\xff"), "2 bytes that are none of"),
        (post(HTTPAPI, BROWSER[:-1]), "bytes that are none of"),
        (post(HTTPAPI, gzip.compress(BROWSER)[:-9], headers=GZIPPED), "bytes that are none of"),
        (post(FORM, b"client=k&v=2"), "12 bytes that are none of"),
        (post(FORM, b"client=k&v=2&e=%5B%7B"), "bytes that are none of"),
        # it decodes, and is no list of events
        (post(HTTPAPI, b"{}"), "a body without a list of events"),
        (post(HTTPAPI, b'{"api_key":"k","events":{}}'), "a body without a list of events"),
        (post(FORM, b"client=k&v=2&e=%7B%7D"), "a body without a list of events"),
        # part of it is none
        (post(HTTPAPI, batch({"event_type": "a"}, 1, "b")), "2 of 3 events are no objects"),
        # an endpoint that is not known might carry calls
        (post("https://api2.amplitude.com/identify", b"api_key=k"), "POST /identify is no endpoint"),
        (post("https://api2.amplitude.com/2/httpapi/", BROWSER), "POST /2/httpapi/ is no endpoint"),
    ],
)
def test_what_cannot_be_read_is_said_to_be_opaque(request_, reason):
    assert LENS.claims(request_)
    assert reason in LENS.read(request_).opaque


def test_what_can_be_read_beside_what_cannot_counts():
    reading = LENS.read(post(HTTPAPI, batch({"event_type": "a"}, 1)))
    assert [call.name for call in reading.calls] == ["a"]


@pytest.mark.parametrize(
    "request_",
    [
        # scripts and configuration
        post("https://cdn.amplitude.com/libs/amplitude-5.2.2-min.gz.js", b"", method="GET"),
        post("https://sr-client-cfg.amplitude.com/config?api_key=k&config_group=browser", b"", method="GET"),
        post("https://regionconfig.amplitude.com/", b"", method="GET"),
        # session replay, and how the SDK itself fares
        post("https://api-sr.amplitude.com/sessions/v2/track?device_id=d", b"\x1f\x8b\x00"),
        post("https://diagnostics.prod.us-west-2.amplitude.com/v1/capture", b"{}"),
    ],
    ids=lambda request_: request_.url,
)
def test_what_carries_no_call_is_ignored(request_):
    assert LENS.claims(request_)
    ignored = f"{request_.method} {request_.host}{request_.route} carries no call"
    assert LENS.read(request_) == Reading(vendor="amplitude", ignored=ignored)


@pytest.mark.parametrize(
    "request_",
    [
        # a preflight, and other hosts of a name like Amplitude's
        post(HTTPAPI, b"", method="OPTIONS"),
        post("https://notamplitude.com/2/httpapi", b"{}"),
        post("https://amplitude.com.evil.example/2/httpapi", b"{}"),
        # bodies of others, or none
        post("https://stats.shop.example/2/httpapi", b'{"events":[]}'),
        post("https://stats.shop.example/", b'{"api_key":"k","batch":[]}'),
        post("https://stats.shop.example/", b'["api_key","events"]'),
        post("https://sdk.iad-01.braze.com/api/v3/data/", b'{"api_key":"k","events":[{"name":"ce","data":{"n":"A"}}]}'),
        post("https://stats.shop.example/", b"client=k&data=x"),
        post("https://stats.shop.example/", b"\x1f\x8b\x00"),
        post("https://stats.shop.example/", b""),
        post("https://stats.shop.example/", BROWSER, method="GET"),
    ],
    ids=lambda request_: f"{request_.method} {request_.url} {request_.body[:20]!r}",
)
def test_requests_of_others_are_left_alone(request_):
    assert not LENS.claims(request_)
    assert LENS.stub(request_) is None


# Each call as kind, user and time; None is a call without one.
RELATED: list[tuple[list[tuple[str, str | None, float | None]], list[tuple[str, str | None]]]] = [
    ([], []),
    # a new user id shows on the next event, whatever that is
    ([("track", "u1", 1)], [("identify", "u1"), ("track", "u1")]),
    ([("session", "u1", 1)], [("identify", "u1"), ("session", "u1")]),
    ([("group", "u1", 1)], [("identify", "u1"), ("group", "u1")]),
    ([("track", None, 1), ("track", "u1", 2)], [("track", None), ("identify", "u1"), ("track", "u1")]),
    # it is told once
    ([("track", "u1", 1), ("track", "u1", 2)], [("identify", "u1"), ("track", "u1"), ("track", "u1")]),
    # an identify says so itself
    ([("identify", "u1", 1), ("track", "u1", 2)], [("identify", "u1"), ("track", "u1")]),
    ([("identify", None, 1), ("track", "u1", 2)], [("identify", None), ("identify", "u1"), ("track", "u1")]),
    # another user, and the same one again after nobody
    (
        [("track", "u1", 1), ("track", "u2", 2)],
        [("identify", "u1"), ("track", "u1"), ("identify", "u2"), ("track", "u2")],
    ),
    (
        [("identify", "u1", 1), ("track", None, 2), ("track", "u1", 3)],
        [("identify", "u1"), ("track", None), ("identify", "u1"), ("track", "u1")],
    ),
    # by the device's clock: a batch that failed is sent late
    ([("track", "u1", 2), ("identify", "u1", 1)], [("identify", "u1"), ("track", "u1")]),
    # without a time, as they came
    ([("identify", "u1", None), ("track", "u1", None)], [("identify", "u1"), ("track", "u1")]),
    # nobody at all
    ([("track", None, 1)], [("track", None)]),
]


@pytest.mark.parametrize(("calls", "expected"), RELATED)
def test_a_change_of_user_is_an_identify(calls, expected):
    made = [
        VendorCall(vendor="amplitude", kind=Kind(kind), user=user, time=time, anonymous="d", flow="f", index=index)
        for index, (kind, user, time) in enumerate(calls)
    ]
    related = LENS.relate(made)
    assert [(str(call.kind), call.user) for call in related] == expected
    derived = [call for call in related if call not in made]
    for call in derived:
        shown_by = related[related.index(call) + 1]
        assert (call.flow, call.index, call.time, call.anonymous) == ("f", shown_by.index, shown_by.time, "d")


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        # The TypeScript SDKs read the status out of the body, and retry where it has no `code`.
        (post(HTTPAPI, BROWSER), {"code": 200, "events_ingested": 1, "payload_size_bytes": 1, "server_upload_time": 0}),
        (post("https://api.eu.amplitude.com/batch", BROWSER), {
            "code": 200, "events_ingested": 1, "payload_size_bytes": 1, "server_upload_time": 0,
        }),
        # An object, and no 401 or 403, is all that the configuration has to be.
        (post("https://sr-client-cfg.eu.amplitude.com/config?api_key=k", b"", method="GET"), {"configs": {}}),
        (post("https://regionconfig.amplitude.com/", b"", method="GET"), {"configs": {}}),
    ],
)  # fmt: skip
def test_the_newer_sdks_are_content(request_, body):
    response = LENS.stub(request_)
    assert response is not None
    assert response.status == 200
    assert msgspec.json.decode(response.body) == body


@pytest.mark.parametrize(
    "request_",
    [
        post(FORM, OLD_WEB),
        post("https://stats.shop.example/", OLD_WEB),
        # to the newer ones this is no JSON, so that they go by the status
        post("https://stats.shop.example/collect", BROWSER),
        post("https://api-sr.amplitude.com/sessions/v2/track", b"\x1f\x8b\x00"),
    ],
    ids=lambda request_: request_.url,
)
def test_the_older_sdks_are_content(request_):
    response = LENS.stub(request_)
    assert response is not None
    assert (response.status, response.body) == (200, b"success")


def test_a_script_is_nobody_s_but_the_vendor_s():
    assert LENS.stub(post("https://cdn.amplitude.com/libs/amplitude-5.2.2-min.gz.js", b"", method="GET")) is None


@given(body=st.binary(max_size=200), url=st.sampled_from([HTTPAPI, FORM, "https://stats.shop.example/"]))
@example(body=b'{"a":' * 100_000, url=HTTPAPI)
@example(body=b'{"api_key":"","events":[{"time":1' + b"0" * 400 + b"}]}", url=HTTPAPI)
@example(body=b'[{"event_type":"\\ud800"}]', url=HTTPAPI)
@example(body=gzip.compress(b"x"), url=FORM)
def test_no_bytes_make_it_raise_or_pass_for_nothing(body, url):
    request = post(url, body)
    LENS.stub(request)
    if LENS.claims(request):
        reading = LENS.read(request)
        assert reading.opaque or b"[" in body or b"%5b" in body.lower()  # without a list there are no events
        LENS.relate(list(reading.calls))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("$set"), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.sampled_from([
    "user_id", "device_id", "time", "timestamp", "insert_id", "uuid", "groups", "user_properties", "event_properties",
    "group_properties", "api_properties", "price", "$set",
])  # fmt: skip
NAMES = st.sampled_from(["$identify", "$groupidentify", "revenue_amount", "[Amplitude] Screen Viewed"]) | VALUES


@given(events=st.lists(st.fixed_dictionaries({"event_type": NAMES}) | st.dictionaries(FIELDS, VALUES), max_size=4))
def test_no_json_makes_it_raise_and_every_event_is_told(events):
    reading = LENS.read(post(HTTPAPI, batch(*events)))
    assert not reading.opaque
    told = {msgspec.json.encode(call.raw) for call in reading.calls}
    assert told == {msgspec.json.encode(event) for event in events}
    LENS.relate(list(reading.calls))
