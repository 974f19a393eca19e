"""Lenses that a plugin.toml declares: the formats of real vendors, each key by itself, and what is refused."""

from __future__ import annotations

import base64
import gzip
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from testbed.errors import ExitCode, PluginRefused
from testbed.http import Headers, Request, header
from testbed.lenses.api import Kind, VendorCall
from testbed.lenses.declarative import Declarative
from testbed.lenses.definition import definitions
from testbed.plugin.manifest import read_manifest
from testbed.plugin.model import Plugin

HEAD = 'name = "Acme"\nversion = "1"\n[targets.web]\nsdk = "web"\n'
BARE = 'vendor = "acme"\nhost = "api.acme.example"\n'
ISO, SENT = "2026-01-02T03:04:05.678Z", 1767323045678
ACME = "https://api.acme.example/v1/track"


def plugin_of(*lenses: str) -> Plugin:
    manifest, places = read_manifest((HEAD + "".join(f"[[lens]]\n{lens}\n" for lens in lenses)).encode())
    return Plugin(manifest=manifest, files={}, sha256="", source="acme", places=places)


def lens_of(text: str) -> Declarative:
    (definition,) = definitions(plugin_of(text))
    return Declarative(definition)


def json(value: object, url: str = ACME, *, headers: Headers = ()) -> Request:
    return sent(msgspec.json.encode(value), url, headers=headers)


def sent(body: bytes, url: str = ACME, *, headers: Headers = (), method: str = "POST") -> Request:
    return Request.get(url, method=method, headers=headers, body=body)


def calls(text: str, request: Request) -> list[VendorCall]:
    lens = lens_of(text)
    assert lens.claims(request)
    reading = lens.read(request)
    assert not reading.opaque, reading.opaque
    return list(reading.calls)


def short(call: VendorCall) -> dict[str, Any]:
    """What a call says, without what it leaves open."""
    names = ("name", "user", "anonymous", "group", "previous", "properties", "time", "dedupe")
    return {"kind": str(call.kind), **{name: value for name in names if (value := getattr(call, name))}}


# Real vendors. What they send is in the projects that each comment names.

# posthog-js packages/browser, request.ts and posthog-core.ts: three encodings of one format, by version.
POSTHOG = """
vendor = "posthog"
host = ["*.i.posthog.com", "app.posthog.com"]
path = ["/e/", "/i/v0/e/", "/batch*"]
decode = ["json", "form.data | base64 | json"]
items = "batch || @"
name = "event"
user = "properties.distinct_id"
anonymous = ['properties."$device_id"', 'properties."$anon_distinct_id"']
group = 'properties."$group_key"'
previous = "properties.alias"
properties = ['"$set"', 'properties."$group_set"', "properties"]
drop = ["$*", "token", "distinct_id"]
time = "timestamp"
sent = ["envelope:sent_at", "query:_"]
offset = "offset"
dedupe = "uuid"
stub = { json = { status = 1 } }
[lens.kind]
from = "event"
prefixes = { "$" = "automatic" }
[lens.kind.values]
"$identify" = "identify"
"$set" = "identify"
"$create_alias" = "alias"
"$groupidentify" = "group"
"$pageview" = "page"
"$screen" = "screen"
"""
SIGNED_UP = {
    "event": "Signed Up",
    "uuid": "018f",
    "properties": {"distinct_id": "u1", "token": "t", "$lib": "web", "plan": "pro"},
    "offset": 1500,
}
POSTHOG_CALL = {
    "kind": "track", "name": "Signed Up", "user": "u1", "properties": {"plan": "pro"}, "time": 1767323044.178,
    "dedupe": "018f",
}  # fmt: skip
POSTHOG_URL = "https://us.i.posthog.com/e/"

# MisterPhilip/omnibug, GoogleAnalytics4.js: what is shared in the query, a line an event in the body.
GA4 = """
vendor = "ga4"
host = ["*.google-analytics.com", "analytics.google.com"]
path = "*/g/collect"
when = "query:tid"
decode = ["lines | form", "query"]
inherit = "query:*"
name = "en"
user = "uid"
anonymous = "cid"
properties = "@"
keep = ["ep.*", "epn.*", "cu"]
strip = ["ep.", "epn."]
numbers = "epn.*"
[lens.kind]
from = "en"
values = { page_view = "page", user_engagement = "automatic", session_start = "session" }
"""
GA4_CALL = {"kind": "track", "user": "u1", "anonymous": "c1"}
GA4_URL = "https://region1.google-analytics.com/g/collect?v=2&tid=G-1&cid=c1&uid=u1&_p=5"

# snowplow-javascript-tracker, core.ts and payload.ts: POST with data[] of strings, or GET with one event.
SNOWPLOW = """
vendor = "snowplow"
host = "*"
path = ["*/com.snowplowanalytics.snowplow/tp2", "/i"]
decode = ["json", "query"]
items = "data || @"
unpack = { ue_pr = "json", ue_px = "base64 | json" }
kind = { from = "e", values = { pv = "page", pp = "automatic", se = "track", ue = "track" } }
name = ["ue_pr.data.schema", "ue_px.data.schema", "se_ac", "page"]
names = { "iglu:com.acme/signed_up/jsonschema/1-0-0" = "Signed Up" }
user = "uid"
anonymous = "duid"
properties = ["ue_pr.data.data", "ue_px.data.data"]
time = "dtm"
time_unit = "ms"
dedupe = "eid"
stub = { body = "ok" }
"""
UNSTRUCTURED = {
    "schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
    "data": {"schema": "iglu:com.acme/signed_up/jsonschema/1-0-0", "data": {"plan": "pro"}},
}
URL_SAFE = base64.urlsafe_b64encode(msgspec.json.encode(UNSTRUCTURED)).decode().rstrip("=")
SNOWPLOW_EVENT = {"e": "ue", "eid": "e1", "dtm": "1767323045678", "uid": "u1", "duid": "d1", "p": "web"}
SNOWPLOW_CALL = {
    "kind": "track", "name": "Signed Up", "user": "u1", "anonymous": "d1", "properties": {"plan": "pro"},
    "time": 1767323045.678, "dedupe": "e1",
}  # fmt: skip

# The format of RudderStack and of Customer.io's native SDKs, which is Segment's own.
RUDDER = """
vendor = "rudder"
host = "*.dataplane.example"
path = "/v1/*"
items = "batch || @"
kind = ["type", "path:-1"]
name = ["event", "name"]
user = ["userId", "envelope:userId", "query:user", "header:x-user"]
anonymous = ["anonymousId", "header:anonymousid"]
group = "groupId"
previous = "previousId"
properties = ["properties", "traits", "context.traits"]
time = ["originalTimestamp", "envelope:sentAt"]
dedupe = "messageId"
ignore = "/v1/m"
"""
RUDDER_CALL = {"kind": "track", "time": 1767323045.678}
RUDDER_URL = "https://acme.dataplane.example/v1"

# @braze/web-sdk, network-manager.js: two arrays in one envelope.
BRAZE = """
vendor = "braze-like"
host = "sdk.*.example"
items = ["events", "attributes"]
inherit = ["device_id", "time"]
name = "data.n"
user = "user_id"
anonymous = "device_id"
properties = ["data.p", "custom"]
time = "time"
[lens.kind]
from = "name"
values = { ce = "track", ss = "session" }
keys = { custom = "identify" }
default = "automatic"
"""

BRAZE_CALL = {"anonymous": "d1", "time": 1767323045.0}

# logx.optimizely.com/v1/events: events within snapshots within visitors; revenue in cents.
OPTIMIZELY = """
vendor = "optimizely"
host = "logx.optimizely.com"
items = "visitors / snapshots / events"
inherit = "visitor_id"
kind = { default = "track" }
name = "key"
user = "visitor_id"
properties = ["tags"]
cents = "revenue"
time = "timestamp"
dedupe = "uuid"
"""

# omnibug, FacebookPixel.js: custom data in bracket keys, in the query or in a form.
META = """
vendor = "meta"
host = "www.facebook.com"
path = "/tr/"
decode = ["form | brackets", "query | brackets"]
kind = { from = "ev", values = { PageView = "page", Microdata = "ignore" } }
name = "ev"
user = "ud.uid"
properties = "cd"
numbers = "value"
"""

META_URL = "https://www.facebook.com/tr/"

# omnibug, GoogleDoubleClick.js: matrix parameters in the path.
FLOODLIGHT = """
vendor = "floodlight"
host = "*.fls.doubleclick.net"
decode = "path | matrix"
kind = { default = "track" }
name = "cat"
names = { "signu0" = "Signed Up" }
properties = "@"
keep = "u?"
dedupe = "ord"
"""

# adjust/android_sdk, PackageBuilder.java: a form, tokens for names, JSON within fields, the zone written twice.
ADJUST = """
vendor = "adjust"
host = ["app.adjust.com", "app.eu.adjust.com"]
path = ["/event", "/session", "/attribution"]
decode = ["form", "query"]
unpack = { callback_params = "json" }
kind = { from = "path:1", values = { event = "track", session = "session", attribution = "ignore" } }
name = "event_token"
names = { abc123 = "Order Completed" }
properties = "callback_params"
numbers = "price"
time = "created_at"
dedupe = "deduplication_id"
"""


Case = tuple[str, Request, list[dict[str, Any]]]

FORMATS: dict[str, Case] = {
    # posthog-js 1.100: a form with base64; its `_` says when it was sent
    "posthog, base64 in a form": (
        POSTHOG,
        sent(b"data=" + quote(base64.b64encode(msgspec.json.encode([SIGNED_UP]))).encode(), f"{POSTHOG_URL}?_={SENT}"),
        [POSTHOG_CALL],
    ),
    # posthog-js 1.260: plain JSON, one object or an array
    "posthog, JSON": (POSTHOG, json(SIGNED_UP, f"{POSTHOG_URL}?_={SENT}"), [POSTHOG_CALL]),
    # posthog-js 1.418: gzip as text/plain, with an offset from sent_at
    "posthog, gzip": (
        POSTHOG,
        sent(
            gzip.compress(msgspec.json.encode({"api_key": "t", "batch": [SIGNED_UP], "sent_at": ISO})),
            POSTHOG_URL,
            headers=(("content-type", "text/plain"),),
        ),
        [POSTHOG_CALL],
    ),
    "posthog, kinds": (
        POSTHOG,
        json(
            {
                "batch": [
                    {
                        "event": "$identify",
                        "timestamp": ISO,
                        "$set": {"email": "a@b.example"},
                        "properties": {"distinct_id": "u1", "$anon_distinct_id": "d1"},
                    },
                    {"event": "$groupidentify", "properties": {"$group_key": "g1", "$group_set": {"name": "Acme"}}},
                    {"event": "$create_alias", "properties": {"distinct_id": "u1", "alias": "old"}},
                    {"event": "$pageview", "properties": {"distinct_id": "u1", "title": "Home"}},
                    {"event": "$autocapture", "properties": {}},
                ]
            },
            "https://eu.i.posthog.com/batch/",
        ),
        [
            {
                "kind": "identify",
                "name": "$identify",
                "user": "u1",
                "anonymous": "d1",
                "properties": {"email": "a@b.example"},
                "time": 1767323045.678,
            },
            {"kind": "group", "name": "$groupidentify", "group": "g1", "properties": {"name": "Acme"}},
            {
                "kind": "alias",
                "name": "$create_alias",
                "user": "u1",
                "previous": "old",
                "properties": {"alias": "old"},
            },
            {"kind": "page", "name": "$pageview", "user": "u1", "properties": {"title": "Home"}},
            {"kind": "automatic", "name": "$autocapture"},
        ],
    ),
    # GA4: one event in the query, or several, a line each, that share it
    "ga4, query": (
        GA4,
        sent(b"", f"{GA4_URL}&en=sign_up&ep.plan=pro&epn.seats=3"),
        [GA4_CALL | {"name": "sign_up", "properties": {"plan": "pro", "seats": 3}}],
    ),
    "ga4, lines": (
        GA4,
        sent(b"en=page_view&dt=Home\r\nen=purchase&epn.value=49.9&cu=EUR&ep.transaction_id=007&uid=u2", GA4_URL),
        [
            GA4_CALL | {"kind": "page", "name": "page_view"},
            GA4_CALL
            | {"name": "purchase", "user": "u2", "properties": {"value": 49.9, "cu": "EUR", "transaction_id": "007"}},
        ],
    ),
    # Snowplow: JSON in a field, plain or as URL-safe base64
    "snowplow, POST": (
        SNOWPLOW,
        json(
            {
                "schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
                "data": [
                    SNOWPLOW_EVENT | {"ue_pr": msgspec.json.encode(UNSTRUCTURED).decode()},
                    {"e": "pv", "page": "Home"},
                    {"e": "se", "se_ac": "click"},
                ],
            },
            "https://collector.shop.example/com.snowplowanalytics.snowplow/tp2",
        ),
        [SNOWPLOW_CALL, {"kind": "page", "name": "Home"}, {"kind": "track", "name": "click"}],
    ),
    "snowplow, GET": (
        SNOWPLOW,
        sent(b"", f"https://collector.shop.example/i?{urlencode(SNOWPLOW_EVENT | {'ue_px': URL_SAFE})}", method="GET"),
        [SNOWPLOW_CALL],
    ),
    # RudderStack: a batch, whose envelope says what an item leaves out; one call, whose kind only the path says, and
    # whose user only the query or a header
    "rudder, batch": (
        RUDDER,
        json(
            {
                "userId": "u0",
                "sentAt": ISO,
                "batch": [
                    {"type": "track", "event": "A", "userId": "u1", "properties": {"x": 1}, "messageId": "m1"},
                    {"type": "identify", "properties": {}, "context": {"traits": {"plan": "pro"}}},
                ],
            },
            f"{RUDDER_URL}/batch",
        ),
        [
            RUDDER_CALL | {"name": "A", "user": "u1", "properties": {"x": 1}, "dedupe": "m1"},
            RUDDER_CALL | {"kind": "identify", "user": "u0", "properties": {"plan": "pro"}},
        ],
    ),
    "rudder, path and query": (
        RUDDER,
        json({"name": "Home"}, f"{RUDDER_URL}/page?user=u2", headers=(("AnonymousId", "a1"), ("X-User", "u3"))),
        [{"kind": "page", "name": "Home", "user": "u2", "anonymous": "a1"}],
    ),
    "rudder, header": (
        RUDDER,
        json({"groupId": "g1"}, f"{RUDDER_URL}/group", headers=(("X-User", "u3"),)),
        [{"kind": "group", "user": "u3", "group": "g1"}],
    ),
    # Braze: what happened, and what is known of the user, in two arrays
    "braze": (
        BRAZE,
        json(
            {
                "device_id": "d1",
                "time": 1767323045,
                "events": [
                    {"name": "ce", "user_id": "u1", "time": 1767323000.5, "data": {"n": "A", "p": {"x": 1}}},
                    {"name": "ss"},
                    {"name": "ie"},
                ],
                "attributes": [{"user_id": "u1", "custom": {"plan": "pro"}}],
            },
            "https://sdk.iad-01.example/api/v3/data/",
        ),
        [
            BRAZE_CALL | {"kind": "track", "name": "A", "user": "u1", "properties": {"x": 1}, "time": 1767323000.5},
            BRAZE_CALL | {"kind": "session"},
            BRAZE_CALL | {"kind": "automatic"},
            BRAZE_CALL | {"kind": "identify", "user": "u1", "properties": {"plan": "pro"}},
        ],
    ),
    # Optimizely: three arrays deep
    "optimizely": (
        OPTIMIZELY,
        json(
            {
                "account_id": "1",
                "visitors": [
                    {
                        "visitor_id": "u1",
                        "snapshots": [
                            {"events": [{"key": "A", "timestamp": SENT, "uuid": "e1", "tags": {"revenue": 4990}}]},
                            {"events": [{"key": "B"}]},
                        ],
                    },
                    {"visitor_id": "u2", "snapshots": [{"decisions": [], "events": [{"key": "C"}]}]},
                    {"visitor_id": "u3", "snapshots": []},
                ],
            },
            "https://logx.optimizely.com/v1/events",
        ),
        [
            {
                "kind": "track",
                "name": "A",
                "user": "u1",
                "properties": {"revenue": 49.9},
                "time": 1767323045.678,
                "dedupe": "e1",
            },
            {"kind": "track", "name": "B", "user": "u1"},
            {"kind": "track", "name": "C", "user": "u2"},
        ],
    ),
    # Meta: bracket keys, in the query or in a form
    "meta, query": (
        META,
        sent(b"", f"{META_URL}?id=1&ev=Purchase&cd[value]=49.90&cd[currency]=EUR&ud[uid]=u1", method="GET"),
        [{"kind": "track", "name": "Purchase", "user": "u1", "properties": {"value": 49.9, "currency": "EUR"}}],
    ),
    "meta, form": (META, sent(b"id=1&ev=PageView", META_URL), [{"kind": "page", "name": "PageView"}]),
    "meta, noise": (META, sent(b"id=1&ev=Microdata", META_URL), []),
    # Floodlight: all of it in the path
    "floodlight": (
        FLOODLIGHT,
        sent(b"", "https://1.fls.doubleclick.net/activityi;src=1;type=a;cat=signu0;u1=pro;ord=77?", method="GET"),
        [{"kind": "track", "name": "Signed Up", "properties": {"u1": "pro"}, "dedupe": "77"}],
    ),
    # Adjust: JSON in a field of a form, a token for a name
    "adjust": (
        ADJUST,
        sent(
            urlencode(
                {
                    "event_token": "abc123",
                    "callback_params": '{"price":"49.90","sku":"7"}',
                    "deduplication_id": "d1",
                    "created_at": "2026-01-02T04:04:05.678Z+0100",
                }
            ).encode(),
            "https://app.adjust.com/event",
        ),
        [
            {
                "kind": "track",
                "name": "Order Completed",
                "properties": {"price": 49.9, "sku": "7"},
                "time": 1767323045.678,
                "dedupe": "d1",
            }
        ],
    ),
    "adjust, attribution": (ADJUST, sent(b"", "https://app.eu.adjust.com/attribution?adid=1", method="GET"), []),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_of_real_vendors(name: str):
    lens, request, expected = FORMATS[name]
    found = [short(call) for call in calls(lens, request)]
    assert found == [call | ({"time": pytest.approx(call["time"])} if "time" in call else {}) for call in expected]


@pytest.mark.parametrize(
    ("more", "request_", "claimed"),
    [
        # hosts: globs in any case, several
        ("", json({}), True),
        ("", json({}, "https://API.acme.example/"), True),
        ("", json({}, "https://eu.acme.example/"), False),
        ('host = ["api.acme.example", "EU.acme.example"]', json({}, "https://eu.acme.example/"), True),
        ('host = "*.acme.example"', json({}, "https://acme.example/"), False),
        # paths: globs on all of it, without the query
        ('path = "/v1/*"', json({}), True),
        ('path = "/v1/track"', json({}, f"{ACME}?x=1"), True),
        ('path = ["/v2/*", "*/track"]', json({}), True),
        ('path = "/v1"', json({}), False),
        # methods; never a preflight
        ('method = "POST"', json({}), True),
        ('method = "GET"', json({}), False),
        ("", sent(b"", method="OPTIONS"), False),
        # a predicate on the request
        ('when = "query:tid"', json({}, f"{ACME}?tid=1"), True),
        ('when = "query:tid"', json({}), False),
        ('when = "header:X-Acme"', json({}, headers=(("x-acme", "1"),)), True),
        # or on the body: a shape, a comparison; one of several will do
        ('when = "events"', json({"events": [1]}), True),
        ('when = "events"', json({"events": []}), False),
        ("when = \"v == '2'\"", json({"v": "2"}), True),
        ("when = \"v == '2'\"", json({"v": "3"}), False),
        ('when = ["events", "batch"]', json({"batch": [1]}), True),
        # what cannot be decoded is left to whoever can
        ('when = "events"', sent(b"no JSON"), False),
    ],
)
def test_which_requests_it_claims(more: str, request_: Request, claimed: bool):
    assert (
        lens_of(BARE * ("host =" not in more) + 'vendor = "acme"\n' * ("host =" in more) + more).claims(request_)
        is claimed
    )


def test_two_lenses_of_one_host_are_told_apart_by_when():
    old = BARE + 'when = "e"\ndecode = "form"\nname = "e"'
    new = BARE + 'when = "events"\nitems = "events"\nname = "event"'
    lenses = [Declarative(definition) for definition in definitions(plugin_of(old, new))]
    form, body = sent(b"e=A"), json({"events": [{"event": "B"}]})
    assert [[lens.claims(request) for lens in lenses] for request in (form, body)] == [[True, False], [False, True]]


@pytest.mark.parametrize(
    ("kind", "item", "path", "expected"),
    [
        # by default the item's type
        ("", {"type": "group"}, "", Kind.GROUP),
        ("", {"type": "purchase"}, "", Kind.TRACK),
        ("", {}, "", Kind.TRACK),
        ("", {"type": ["page"]}, "", Kind.TRACK),
        # a source, or several
        ('kind = "e"', {"e": "page", "type": "group"}, "", Kind.PAGE),
        ('kind = ["e", "type"]', {"type": "group"}, "", Kind.GROUP),
        ('kind = "const:screen"', {}, "", Kind.SCREEN),
        ('kind = "path:1"', {}, "/identify/x", Kind.IDENTIFY),
        ('kind = "path:-2"', {}, "/v1/alias/x/", Kind.ALIAS),
        ('kind = "path:9"', {}, "/v1/alias", Kind.TRACK),
        # by value
        ('kind = { from = "e", values = { pv = "page" } }', {"e": "pv"}, "", Kind.PAGE),
        ('kind = { from = "e", values = { 1 = "page" } }', {"e": 1}, "", Kind.PAGE),
        ('kind = { from = "e", values = { page = "screen" } }', {"e": "page"}, "", Kind.SCREEN),
        # by prefix, the longest
        ('kind = { from = "e", prefixes = { _ = "session", _s = "identify" } }', {"e": "_set"}, "", Kind.IDENTIFY),
        ('kind = { from = "e", prefixes = { _ = "session", _s = "identify" } }', {"e": "_x"}, "", Kind.SESSION),
        # a value before a prefix, a prefix before a key
        ('kind = { from = "e", values = { _p = "page" }, prefixes = { _ = "session" } }', {"e": "_p"}, "", Kind.PAGE),
        ('kind = { from = "e", prefixes = { a = "page" }, keys = { k = "group" } }', {"e": "a", "k": 1}, "", Kind.PAGE),
        # by the presence of a key, whatever it holds
        ('kind = { keys = { "$set" = "identify", "$group" = "group" } }', {"$group": None}, "", Kind.GROUP),
        ('kind = { from = "type", keys = { traits = "identify" } }', {"type": "page", "traits": {}}, "", Kind.IDENTIFY),
        # by default
        ('kind = { from = "e", default = "automatic" }', {"e": "x"}, "", Kind.AUTOMATIC),
        ('kind = { from = "e", default = "automatic" }', {"e": "group"}, "", Kind.GROUP),
        # and not at all
        ('kind = { from = "e", values = { x = "ignore" } }', {"e": "x"}, "", None),
        ('kind = { from = "e", default = "ignore" }', {"e": "x"}, "", None),
    ],
)  # fmt: skip
def test_kinds(kind: str, item: dict[str, Any], path: str, expected: Kind | None):
    found = calls(BARE + kind, json(item, f"https://api.acme.example{path or '/'}"))
    assert [call.kind for call in found] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        # the item, by JMESPath
        ('"id"', "i1"),
        ('"deep.id"', "d1"),
        ("'\"$id\"'", "q1"),
        ('"list[0]"', "l1"),
        ('"number"', "5"),
        # what lies around it
        ('"envelope:id"', "e1"),
        ('"envelope:meta.id"', "m1"),
        ('"query:id"', "a b"),
        ('"header:X-Id"', "h1"),
        ('"path:2"', "track"),
        ('"const:c1"', "c1"),
        ('"const:a:b"', "a:b"),
        # the first that gives something; empty text is nothing
        ('["none", "query:none", "envelope:id"]', "e1"),
        ('["empty", "id"]', "i1"),
        ('["empty", "none"]', ""),
        # nothing, and what is no id
        ('"none"', None),
        ('"header:none"', None),
        ('"deep"', None),
        ('"truth"', None),
        ('"length(number)"', None),  # a JMESPath function that meets the wrong type
        ('"ceil(to_number(huge))"', None),  # and one that meets a number past all floats
    ],
)
def test_sources(user: str, expected: str | None):
    item = {
        "id": "i1", "deep": {"id": "d1"}, "$id": "q1", "list": ["l1"], "number": 5, "empty": "", "truth": True,
        "huge": "1e999",
    }  # fmt: skip
    body = {"id": "e1", "meta": {"id": "m1"}, "items": [item]}
    request = json(body, f"{ACME}?id=a%20b", headers=(("x-id", "h1"),))
    (call,) = calls(f'{BARE}items = "items"\nuser = {user}', request)
    assert call.user == expected


@pytest.mark.parametrize(
    ("items", "body", "found"),
    [
        # one object is an array of one
        ("", {"n": 1}, [1]),
        ("", [{"n": 1}, {"n": 2}], [1, 2]),
        ('items = "a"', {"a": {"n": 1}}, [1]),
        # several arrays, each where there is one, in the order of the paths
        ('items = ["b", "a"]', {"a": [{"n": 1}], "b": [{"n": 2}]}, [2, 1]),
        ('items = ["b", "a"]', {"a": [{"n": 1}]}, [1]),
        ('items = "a || b"', {"b": [{"n": 1}]}, [1]),
        ('items = "*.list[]"', {"x": {"list": [{"n": 1}]}, "y": {"list": [{"n": 2}]}}, [1, 2]),
        # nested
        ('items = "a / b"', {"a": [{"b": [{"n": 1}]}, {"b": {"n": 2}}, {}]}, [1, 2]),
        # nothing was sent
        ('items = "a"', {"a": []}, []),
        ('items = "a / b"', {"a": []}, []),
        ('items = "a / b"', {"a": [{"b": []}]}, []),
    ],
)
def test_items(items: str, body: object, found: list[int]):
    reading = lens_of(f'{BARE}{items}\nuser = "n"').read(json(body))
    assert [call.user for call in reading.calls] == [str(n) for n in found]
    assert (reading.opaque, bool(reading.ignored)) == ("", not found)


@pytest.mark.parametrize(
    ("items", "body"),
    [
        # the body is not what the lens was written for: that is not silence
        ('items = "a"', {"renamed": [{"n": 1}]}),
        ('items = "a"', {"a": "text"}),
        ('items = "a"', {"a": [1, 2]}),
        ('items = ["a", "b"]', {"c": []}),
        ('items = "a / b"', {"a": [{"renamed": []}]}),
        ('items = "a / b"', {"renamed": []}),
        ("", 5),
        ("", "text"),
        ("", None),
    ],
)
def test_no_items_where_the_lens_looks_is_opaque(items: str, body: object):
    reading = lens_of(f"{BARE}{items}").read(json(body))
    assert reading.calls == ()
    assert reading.opaque.startswith("no items at ")


def test_items_that_are_no_objects_may_say_something():
    reading = lens_of(f'{BARE}items = "a"').read(json({"a": [1, {"n": 1}, "x", None]}))
    assert [call.raw for call in reading.calls] == [{"n": 1}]
    assert reading.opaque == "items that are no objects at a"


@pytest.mark.parametrize(
    ("inherit", "expected"),
    [
        ("", {"own": 1, "both": "item"}),
        ('inherit = "device"', {"own": 1, "both": "item", "device": "d"}),
        # the nearest counts, and the item's own before all
        ('inherit = ["both", "near"]', {"own": 1, "both": "item", "near": "holder"}),
        ('inherit = "d*"', {"own": 1, "both": "item", "device": "d"}),
        # the query as well, only where that is said
        ('inherit = "query:t*"', {"own": 1, "both": "item", "tid": "1"}),
        ('inherit = ["*", "query:*"]', {
            "own": 1, "both": "item", "near": "holder", "device": "d", "tid": "1",
            "holders": [{"near": "holder", "both": "holder", "items": [{"own": 1, "both": "item"}]}],
            "items": [{"own": 1, "both": "item"}],
        }),
    ],
)  # fmt: skip
def test_inheritance(inherit: str, expected: dict[str, Any]):
    body = {
        "device": "d",
        "near": "envelope",
        "holders": [{"near": "holder", "both": "holder", "items": [{"own": 1, "both": "item"}]}],
    }
    lens = f'{BARE}items = "holders / items"\nproperties = "@"\n{inherit}'
    (call,) = calls(lens, json(body, f"{ACME}?tid=1"))
    assert call.properties == expected
    assert call.raw == {"own": 1, "both": "item"}  # as it was sent


@pytest.mark.parametrize(
    ("unpack", "field", "properties"),
    [
        ('data = "json"', '{"x": 1}', {"x": 1}),
        ('data = ["json", "base64 | json"]', base64.b64encode(b'{"x": 1}').decode(), {"x": 1}),
        ('data = "form"', "x=1", {"x": "1"}),
        # there already, or not there
        ('data = "json"', {"x": 1}, {"x": 1}),
        ('data = "json"', None, {}),
    ],
)
def test_fields_that_hold_encoded_data(unpack: str, field: object, properties: dict[str, Any]):
    (call,) = calls(f'{BARE}unpack = {{ {unpack} }}\nproperties = "data"', json({"data": field}))
    assert call.properties == properties


def test_a_field_that_should_be_encoded_and_is_not_is_opaque():
    reading = lens_of(f'{BARE}unpack = {{ data = "json" }}').read(json({"data": "<x/>"}))
    assert (reading.calls, reading.opaque) == ((), "a field that is none of: json")


@pytest.mark.parametrize(
    ("keys", "sent_", "properties", "noise"),
    [
        ("", {"x": "1", "$y": 2}, {"x": "1", "$y": 2}, {}),
        # what the vendor's SDK adds
        ('drop = "$*"', {"x": 1, "$y": 2}, {"x": 1}, {"$y": 2}),
        ('drop = ["lib", "t?"]', {"lib": 1, "t1": 2, "t10": 3}, {"t10": 3}, {"lib": 1, "t1": 2}),
        # what is the caller's
        ('keep = "ep.*"', {"ep.x": 1, "dl": 2}, {"ep.x": 1}, {"dl": 2}),
        ('keep = "*"\ndrop = "x"', {"x": 1, "y": 2}, {"y": 2}, {"x": 1}),
        # prefixes: the longest; globs hold with them and without
        ('strip = ["p.", "p.n."]', {"p.n.x": 1, "p.y": 2, "z": 3}, {"x": 1, "y": 2, "z": 3}, {}),
        ('strip = "p."\nkeep = "p.*"', {"p.x": 1, "y": 2}, {"x": 1}, {"y": 2}),
        ('strip = "p."\nkeep = "x"', {"p.x": 1, "p.y": 2}, {"x": 1}, {"y": 2}),
        ('strip = "p."\ndrop = "x"', {"p.x": 1, "y": 2}, {"y": 2}, {"x": 1}),
        # numbers
        ('numbers = "n*"', {"n1": "49.90", "n2": "many", "s": "5"}, {"n1": 49.9, "n2": "many", "s": "5"}, {}),
        ('strip = ["n.", "s."]\nnumbers = "n.*"', {"n.x": "5", "s.y": "5"}, {"x": 5, "y": "5"}, {}),
        ('cents = ["revenue"]', {"revenue": 4990, "tax": 100}, {"revenue": 49.9, "tax": 100}, {}),
        ('cents = "*"\nnumbers = "*"', {"revenue": "4990"}, {"revenue": 49.9}, {}),
    ],
)
def test_properties(keys: str, sent_: dict[str, Any], properties: dict[str, Any], noise: dict[str, Any]):
    (call,) = calls(f'{BARE}properties = "p"\n{keys}', json({"p": sent_}))
    assert (call.properties, call.noise) == (properties, noise)


@pytest.mark.parametrize(
    ("keys", "item", "seconds"),
    [
        ('time = "t"', {"t": 1767323045678}, 1767323045.678),
        ('time = "t"\ntime_unit = "us"', {"t": "1767323045678000"}, 1767323045.678),
        ('time = ["t", "at"]', {"at": "2026-01-02T03:04:05.678Z"}, 1767323045.678),
        # how long before it was sent, for an item without a time of its own
        ('time = "t"\nsent = "sent"\noffset = "o"', {"sent": 1767323046678, "o": 1000}, 1767323045.678),
        ('time = "t"\nsent = "sent"\noffset = "o"', {"t": 5, "sent": 1767323046678, "o": 1000}, 5.0),
        ('sent = "sent"\noffset = "o"', {"sent": 1767323046678, "o": "0"}, 1767323046.678),
        ('sent = "sent"\noffset = "o"', {"o": 1000}, None),
        ('sent = "sent"\noffset = "o"', {"sent": 1767323046678}, None),
        ("", {"t": 5}, None),
    ],
)
def test_times(keys: str, item: dict[str, Any], seconds: float | None):
    (call,) = calls(BARE + keys, json(item))
    assert call.time == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("keys", "path", "body", "ignored", "opaque"),
    [
        ('ignore = "/v1/m"', "/v1/m", b"no JSON", "a path that the lens ignores", ""),
        ('ignore = ["/config*", "/v1/m"]', "/config/x", b"{}", "a path that the lens ignores", ""),
        ('opaque = { "/rec/*" = "session replay is compressed" }', "/rec/2", b"{}", "", "session replay is compressed"),
        ("", "/v1/t", b"<a/>", "", "4 bytes that are none of: json"),
        ('decode = ["json", "form.e | json"]', "/v1/t", b"e=1x", "", "4 bytes that are none of: json, form.e | json"),
        ('kind = { default = "ignore" }', "/v1/t", b"{}", "no calls among its items", ""),
    ],
)
def test_requests_without_calls(keys: str, path: str, body: bytes, ignored: str, opaque: str):
    reading = lens_of(BARE + keys).read(sent(body, f"https://api.acme.example{path}"))
    assert (reading.calls, reading.ignored, reading.opaque) == ((), ignored, opaque)


@pytest.mark.parametrize(
    ("stub", "status", "content_type", "body"),
    [
        ("stub = { json = { status = 1 } }", 200, "application/json; charset=utf-8", b'{"status":1}'),
        ("stub = { json = [] }", 200, "application/json; charset=utf-8", b"[]"),
        ('stub = { body = "ok" }', 200, "text/plain; charset=utf-8", b"ok"),
        ("stub = { status = 204 }", 204, "text/plain; charset=utf-8", b""),
    ],
)
def test_the_stub_that_keeps_the_vendors_sdk_content(stub: str, status: int, content_type: str, body: bytes):
    response = lens_of(BARE + stub).stub(json({}))
    assert response is not None
    assert (response.status, header(response.headers, "content-type"), response.body) == (status, content_type, body)


def test_without_a_stub_the_lens_has_no_answer():
    assert lens_of(BARE).stub(json({})) is None


@pytest.mark.parametrize(
    ("text", "column", "says", "fix"),
    [
        # keys
        ('kinds = "a"', 1, "kinds: unknown key 'kinds'; did you mean 'kind'?", "the keys here are anonymous,"),
        ('kind = { form = "a" }', 10, "kind.form: unknown key 'form'; did you mean 'from'?", "the keys here are"),
        ("stub = { jsn = 1 }", 10, "stub.jsn: unknown key 'jsn'; did you mean 'json'?", "the keys here are body, json"),
        # types
        ("user = 5", 1, "user: expected an array, got a whole number", ""),
        ('user = ["a", 5]', 14, "user[1]: expected text, got a whole number", 'quote it: "5"'),
        ('names = "a"', 1, "names: expected a table, got text", ""),
        ("kind = 5", 1, "kind.from: expected an array, got a whole number", ""),
        # empty ones
        ("decode = []", 1, "decode: is empty", "give a value"),
        ('decode = ""', 1, "decode: is empty", "give a value"),
        ('items = [""]', 1, "items: is empty", "give a value"),
        # choices
        ('kind = { values = { a = "trak" } }', 21, "kind.values.a: 'trak' is none of its values; did you", "ignore"),
        ('kind = { default = "x" }', 10, "kind.default: 'x' is none of its values", "session, automatic, ignore"),
        ('time_unit = "min"', 1, "time_unit: 'min' is none of its values", "use one of auto, s, ms, us, iso"),
        # decoding steps
        ('decode = "jason"', 1, "decode[0]: 'jason' is no decoding step; did you mean 'json'?", "query or path"),
        ('decode = ["json", "form.x | gzip"]', 19, "decode[1]: 'gzip' is no decoding step", "base64, gunzip,"),
        ('decode = "json | query"', 1, "decode[0]: 'query' is no decoding step", "query or path may come first"),
        ('decode = "json |"', 1, "decode[0]: '' is no decoding step", "steps are json"),
        ('unpack = { a = "query" }', 12, "unpack.a[0]: 'query' is no decoding step", "steps are json"),
        # JMESPath
        ('user = "$id"', 1, "user[0]: '$id' is no JMESPath", "stands in double quotes"),
        ('user = ["id", "a..b"]', 15, "user[1]: 'a..b' is no JMESPath", "stands in double quotes"),
        ('items = "a / b["', 1, "items[0]: 'b[' is no JMESPath", "stands in double quotes"),
        ('when = "envelope:a ="', 1, "when[0]: 'a =' is no JMESPath", "stands in double quotes"),
        ('kind = { from = "a b" }', 10, "kind.from[0]: 'a b' is no JMESPath", "stands in double quotes"),
        (f'user = "{"!" * 5000}a"', 1, "user[0]: '!!", "nested too deeply"),
        # scopes
        ('user = "querry:id"', 1, "user[0]: unknown scope 'querry'; did you mean 'query'?", "are envelope, query,"),
        ('user = "query:"', 1, "user[0]: 'query:' asks for nothing", "name what it is to give"),
        ('user = ""', 1, "user[0]: '' asks for nothing", "name what it is to give"),
        ('kind = "path:last"', 1, "kind.from[0]: 'last' is no number of a segment", "path:-1 the last"),
        ('kind = "path:0"', 1, "kind.from[0]: '0' is no number of a segment", "path:1 is the first segment"),
        # what needs each other, and what does not go together
        ('offset = "o"', 1, "offset: says nothing without `sent`", "time = sent - offset"),
        ('sent = "s"', 1, "sent: says nothing without `offset`", "add `offset = ...`"),
        ('stub = { json = 1, body = "x" }', 20, "stub.body: json and body in one stub", "keep one of them"),
        ("stub = { status = 99 }", 10, "stub.status: 99 is no final HTTP status", "use 200 to 599"),
    ],
)  # fmt: skip
def test_refused(text: str, column: int, says: str, fix: str):
    with pytest.raises(PluginRefused) as caught:
        definitions(plugin_of(BARE + text))
    line = (HEAD + BARE).count("\n") + 2
    assert f"plugin.toml:{line}:{column}: lens[0].{says}" in str(caught.value)
    assert fix in (caught.value.fix or "")
    assert caught.value.exit_code is ExitCode.REFUSED


@pytest.mark.parametrize(
    ("text", "says", "fix"),
    [
        ('host = "a"', "5:1: lens[0]: 'vendor' is missing", "add `vendor = ...`"),
        ('vendor = "a"', "5:1: lens[0]: 'host' is missing", "add `host = ...`"),
        ('vendor = ""\nhost = "a"', "6:1: lens[0].vendor: is empty", "give a value"),
        ('vendor = "a"\nhost = []', "7:1: lens[0].host: is empty", "give a value"),
    ],
)
def test_what_must_be_there(text: str, says: str, fix: str):
    with pytest.raises(PluginRefused) as caught:
        definitions(plugin_of(text))
    assert f"plugin.toml:{says}" in str(caught.value)
    assert fix in (caught.value.fix or "")


def test_the_lens_that_is_wrong_is_named():
    with pytest.raises(PluginRefused, match=r"toml:12:1: lens\[1\]\.user\[0\]: '\$' is no JMESPath"):
        definitions(plugin_of(BARE, BARE + 'user = "$"'))


EXAMPLES = (POSTHOG, GA4, SNOWPLOW, RUDDER, BRAZE, OPTIMIZELY, META, FLOODLIGHT, ADJUST)
LENSES = [lens_of(text) for text in EXAMPLES]
KEYS = "event properties batch data events e ue_pr offset sent_at timestamp $set visitors type userId"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200), st.sampled_from(["/e/", "/g/collect", "/i", "/tr/;a=1;b=2", "/event"]))
@example(b"[" * 100_000, "/e/")
@example(b"1" + b"0" * 4000, "/e/")
def test_no_bytes_make_it_raise(body: bytes, path: str):
    for lens in LENSES:
        for request in (
            sent(body, f"https://x.example{path}?tid=1"),
            sent(b"", f"https://x.example{path}?{quote(body)}"),
        ):
            lens.claims(request)
            assert msgspec.json.encode(lens.read(request))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(json_values)
@example({"batch": [{"event": "x", "timestamp": 10**400, "offset": 10**400, "properties": {"revenue": 10**400}}]})
@example({"visitors": [{"snapshots": [{"events": [{"tags": {"revenue": 10**400}}]}]}]})
def test_no_json_makes_it_raise(value: Any):
    for lens in LENSES:
        assert msgspec.json.encode(lens.read(json(value)))
