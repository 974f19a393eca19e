"""The expect section."""

import msgspec
import pytest

from testbed.errors import Place, PluginRefused
from testbed.scenario.expecting import read_expectations
from testbed.scenario.model import Expectations, ExpectBase, ExpectCall, ExpectDevice, ExpectRequest
from testbed.scenario.tree import read_tree


def expect(text: str) -> Expectations:
    return read_expectations(read_tree(text.encode(), file="f.yaml"))


def unplaced(item: ExpectBase) -> ExpectBase:
    assert isinstance(item.place, Place)
    return msgspec.structs.replace(item, place=None)


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("track", ExpectCall(kind="track")),
        ("track: Signed Up", ExpectCall(kind="track", name="Signed Up")),
        ("page: Home", ExpectCall(kind="page", name="Home")),
        ("page:", ExpectCall(kind="page")),
        ("identify: u1", ExpectCall(kind="identify", user="u1")),
        ("group: g1", ExpectCall(kind="group", group="g1")),
        ("alias: u2", ExpectCall(kind="alias", user="u2")),
        ("track: {$regex: ^Sig}", ExpectCall(kind="track", name={"$regex": "^Sig"})),
        ("identify: {user: u1, traits: {a: 1}}", ExpectCall(kind="identify", user="u1", properties={"a": 1})),
        ("alias: {user: u2, previous: u1}", ExpectCall(kind="alias", user="u2", previous="u1")),
        ("track: {name: X, anonymous: {$any: true}}", ExpectCall(kind="track", name="X", anonymous={"$any": True})),
        (
            "track: {name: X, count: 2, id: x, only: web}",
            ExpectCall(kind="track", name="X", count=2, id="x", only=("web",)),
        ),
        ("track: X\n  id: x\n  only: [web]", ExpectCall(kind="track", name="X", id="x", only=("web",))),
        ("session: {vendor: Amplitude}", ExpectCall(kind="session", vendor="Amplitude")),
    ],
)
def test_reads_vendor_calls(text, call):
    (read,) = expect(f"vendor:\n- {text}").vendor or ()
    assert unplaced(read) == call


def test_reads_segment_calls_with_options():
    (call,) = expect("segment: [track: {name: X, options: {integrations: {Acme: false}}}]").segment or ()
    assert call.options == {"integrations": {"Acme": False}}


@pytest.mark.parametrize(
    ("text", "request_"),
    [
        ("{host: '*.acme.example'}", ExpectRequest(host="*.acme.example")),
        (
            "{method: POST, path: /v1/*, query: {k: v}, headers: {X-A: b}, count: 2}",
            ExpectRequest(method="POST", path="/v1/*", query={"k": "v"}, headers={"X-A": "b"}, count=2),
        ),
        ("{json: {a: {$type: number}}}", ExpectRequest(json={"a": {"$type": "number"}})),
        ("{json: null}", ExpectRequest(json=None)),
        ("{form: {a: '1'}}", ExpectRequest(form={"a": "1"})),
        ("{body: {$regex: x}}", ExpectRequest(body={"$regex": "x"})),
        ("{decoded: {$regex: x}}", ExpectRequest(decoded={"$regex": "x"})),
    ],
)
def test_reads_requests(text, request_):
    (read,) = expect(f"requests: [{text}]").requests
    assert unplaced(read) == request_


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("{cookie: acme}", ExpectDevice(what="cookie", name="acme")),
        (
            "{cookie: acme, attributes: {sameSite: Lax}}",
            ExpectDevice(what="cookie", name="acme", attributes={"sameSite": "Lax"}),
        ),
        ("{storage: k, value: {$type: string}}", ExpectDevice(what="storage", name="k", value={"$type": "string"})),
        ("{global: acme.ready, value: null}", ExpectDevice(what="global", name="acme.ready", value=None)),
        ("{element: '#a', attributes: {href: /}}", ExpectDevice(what="element", name="#a", attributes={"href": "/"})),
        ("{log: {$regex: ready}}", ExpectDevice(what="log", name={"$regex": "ready"})),
    ],
)
def test_reads_device_state(text, device):
    (read,) = expect(f"device: [{text}]").device
    assert unplaced(read) == device


def test_reads_never():
    never = expect("never: {vendor: [track], segment: [track: X], requests: [{host: h}], device: [{cookie: c}]}")
    lists = (never.never_vendor, never.never_segment, never.never_requests, never.never_device)
    assert [len(each) for each in lists] == [1, 1, 1, 1]
    assert never.vendor is None


def test_an_empty_list_is_not_the_same_as_none():
    assert expect("vendor: []").vendor == ()
    assert expect("segment: []").vendor is None
    assert expect("vendor: []").segment is None
    assert expect("segment: []").segment == ()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("vendors: []", "1:1", "expect: unknown key 'vendors'; did you mean 'vendor'?"),
        ("vendor: []\nothers: alow", "2:9", "expect.others: needs `fail` or `allow`"),
        ("others: allow", "1:9", "says nothing without `vendor`"),
        ("vendor: [trak: X]", "1:10", "expect.vendor[0]: unknown call 'trak'; did you mean 'track'?"),
        ("vendor: [{track: X, page: Y}]", "1:10", "an expected call is one key"),
        ("segment: [session]", "1:11", "unknown call 'session'"),
        # fields
        ("vendor: [track: {event: X}]", "1:18", "unknown key 'event'; did you mean 'name'?"),
        ("vendor: [track: {propertes: {}}]", "1:18", "did you mean 'properties'?"),
        ("vendor: [track: {properties: 3}]", "1:30", "properties: needs a mapping, not a number"),
        ("vendor: [identify: {traits: {}, properties: {}}]", "1:21", "one thing"),
        ("vendor: [track: {count: 0}]", "1:25", "count: needs 1 or more"),
        ("vendor: [track: {count: two}]", "1:25", "count: needs a whole number, not text"),
        ("vendor: [track: {options: {}}]", "1:18", "unknown key 'options'"),
        ("vendor: [track: {user: null}]", "1:24", "expect.vendor[0].track.user: needs a value"),
        ("vendor: [track: {name: }]", "1:23", "expect.vendor[0].track.name: needs a value"),
        ("segment: [track: {options: {integration: {}}}]", "1:29", "did you mean 'integrations'?"),
        # matchers, wherever they stand
        ("vendor: [track: {name: {$regx: a}}]", "1:25", "expect.vendor[0].track.name.$regx: unknown matcher '$regx'"),
        ("vendor: [track: {properties: {a: [{$tpe: b}]}}]", "1:36", "properties.a[0].$tpe: unknown matcher"),
        ("requests: [{json: {a: {$between: [2]}}}]", "1:24", "json.a.$between: $between: needs two"),
        ("device: [{cookie: a, value: {$regex: '('}}]", "1:30", "not a regular expression"),
        # requests
        ("requests: [{hosts: a}]", "1:13", "did you mean 'host'?"),
        ("requests: [{json: 1, form: {}}]", "1:12", "read the same bytes"),
        ("requests: [{count: -1}]", "1:20", "needs 0 or more"),
        # device
        ("device: [{value: 1}]", "1:10", "needs one of element, cookie, storage, global, log"),
        ("device: [{cookie: a, storage: b}]", "1:10", "needs one of"),
        ("device: [{cookie: {$any: true}}]", "1:19", "needs text"),
        ("device: [{storage: a, attributes: {}}]", "1:23", "only an element or a cookie has attributes"),
        ("device: [{cookie: a, attributes: {samesite: Lax}}]", "1:35", "did you mean 'sameSite'?"),
        ("device: [{log: a, value: b}]", "1:19", "a log line has no value"),
        # ids
        ("vendor: [track: {id: x}]\nnever: {vendor: [page: {id: x}]}", "2:18", "two expectations with the id 'x'"),
        ("never: {others: allow}", "1:9", "expect.never: unknown key 'others'"),
    ],
)  # fmt: skip
def test_explains_a_mistake(text, place, message):
    with pytest.raises(PluginRefused) as caught:
        expect(text)
    assert message in caught.value.message
    assert str(caught.value.place) == f"f.yaml:{place}"
