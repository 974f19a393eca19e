"""Decoding: every step, pipelines in order, and bytes that are nothing at all."""

from __future__ import annotations

import base64
import gzip
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from testbed.http import Headers, Request
from testbed.lenses.decode import ORIGINS, STEPS, Undecodable, decode, decode_value, run

EVENT = {"event": "Signed Up?", "n": 1}
JSON = msgspec.json.encode(EVENT)
PLAIN = base64.b64encode(JSON)
HARD = b'{"x":"\xc2\xbf~>?"}'  # its base64 has a plus and a slash
GZIP = ("content-encoding", "gzip")


def request(body: bytes = b"", url: str = "https://a.example/", headers: Headers = ()) -> Request:
    return Request.get(url, method="POST", headers=headers, body=body)


@pytest.mark.parametrize(
    ("pipeline", "body", "value"),
    [
        # json
        ("json", JSON, EVENT),
        ("json", b" [1, 2] ", [1, 2]),
        ("json.event", JSON, "Signed Up?"),
        ("json.a.b", b'{"a.b": 1}', 1),
        ("json.a | json", b'[{"a": "1"}, {"a": "2"}]', [1, 2]),
        # base64: standard, URL-safe, without padding, with spaces for pluses, with white space around it
        ("base64 | json", PLAIN, EVENT),
        ("base64 | json", PLAIN.rstrip(b"="), EVENT),
        ("base64 | json", base64.urlsafe_b64encode(HARD), {"x": "\xbf~>?"}),
        ("base64 | json", base64.b64encode(HARD).replace(b"+", b" "), {"x": "\xbf~>?"}),
        ("base64 | json", b"\n" + PLAIN + b"\n", EVENT),
        ("base64", base64.b64encode(b"text"), "text"),
        # gzip within
        ("base64 | gunzip | json", base64.b64encode(gzip.compress(JSON)), EVENT),
        # percent-encoding
        ("percent | json", quote(JSON).encode(), EVENT),
        # forms
        ("form", b"a=1&b=&c=%20x+y", {"a": "1", "b": "", "c": " x y"}),
        ("form.data | json", b"v=1&data=" + quote(JSON).encode(), EVENT),
        ("form.data | base64 | json", b"data=" + quote(PLAIN).encode(), EVENT),
        ("form.data | base64 | json", b"data=" + base64.b64encode(HARD), {"x": "\xbf~>?"}),  # + left as it was
        # lines, and steps that are done to each
        ("lines", b"a\r\nb\n\nc\n", ["a", "b", "c"]),
        ("lines | json", b'{"a":1}\n{"a":2}', [{"a": 1}, {"a": 2}]),
        ("lines | form", b"en=a&x=1\nen=b", [{"en": "a", "x": "1"}, {"en": "b"}]),
        # matrix parameters
        ("matrix", b"event=purchase;value=9.5;note=a%3Bb", {"event": "purchase", "value": "9.5", "note": "a;b"}),
        ("matrix", b"/activityi;src=1;u1=%C3%A9;ord=2?", {"src": "1", "u1": "é", "ord": "2?"}),
        # keys in brackets
        ("form | brackets", b"ev=A&cd[v]=1&cd[a][b]=2", {"ev": "A", "cd": {"v": "1", "a": {"b": "2"}}}),
        ("form | brackets", b"x[]=3&[y]=4&z[=5", {"x[]": "3", "[y]": "4", "z[": "5"}),
        ("form | brackets", b"cd=1&cd[a]=2", {"cd": {"a": "2"}}),
        ("form | brackets", b"cd[a]=2&cd=1", {"cd": "1"}),
        ("lines | form | brackets", b"a[b]=1\na[c]=2", [{"a": {"b": "1"}}, {"a": {"c": "2"}}]),
    ],
)
def test_steps(pipeline: str, body: bytes, value: Any):
    assert run(request(body), pipeline) == value


@pytest.mark.parametrize(
    ("pipeline", "url", "value"),
    [
        ("query", "https://a.example/g/collect?v=2&en=a%20b&x=", {"v": "2", "en": "a b", "x": ""}),
        ("query.data | json", f"https://a.example/track?data={quote(JSON)}", EVENT),
        ("query.data | base64 | json", f"https://a.example/track?data={quote(PLAIN)}", EVENT),
        ("query | brackets", "https://a.example/tr?cd[value]=1", {"cd": {"value": "1"}}),
        ("path", "https://a.example/v1/t?x=1", "/v1/t"),
        ("path | matrix", "https://ad.example/activityi;src=1;type=x?y=1", {"src": "1", "type": "x"}),
    ],
)
def test_what_the_url_holds(pipeline: str, url: str, value: Any):
    # The body does not matter then, not even one that only looks like gzip.
    assert run(request(b"\x1f\x8bno gzip", url), pipeline) == value


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (JSON, ()),
        (gzip.compress(JSON), (GZIP,)),
        # gzip that nothing announces: posthog-js sends it as text/plain
        (gzip.compress(JSON), (("content-type", "text/plain"),)),
        # announced, and not so: some proxies leave the header
        (JSON, (GZIP,)),
        # twice
        (gzip.compress(gzip.compress(JSON)), (GZIP,)),
    ],
)
def test_gzip_is_known_by_its_magic_number(body: bytes, headers: Headers):
    assert decode(request(body, headers=headers), ("json",)) == EVENT


@pytest.mark.parametrize(
    ("pipeline", "body"),
    [
        ("json", b""),
        ("json", b"{"),
        ("json", b"\xff"),
        ("json", b"[" * 100_000),
        ("json.x", b"{}"),
        ("json.x", b"[1]"),
        ("json.x", b'"x"'),
        ("base64", b"a"),
        ("base64", b"{}"),
        ("base64", base64.b64encode(b"\xff\xfe")),  # bytes that are no text
        ("base64 | json", base64.b64encode(b"no JSON")),
        ("gunzip", b"no gzip"),
        ("json", b"\x1f\x8bno gzip"),
        ("json", gzip.compress(JSON)[:-9]),
        ("form", b""),
        ("form", b"no form"),
        ("form", "é=1".encode()),
        ("form", b"a=%ff"),
        ("form.data", b"other=1"),
        ("lines", b""),
        ("lines", b"\n\r\n"),
        ("lines | json", b"{}\nno JSON"),
        ("matrix", b"/path"),
        ("matrix", b"a=%ff"),
        ("json | brackets", b"[1]"),
        ("json | json", b'{"a": 1}'),
    ],
)
def test_what_does_not_hold(pipeline: str, body: bytes):
    with pytest.raises(Undecodable):
        run(request(body), pipeline)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (JSON, EVENT),
        (b"data=" + quote(JSON).encode(), EVENT),
        (b"data=" + quote(PLAIN).encode(), EVENT),
        (b"%7B%22a%22%3A1%7D", {"a": 1}),
    ],
)
def test_the_first_pipeline_that_holds_counts(body: bytes, value: Any):
    assert decode(request(body), ("json", "form.data | json", "form.data | base64 | json", "percent | json")) == value


@pytest.mark.parametrize("url", ["https://a.example/", "https://a.example/?", "https://a.example/?&"])
def test_no_query_is_no_event(url: str):
    with pytest.raises(Undecodable, match="none of: query"):
        decode(request(JSON, url), ("query",))


def test_where_none_holds_it_is_said_what_was_tried():
    with pytest.raises(Undecodable, match=r"^4 bytes that are none of: json, form\.data \| json$"):
        decode(request(b"<a/>"), ("json", "form.data | json"))


@pytest.mark.parametrize(
    ("value", "pipelines", "expected"),
    [
        ('{"a":1}', ("json",), {"a": 1}),
        (PLAIN.decode(), ("json", "base64 | json"), EVENT),
        (["1", "2"], ("json",), [1, 2]),
    ],
)
def test_a_field_that_holds_encoded_data(value: Any, pipelines: tuple[str, ...], expected: Any):
    assert decode_value(value, pipelines) == expected


@pytest.mark.parametrize("value", ["no JSON", 5, {}, None])
def test_a_field_that_holds_none(value: Any):
    with pytest.raises(Undecodable, match="a field that is none of: json"):
        decode_value(value, ("json",))


def test_an_unknown_step_is_a_fault_of_the_lens():
    with pytest.raises(ValueError, match="unknown decoding step 'yaml'") as caught:
        run(request(JSON), "json | yaml")
    assert not isinstance(caught.value, Undecodable)


steps = st.lists(st.sampled_from([*STEPS, "json.a", "form.data", "brackets.a"]), min_size=1, max_size=4)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["", *ORIGINS]), steps, st.sampled_from(["", "gzip", "deflate"]))
@example(b"a" + b"[b]" * 20_000 + b"=1", "", ["form", "brackets"], "")
@example(b"1" * 5000, "", ["json"], "")
def test_bytes_are_decoded_or_undecodable(body: bytes, origin: str, names: list[str], encoding: str):
    pipeline = " | ".join([origin, *names] if origin else names)
    sent = request(body, f"https://a.example/{quote(body)}?{quote(body[:50])}", (("content-encoding", encoding),))
    try:
        value = run(sent, pipeline)
    except Undecodable:
        return
    assert msgspec.json.encode(value)
