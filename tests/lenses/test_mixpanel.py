"""The Mixpanel lens: each SDK's bytes, what their items mean, what their order shows, and bytes that are nothing."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from testbed.http import Headers, Request
from testbed.lenses.api import Kind, Reading, VendorCall
from testbed.lenses.decode import Undecodable, decode
from testbed.lenses.mixpanel import DECODE, OPERATORS, Mixpanel
from tests.lenses.wire import said

LENS = Mixpanel()

JSON = (
    b'[{"event":"Article Read","properties":{"token":"t","distinct_id":"u1","time":1795568851.962,'
    b'"title":"A+B=\xc3\xa9"}}]'
)
PLAIN = base64.b64encode(JSON)
FORM: Headers = (("content-type", "application/x-www-form-urlencoded"),)
GZIP: Headers = (("content-encoding", "gzip"),)

IDS = {"token": "t", "$device_id": "d1"}
VISITOR = {**IDS, "distinct_id": "$device:d1"}
USER = {**IDS, "distinct_id": "u1", "$user_id": "u1"}


def post(endpoint: str, body: bytes, headers: Headers = FORM, host: str = "api-js.mixpanel.com") -> Request:
    return Request.get(f"https://{host}/{endpoint}", method="POST", headers=headers, body=body)


def web(endpoint: str, *items: Any) -> Reading:
    """What the lens makes of `items` as the web SDK batches them."""
    form = "data=" + quote(msgspec.json.encode(items), safe="")
    return LENS.read(post(f"{endpoint}/?verbose=1&ip=1&_=1795568856960", form.encode()))


def only(endpoint: str, item: Any) -> VendorCall:
    """The one call that the item is."""
    reading = web(endpoint, item)
    assert reading.opaque == ""
    (call,) = reading.calls
    return call


@pytest.mark.parametrize(
    "request_",
    [
        # web, batched: JSON in a form; and the same as a beacon, which is text
        post("track/?verbose=1&ip=1&_=1795568856960", b"data=" + quote(JSON, safe="").encode()),
        post("track/?verbose=1&ip=1&_=1", b"data=" + quote(JSON, safe="").encode(), (("content-type", "text/plain"),)),
        # web, batch_requests: false: one item by itself
        post("track/?verbose=1", b"data=" + quote(JSON[1:-1], safe="").encode()),
        # web, a host of the customer's: base64, found by what is in it
        post("track/?verbose=1", b"data=" + quote(PLAIN, safe="").encode(), host="mp.shop.example"),
        post("a/proxy/track/?verbose=1", b"data=" + quote(PLAIN, safe="").encode(), host="www.shop.example"),
        # web, api_method: GET, with either payload
        Request.get(f"https://api-js.mixpanel.com/track/?data={quote(JSON, safe='')}&ip=1&_=1795568856960"),
        Request.get(f"https://api-js.mixpanel.com/track/?data={quote(PLAIN, safe='')}&ip=1&img=1"),
        # Android: base64 in a form, with `verbose` there when it debugs, and gzip over it all where that is turned on
        post("track/?ip=1", b"verbose=1&data=" + quote(PLAIN, safe="").encode(), host="api.mixpanel.com"),
        post("track/", gzip.compress(b"data=" + quote(PLAIN, safe="").encode()), GZIP, host="api.mixpanel.com"),
        # a form whose pluses nobody escaped
        post("track/", b"data=" + base64.b64encode(JSON).replace(b"+", b" "), host="api.mixpanel.com"),
        # Swift: JSON, with gzip where that is turned on; and gzip that nothing announces
        post("track/?ip=1", JSON, (("content-type", "application/json"),), host="api-eu.mixpanel.com"),
        post("track/?ip=1", gzip.compress(JSON), GZIP, host="api-in.mixpanel.com"),
        post("track", gzip.compress(JSON), host="api.mixpanel.com"),
    ],
)  # fmt: skip
def test_every_sdk_says_the_same(request_: Request):
    assert LENS.claims(request_)
    reading = LENS.read(request_)
    assert (reading.vendor, reading.opaque, reading.ignored) == ("mixpanel", "", "")
    assert [said(call) for call in reading.calls] == [
        {"kind": "track", "name": "Article Read", "user": "u1", "properties": {"title": "A+B=é"}}
    ]


@pytest.mark.parametrize(
    ("item", "meaning"),
    [
        # a track: the caller's own properties, of whatever shape
        (
            {"event": "Order Completed", "properties": {**USER, "revenue": 25, "products": [{"sku": "a"}], "n": None}},
            {"kind": "track", "name": "Order Completed", "user": "u1", "anonymous": "d1",
             "properties": {"revenue": 25, "products": [{"sku": "a"}], "n": None}},
        ),
        ({"event": "Bare", "properties": VISITOR}, {"kind": "track", "name": "Bare", "anonymous": "d1"}),
        ({"event": "No properties"}, {"kind": "track", "name": "No properties"}),
        ({"event": "Odd", "properties": ["a"]}, {"kind": "track", "name": "Odd"}),
        # a caller's words for where he comes from are his, though the SDK adds the same from the URL
        (
            {"event": "Seen", "properties": {**USER, "utm_source": "mail", "current_domain": "shop.example"}},
            {"kind": "track", "name": "Seen", "user": "u1", "anonymous": "d1",
             "properties": {"utm_source": "mail", "current_domain": "shop.example"}},
        ),
        # an event that nobody knows is somebody's, whatever it begins with
        ({"event": "$mine", "properties": USER}, {"kind": "track", "name": "$mine", "user": "u1", "anonymous": "d1"}),
        # identify: web names the device before; mobile SDKs the same
        (
            {"event": "$identify", "properties": {**USER, "$anon_distinct_id": "$device:d1", "plan": "pro"}},
            {"kind": "identify", "user": "u1", "anonymous": "d1"},
        ),
        (
            {"event": "$identify", "properties": {"distinct_id": "u1", "$anon_distinct_id": "$device:d2"}},
            {"kind": "identify", "user": "u1", "anonymous": "d2"},
        ),
        # alias: of two users, and of a visitor
        (
            {"event": "$create_alias", "properties": {**IDS, "distinct_id": "u1", "alias": "u2"}},
            {"kind": "alias", "user": "u2", "previous": "u1", "anonymous": "d1"},
        ),
        (
            {"event": "$create_alias", "properties": {**VISITOR, "alias": "u1"}},
            {"kind": "alias", "user": "u1", "previous": "$device:d1", "anonymous": "d1"},
        ),
        # track_pageview: which page it was stays, how it was reached does not
        (
            {"event": "$mp_web_page_view", "properties": {
                **USER, "current_page_title": "Shop", "current_url_path": "/a", "current_domain": "shop.example",
                "current_url_protocol": "https:", "current_url_search": "?b", "plans": 3}},
            {"kind": "page", "user": "u1", "anonymous": "d1",
             "properties": {"current_page_title": "Shop", "current_url_path": "/a", "plans": 3}},
        ),
        # what SDKs send unasked
        ({"event": "$opt_in"}, {"kind": "automatic", "name": "$opt_in"}),
        ({"event": "$mp_click"}, {"kind": "automatic", "name": "$mp_click"}),
        ({"event": "$mp_page_leave"}, {"kind": "automatic", "name": "$mp_page_leave"}),
        ({"event": "$ae_first_open"}, {"kind": "automatic", "name": "$ae_first_open"}),
        # Android tells Mixpanel itself, once a device; somebody else's event may be called so too
        (
            {"event": "Integration", "properties": {"token": "85053bf24bba75239b16a601d9387e17", "distinct_id": "t"}},
            {"kind": "automatic", "name": "Integration", "user": "t"},
        ),
        (
            {"event": "Integration", "properties": {"token": "t", "distinct_id": "u1"}},
            {"kind": "track", "name": "Integration", "user": "u1"},
        ),
        ({"event": "$app_open"}, {"kind": "automatic", "name": "$app_open"}),
        ({"event": "$experiment_started"}, {"kind": "automatic", "name": "$experiment_started"}),
        (
            {"event": "$ae_session", "properties": {"$ae_session_length": 12.5}},
            {"kind": "session", "name": "$ae_session"},
        ),
    ],
)  # fmt: skip
def test_events(item: Any, meaning: dict[str, Any]):
    assert said(only("track", item)) == meaning


@pytest.mark.parametrize(
    ("ids", "user", "anonymous"),
    [
        # nobody yet
        ({"distinct_id": "$device:d1", "$device_id": "d1"}, None, "d1"),
        ({"distinct_id": "$device:d1"}, None, "d1"),
        # before the prefix there was the bare id of the device
        ({"distinct_id": "d1", "$device_id": "d1"}, None, "d1"),
        # identified; a number is as good an id as text
        ({"distinct_id": "u1", "$device_id": "d1", "$user_id": "u1"}, "u1", "d1"),
        ({"distinct_id": 7, "$device_id": "d1"}, "7", "d1"),
        ({"distinct_id": "u1"}, "u1", None),
        # after alias(), the web SDK keeps the distinct id
        ({"distinct_id": "$device:d1", "$device_id": "d1", "$user_id": "u2"}, "u2", "d1"),
        # a user from before the SDK knew devices, whose id then stands for the device as well
        ({"distinct_id": "u1", "$device_id": "u1", "$had_persisted_distinct_id": True}, "u1", "u1"),
        # React Native writes null for what is not known
        ({"distinct_id": "$device:d1", "$device_id": "d1", "$user_id": None}, None, "d1"),
        ({"$device_id": None}, None, None),
        ({}, None, None),
    ],
)
def test_who_is_meant(ids: dict[str, Any], user: str | None, anonymous: str | None):
    event = only("track", {"event": "Article Read", "properties": ids})
    assert (event.user, event.anonymous) == (user, anonymous)
    of_profile = {"$distinct_id" if key == "distinct_id" else key: value for key, value in ids.items()}
    update = only("engage", {"$token": "t", **of_profile, "$set": {"plan": "pro"}})
    assert (update.user, update.anonymous) == (user, anonymous)


@pytest.mark.parametrize(
    ("update", "kind", "properties", "noise"),
    [
        # web: the browser in each $set, the referrer and the first campaign in a $set_once of their own
        (
            {"$set": {"$os": "Linux", "$browser": "Chrome", "$browser_version": 156, "$email": "a@b.example", "n": 3}},
            Kind.IDENTIFY, {"$email": "a@b.example", "n": 3},
            {"$os": "Linux", "$browser": "Chrome", "$browser_version": 156},
        ),
        ({"$set": {"$browser": "Chrome"}}, Kind.AUTOMATIC, {}, {"$browser": "Chrome"}),
        (
            {"$set_once": {"$initial_referrer": "$direct", "$initial_referring_domain": "$direct"}},
            Kind.AUTOMATIC, {},
            {"$set_once": {"$initial_referrer": "$direct", "$initial_referring_domain": "$direct"}},
        ),
        (
            {"$set_once": {"initial_utm_source": "mail", "initial_utm_medium": None}},
            Kind.AUTOMATIC, {}, {"$set_once": {"initial_utm_source": "mail", "initial_utm_medium": None}},
        ),
        (
            {"$set_once": {"$initial_referrer": "$direct", "first": 1}},
            Kind.IDENTIFY, {"$set_once": {"first": 1}}, {"$set_once": {"$initial_referrer": "$direct"}},
        ),
        # Android and Swift: the device; but a push token is somebody's doing
        (
            {"$set": {"$android_os": "Android", "$android_model": "Pixel 8", "$name": "Ada"}},
            Kind.IDENTIFY, {"$name": "Ada"}, {"$android_os": "Android", "$android_model": "Pixel 8"},
        ),
        (
            {"$set": {"$ios_version": "16.4", "$swift_lib_version": "4.2.0", "$name": "Ada"}},
            Kind.IDENTIFY, {"$name": "Ada"}, {"$ios_version": "16.4", "$swift_lib_version": "4.2.0"},
        ),
        (
            {"$set_once": {"$ios_version": "16.4", "first": 1}},
            Kind.IDENTIFY, {"$set_once": {"first": 1}}, {"$set_once": {"$ios_version": "16.4"}},
        ),
        ({"$union": {"$ios_devices": ["t"]}}, Kind.IDENTIFY, {"$union": {"$ios_devices": ["t"]}}, {}),
        ({"$add": {"$ae_total_app_sessions": 1}}, Kind.AUTOMATIC, {}, {"$add": {"$ae_total_app_sessions": 1}}),
        # every operator under its own name
        ({"$unset": ["a", "b"]}, Kind.IDENTIFY, {"$unset": ["a", "b"]}, {}),
        ({"$add": {"logins": 1}}, Kind.IDENTIFY, {"$add": {"logins": 1}}, {}),
        ({"$append": {"seen": "a"}}, Kind.IDENTIFY, {"$append": {"seen": "a"}}, {}),
        ({"$remove": {"seen": "a"}}, Kind.IDENTIFY, {"$remove": {"seen": "a"}}, {}),
        ({"$union": {"tags": ["a"]}}, Kind.IDENTIFY, {"$union": {"tags": ["a"]}}, {}),
        ({"$merge": {"a": {"b": 1}}}, Kind.IDENTIFY, {"$merge": {"a": {"b": 1}}}, {}),
        # a deleted profile: web says whose, the others nothing, in three ways
        ({"$delete": "u1"}, Kind.IDENTIFY, {"$delete": "u1"}, {}),
        ({"$delete": ""}, Kind.IDENTIFY, {"$delete": ""}, {}),
        ({"$delete": None}, Kind.IDENTIFY, {"$delete": None}, {}),
        ({"$delete": {}}, Kind.IDENTIFY, {"$delete": {}}, {}),
        # nothing at all
        ({"$set": {}}, Kind.AUTOMATIC, {}, {}),
        ({"$set": None}, Kind.AUTOMATIC, {}, {}),
        ({"$add": {}}, Kind.AUTOMATIC, {}, {}),
        ({}, Kind.AUTOMATIC, {}, {}),
    ],
)  # fmt: skip
def test_profiles(update: dict[str, Any], kind: Kind, properties: dict[str, Any], noise: dict[str, Any]):
    call = only("engage", {"$token": "t", "$distinct_id": "u1", "$device_id": "d1", "$user_id": "u1", **update})
    assert (call.kind, call.user, call.anonymous) == (kind, "u1", "d1")
    assert (call.properties, call.noise) == (properties, noise)


def test_a_charge_is_something_that_happened():
    charge = {"$amount": 25, "$time": "2026-01-02T03:04:05", "plan": "pro"}  # Android, People.trackCharge
    append = {"$append": {"$transactions": charge}}
    item = {"$token": "t", "$distinct_id": "u1", "$time": 1795568851962, **append}
    assert said(only("engage", item)) == {
        "kind": "track", "name": "$transactions", "user": "u1", "properties": {"revenue": 25, "plan": "pro"},
    }  # fmt: skip
    # What else is appended with it is still told.
    item["$append"] = {"$transactions": charge, "seen": "a"}
    rest, paid = web("engage", item).calls
    assert (rest.kind, rest.properties) == (Kind.IDENTIFY, {"$append": {"seen": "a"}})
    assert (paid.kind, paid.properties) == (Kind.TRACK, {"revenue": 25, "plan": "pro"})
    # Taking them all back (clear_charges) is no charge.
    assert only("engage", {"$token": "t", "$set": {"$transactions": []}}).kind is Kind.IDENTIFY


@pytest.mark.parametrize(
    ("update", "group", "properties"),
    [
        ({"$group_id": "g1", "$set": {"$name": "Initech", "n": 329}}, "g1", {"$name": "Initech", "n": 329}),
        ({"$group_id": "g1", "$set": {}}, "g1", {}),
        ({"$group_id": 7, "$set_once": {"a": 1}}, "7", {"$set_once": {"a": 1}}),
        ({"$group_id": "g1", "$unset": ["a"]}, "g1", {"$unset": ["a"]}),
        ({"$group_id": "g1", "$union": {"a": [1]}}, "g1", {"$union": {"a": [1]}}),
        ({"$group_id": "g1", "$remove": {"a": 1}}, "g1", {"$remove": {"a": 1}}),
        ({"$group_id": "g1", "$delete": ""}, "g1", {"$delete": ""}),
        ({"$group_id": "g1", "$delete": None}, "g1", {"$delete": None}),
    ],
)  # fmt: skip
def test_groups(update: dict[str, Any], group: str, properties: dict[str, Any]):
    call = only("groups", {"$token": "t", "$group_key": "company", **update})
    assert (call.kind, call.group, call.user) == (Kind.GROUP, group, None)
    assert (call.properties, call.noise) == (properties, {"$group_key": "company"})


def test_what_the_sdk_adds_to_an_event_is_noise():
    added = {
        "$os": "Linux", "$browser": "Chrome", "$current_url": "https://www.shop.example/", "$browser_version": 156,
        "$screen_height": 800, "$screen_width": 1280, "mp_lib": "web", "$lib_version": "2.83.0",
        "$insert_id": "i9rohbm8mo6mkpyh", "time": 1795568851.962, "$initial_referrer": "$direct",
        "token": "t", "mp_sent_by_lib_version": "2.83.0", "$duration": 1.5, "$email": "a@b.example", **USER,
    }  # fmt: skip
    call = only("track", {"event": "Article Read", "properties": {**added, "title": "A"}})
    assert call.properties == {"title": "A"}
    assert call.noise == added


@pytest.mark.parametrize(
    ("endpoint", "item", "time"),
    [
        # web: seconds; mobile: milliseconds; and text, which a caller may give
        ("track", {"event": "A", "properties": {"time": 1795568851.962}}, 1795568851.962),
        ("track", {"event": "A", "properties": {"time": 1795568851}}, 1795568851.0),
        ("track", {"event": "A", "properties": {"time": 1795568851962}}, 1795568851.962),
        ("track", {"event": "A", "properties": {"time": "2026-01-02T03:04:05.678Z"}}, 1767323045.678),
        ("track", {"event": "A", "properties": {"time": "half past ten"}}, None),
        ("track", {"event": "A"}, None),
        ("engage", {"$token": "t", "$set": {"a": 1}, "$time": 1795568851962}, 1795568851.962),
        ("engage", {"$token": "t", "$set": {"a": 1}}, None),
        ("groups", {"$group_key": "k", "$group_id": "g", "$set": {}, "$time": 1795568851962}, 1795568851.962),
    ],
)
def test_times(endpoint: str, item: Any, time: float | None):
    assert only(endpoint, item).time == time


@pytest.mark.parametrize(
    ("endpoint", "item", "dedupe"),
    [
        ("track", {"event": "A", "properties": {"$insert_id": "i9rohbm8mo6mkpyh"}}, "i9rohbm8mo6mkpyh"),
        ("track", {"event": "A", "$mp_metadata": {"$mp_event_id": "5ca1ab1e", "$mp_session_seq_id": 3}}, "5ca1ab1e"),
        ("track", {"event": "A", "$mp_metadata": None}, None),
        ("engage", {"$token": "t", "$set": {"a": 1}, "$mp_metadata": {"$mp_event_id": "5ca1ab1e"}}, "5ca1ab1e"),
        ("engage", {"$token": "t", "$set": {"a": 1}}, None),
        ("groups", {"$group_key": "k", "$mp_metadata": {"$mp_event_id": "5ca1ab1e"}}, "5ca1ab1e"),
    ],
)
def test_what_tells_a_copy(endpoint: str, item: Any, dedupe: str | None):
    assert only(endpoint, item).dedupe == dedupe


def identified(user: str, time: float, lib: str = "web") -> Any:
    ids = {"distinct_id": user, "$anon_distinct_id": "$device:d1", "$device_id": "d1"}
    return {"event": "$identify", "properties": {**ids, "time": time, "mp_lib": lib}}


def aliased(user: str, time: float, lib: str = "web") -> Any:
    return {"event": "$create_alias", "properties": {**VISITOR, "alias": user, "time": time, "mp_lib": lib}}


@pytest.mark.parametrize(
    ("events", "kinds"),
    [
        # the web SDK's alias() identifies as well, once; Segment's published integration names the library otherwise
        ([aliased("u1", 10), identified("u1", 11)], ["alias", "automatic"]),
        ([aliased("u1", 10, "Segment: web"), identified("u1", 11, "Segment: web")], ["alias", "automatic"]),
        # a second time is the caller's
        ([aliased("u1", 10), identified("u1", 11), identified("u1", 12)], ["alias", "automatic", "identify"]),
        # so is one of before, even where a later batch overtook it
        ([identified("u1", 9), aliased("u1", 10)], ["identify", "alias"]),
        ([aliased("u1", 10), identified("u1", 9)], ["alias", "identify"]),
        # and one of somebody else, or anything else of his
        ([aliased("u1", 10), identified("u2", 11)], ["alias", "identify"]),
        ([aliased("u1", 10), {"event": "A", "properties": {"distinct_id": "u1", "time": 11}}], ["alias", "track"]),
        # the mobile SDKs do not do that
        ([aliased("u1", 10, "android"), identified("u1", 11, "android")], ["alias", "identify"]),
        ([aliased("u1", 10, "swift"), identified("u1", 11, "swift")], ["alias", "identify"]),
    ],
)
def test_an_alias_on_the_web_identifies_unasked(events: list[Any], kinds: list[str]):
    assert [str(call.kind) for call in LENS.relate(list(web("track", *events).calls))] == kinds


GROUP = {"$token": "t", "$group_key": "company", "$group_id": "g1", "$set": {"$name": "Initech"}}
OF_USER = {"$token": "t", "$distinct_id": "u1", "$device_id": "d1"}


@pytest.mark.parametrize(
    ("update", "meanings"),
    [
        # set_group, add_group
        ({"$set": {"company": ["g1"], "$browser": "Chrome"}}, [("group", "g1", {})]),
        ({"$union": {"company": ["g1"]}}, [("group", "g1", {})]),
        # held back until identify(), the web SDK merges it with what else was set
        ({"$set": {"company": ["g1"], "plan": "pro"}}, [("group", "g1", {}), ("identify", None, {"plan": "pro"})]),
        (
            {"$union": {"company": ["g1"], "tags": ["a"]}},
            [("group", "g1", {}), ("identify", None, {"$union": {"tags": ["a"]}})],
        ),
        # a trait that only looks like it
        ({"$set": {"company": ["g2"]}}, [("identify", None, {"company": ["g2"]})]),
        ({"$set": {"company": ["g1", "g2"]}}, [("identify", None, {"company": ["g1", "g2"]})]),
        ({"$set": {"company": "g1"}}, [("identify", None, {"company": "g1"})]),
        ({"$set": {"company": 1}}, [("identify", None, {"company": 1})]),
        ({"$set": {"company": []}}, [("identify", None, {"company": []})]),
        ({"$set": {"tags": ["g1"]}}, [("identify", None, {"tags": ["g1"]})]),
        ({"$set": {"company": [["g1"]]}}, [("identify", None, {"company": [["g1"]]})]),
        ({"$remove": {"company": "g1"}}, [("identify", None, {"$remove": {"company": "g1"}})]),
    ],
)
@pytest.mark.parametrize("group_first", [True, False])
def test_a_user_joins_a_group(update: dict[str, Any], meanings: list[Any], group_first: bool):
    group, written = only("groups", GROUP), only("engage", {**OF_USER, **update})
    related = LENS.relate([group, written] if group_first else [written, group])
    told = [call for call in related if call != group]
    assert len(told) == len(related) - 1
    assert [(str(call.kind), call.group, call.properties) for call in told] == meanings
    assert {call.user for call in told} == {"u1"}


def test_an_event_that_counts_for_a_group_is_an_event():
    calls = [only("groups", GROUP), only("track", {"event": "Report Filed", "properties": {"company": ["g1"]}})]
    assert LENS.relate(calls) == calls


def test_without_a_groups_profile_nothing_tells_a_membership_from_a_trait():
    written = only("engage", {**OF_USER, "$set": {"company": ["g1"]}})
    assert LENS.relate([written]) == [written]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        # nothing, and what is no encoding that any SDK uses
        (post("track/", b""), "none of"),
        (post("track/", b"\xff\xfe\x00"), "none of"),
        (post("track/", b"data="), "none of"),
        (post("track/", b"data=%5B%7B"), "none of"),
        (post("track/", b"other=1"), "none of"),
        (post("track/", gzip.compress(JSON)[:-9], GZIP), "none of"),
        (post("track/", b"\x1f\x8b" + JSON), "none of"),
        (post("track/", b"data=" + base64.b64encode(b"\xff")), "none of"),
        (Request.get("https://api-js.mixpanel.com/track/?ip=1"), "none of"),
        # JSON that is no batch
        (post("track/", b"1"), "1 of 1 items"),
        (post("track/", b'"text"'), "1 of 1 items"),
        (post("track/", b'{"no":"event"}'), "'event'"),
        (post("engage/", b'[{"$set":{}}]'), "'$token'"),
        (post("groups/", b'[{"$token":"t"}]'), "'$group_key'"),
        (post("track/", b"[null,[]]"), "2 of 2 items"),
    ],
)
def test_what_cannot_be_read_is_opaque(request_: Request, reason: str):
    reading = LENS.read(request_)
    assert reason in reading.opaque
    assert reading.calls == ()


def test_an_odd_item_does_not_hide_the_others():
    reading = web("track", {"event": "Article Read"}, "odd", {"event": "Article Shared"})
    assert [call.name for call in reading.calls] == ["Article Read", "Article Shared"]
    assert "1 of 3" in reading.opaque


def test_an_empty_batch_says_nothing():
    assert web("track") == Reading(vendor="mixpanel")


@pytest.mark.parametrize("endpoint", ["flags/", "settings/?sdk_config=1", "record/", "decide?version=1", ""])
def test_other_endpoints_carry_no_call(endpoint: str):
    reading = LENS.read(post(endpoint, b"\xff"))
    assert reading.ignored
    assert (reading.calls, reading.opaque) == ((), "")


@pytest.mark.parametrize(
    ("request_", "claimed"),
    [
        (post("track/", b""), True),
        (post("record/", b"", host="api-js.mixpanel.com"), True),
        (Request.get("https://cdn.mxpnl.com/libs/mixpanel-recorder.min.js"), True),
        (post("engage/", b'[{"$token":"t"}]', host="shop.example"), True),
        # others' hosts, and others' bodies on the same paths
        (post("track/", b"", host="notmixpanel.com"), False),
        (post("track/", b"", host="mixpanel.com.shop.example"), False),
        (post("track/", b'{"events":[]}', host="shop.example"), False),
        (post("engage/", b"\xff", host="shop.example"), False),
        (post("", JSON, host="shop.example"), False),
        # a preflight is the browser's
        (Request.get("https://api-js.mixpanel.com/track/", method="OPTIONS"), False),
    ],
)
def test_whose_request_it_is(request_: Request, claimed: bool):
    assert LENS.claims(request_) is claimed


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        # the web SDK asks for words and parses them; the mobile ones read a number
        (post("track/?verbose=1&ip=1", JSON), {"status": 1, "error": None}),
        (post("engage/?verbose=1", JSON), {"status": 1, "error": None}),
        (post("groups/?verbose=1", JSON), {"status": 1, "error": None}),
        (post("track/?ip=1", JSON, host="api.mixpanel.com"), 1),
        (post("engage/", b"", host="api.mixpanel.com"), 1),
        (post("record/?seq=0", b""), 1),
        # without a `flags` the web SDK throws; `sdk_config` likewise is what it looks for
        (Request.get("https://api-js.mixpanel.com/flags/?token=t"), {"flags": {}}),
        (Request.get("https://api-js.mixpanel.com/settings/?sdk_config=1"), {"sdk_config": {"config": {}}}),
        # a proxy of the customer's answers like Mixpanel
        (post("track/?verbose=1", JSON, host="mp.shop.example"), {"status": 1, "error": None}),
    ],
)
def test_stubs(request_: Request, body: Any):
    response = LENS.stub(request_)
    assert response is not None
    assert response.status == 200
    assert msgspec.json.decode(response.content) == body


@pytest.mark.parametrize(
    "request_",
    [
        Request.get("https://cdn.mxpnl.com/libs/mixpanel-recorder.min.js"),
        Request.get("https://mixpanel.com/"),
        post("track/", b"", host="shop.example"),
    ],
)
def test_no_stub(request_: Request):
    assert LENS.stub(request_) is None


ENDPOINTS = st.sampled_from(["track", "engage", "groups"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(
    SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3), max_leaves=6
)
NAMES = st.sampled_from([
    "event", "properties", "$token", "$group_key", "$group_id", "$distinct_id", "distinct_id", "$device_id", "$user_id",
    "alias", "time", "$time", "$insert_id", "$mp_metadata", "$transactions", "company", "$set", *OPERATORS,
])  # fmt: skip
ITEMS = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, max_size=4))


@given(ENDPOINTS, st.binary() | st.binary().map(gzip.compress) | st.binary().map(lambda each: b"data=" + each))
def test_bytes_never_raise_and_are_never_passed_over(endpoint: str, body: bytes):
    request = post(f"{endpoint}/", body)
    assert LENS.claims(request)
    LENS.stub(request)
    reading = LENS.read(request)
    try:
        found = decode(request, DECODE)
    except Undecodable:
        assert reading.opaque
    else:
        assert reading.calls or reading.opaque or found == []


@given(st.lists(st.tuples(ENDPOINTS, st.lists(ITEMS, max_size=3)), max_size=3))
def test_json_never_raises_and_every_item_says_something(batches: list[tuple[str, list[dict[str, Any]]]]):
    readings = [LENS.read(post(f"{endpoint}/", json.dumps(items).encode())) for endpoint, items in batches]
    for (_, items), reading in zip(batches, readings, strict=True):
        assert len(reading.calls) >= len(items) or reading.opaque
    calls = [call for reading in readings for call in reading.calls]
    assert len(LENS.relate(calls)) >= len(calls)
