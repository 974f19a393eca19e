"""Events as they leave the fleet: what a plugin and its scenarios call secret, and what traffic shows to be."""

from __future__ import annotations

import gzip
import json
import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from testbed import events
from testbed.capture.spool import MAX_IN_MEMORY, Spool
from testbed.http import Headers, Request, Response
from testbed.lenses.api import Kind, VendorCall
from testbed.plugin import read_zip
from testbed.redaction import Redaction, redaction
from testbed.redaction.redactor import MAX_SHOWN
from testbed.scenario import load_scenarios
from testbed.verdict.model import Check, Difference
from tests.report.samples import ONE_OF_EACH, flow, verdict

MANIFEST = """
name = "Acme"
version = "1"
secret_settings = ["apiKey", "nested", "pin", "no"]
[settings]
apiKey = "of-the-plugin"
nested = { keys = ["in-a-list"], on = true }
pin = 12345678
no = "k1"
token = "public-token"
region = "eu-central"
[targets.web]
sdk = "web"
entry = "web/x.js"
page = "site/index.html"
settings = { apiKey = "of-the-target" }
"""
SCENARIO = """
name: a
settings: {apiKey: of-the-scenario}
steps:
  - settings: {apiKey: of-a-step}
  - identify: {userId: {$secret: me@acme.example}, traits: {plan: plan-of-mine, tax: {$secret: 99887766}}}
expect:
  vendor:
    - identify: {user: {$secret: me@acme.example}}
"""
PAGE = '<a href="/cart?token=linked-to">Cart</a> <a href="/own?token=of-the-plugin">Own</a>'
SECRET = ("of-the-plugin", "of-the-target", "of-the-scenario", "of-a-step", "in-a-list", "me@acme.example")
OPEN = ("public-token", "eu-central", "plan-of-mine")
TOKEN = re.compile(r"<secret:([\w.-]+):[0-9a-f]{6}>")


@pytest.fixture
def redact() -> Redaction:
    made = redaction(unsafe_raw=False)
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("plugin.toml", MANIFEST)
        archive.writestr("web/x.js", "")
        archive.writestr("site/index.html", PAGE)
        archive.writestr("scenarios/a.yaml", SCENARIO)
    plugin = read_zip(buffer.getvalue(), source="")
    made.know(plugin, load_scenarios(plugin.files))
    return made


def test_what_the_plugins_page_links_to_is_never_taken_for_a_credential_and_a_secret_is_one_there_too(
    redact: Redaction,
):
    """Whether it is asked for or not: else what is told of it would depend on what was played before."""
    asked = "GET https://a.example/cart?token=linked-to&password=of-somebody"
    redact.learn([flow(request=Request.get(asked.removeprefix("GET "))).flow])
    assert said(redact, asked).startswith("GET https://a.example/cart?token=linked-to&password=<secret:")
    assert "linked-to" in said(redact, PAGE)
    assert "of-the-plugin" not in said(redact, PAGE)


def said(redact: Redaction, text: str) -> str:
    shown = redact(events.Faulted(kind="X", message=text, exit_code=3))
    assert isinstance(shown, events.Faulted)
    return shown.message


def told(redact: Redaction, **parts: Any) -> events.FlowCaptured:
    shown = redact(flow(**parts))
    assert isinstance(shown, events.FlowCaptured)
    return shown


def test_what_plugin_and_scenarios_call_secret_is_hidden_and_nothing_else(redact: Redaction):
    shown = said(redact, " ".join((*SECRET, *OPEN)))
    assert TOKEN.sub(r"\1", shown) == " ".join(["apiKey"] * 4 + ["nested", "userId", *OPEN])


def test_data_keeps_its_shape_and_its_types(redact: Redaction):
    raw = {"id": 12345678, "n": 1, "on": True, "none": None, "of-a-step": ["of-the-plugin", 99887766, 1.5], "no": "k1"}
    shown = redact(events.VendorCalled(run="r1", call=VendorCall(vendor="a", kind=Kind.TRACK, index=12345678, raw=raw)))
    assert isinstance(shown, events.VendorCalled)
    call = shown.call
    assert call.index == 12345678, "a number of our own"
    assert [type(value) for value in call.raw.values()] == [type(value) for value in raw.values()]
    assert (call.raw["n"], call.raw["on"], call.raw["none"]) == (1, True, None)
    assert 999_000_000_000 <= call.raw["id"] < 10**12
    key, (text, number, fraction) = next((k, v) for k, v in call.raw.items() if isinstance(v, list))
    assert TOKEN.fullmatch(key)
    assert TOKEN.fullmatch(text)
    assert isinstance(number, int)
    assert number not in (99887766, call.raw["id"])
    assert fraction == 1.5
    assert TOKEN.fullmatch(call.raw["no"]), "too short to be looked for, and hidden under its name"
    assert said(redact, "12345678") == str(call.raw["id"])


HEADERS: tuple[tuple[str, str, str], ...] = (
    ("authorization", "Bearer abc123", "Bearer <authorization>"),
    ("Authorization", "abc123", "<Authorization>"),
    ("proxy-authorization", "Basic dTpw", "Basic <proxy-authorization>"),
    ("cookie", 'sid=abc123; a=a; q="x=y"', 'sid=<cookie.sid>; a=<cookie.a>; q="<cookie.q>"'),
    ("set-cookie", "sid=abc123; Path=/; HttpOnly", "sid=<cookie.sid>; Path=/; HttpOnly"),
    ("x-api-key", "abc123", "<x-api-key>"),
    ("X-Auth-Token", "abc123", "<X-Auth-Token>"),
    # the plugin's own public one; what no header of credentials is
    ("x-api-key", "public-token", "public-token"),
    ("access-control-allow-credentials", "true", "true"),
    ("sec-websocket-key", "abc123", "abc123"),
    ("content-type", "text/plain", "text/plain"),
)


@pytest.mark.parametrize(("name", "value", "shown"), HEADERS)
def test_headers(redact: Redaction, name: str, value: str, shown: str):
    headers: Headers = ((name, value),)
    found = told(redact, request=Request.get("https://a.example/", headers=headers), response=Response(headers=headers))
    assert found.flow.response is not None
    assert found.flow.request.headers == found.flow.response.headers
    ((_, text),) = found.flow.request.headers
    assert TOKEN.sub(r"<\1>", text).lower() == shown.lower()


def test_what_a_header_shows_to_be_secret_is_hidden_everywhere(redact: Redaction):
    event = flow(
        request=Request.get("https://a.example/?s=session-4711", headers=(("cookie", "sid=session-4711; u=me"),)),
        response=Response(headers=(("set-cookie", "csrf=csrf%2F0815; Path=/"),)),
    )
    redact.learn([event.flow])
    shown = redact(event)
    assert isinstance(shown, events.FlowCaptured)
    texts = [shown.flow.request.path, said(redact, "session-4711, csrf/0815 of me")]
    assert [TOKEN.sub(r"\1", text) for text in texts] == ["/?s=cookie.sid", "cookie.sid, cookie.csrf of me"]
    assert TOKEN.findall(texts[0]) == TOKEN.findall(texts[1])[:1]


@pytest.mark.parametrize(
    ("headers", "body", "shown"),
    [
        ((), b'{"k":"of-a-step"}', b'{"k":"*"}'),
        # packed: unpacked where that matters, and only there
        ((("content-encoding", "gzip"),), gzip.compress(b"of-a-step"), b"*"),
        ((("content-encoding", "gzip"),), gzip.compress(b"none", mtime=0), gzip.compress(b"none", mtime=0)),
        # what cannot be looked into
        ((("content-encoding", "zstd"),), b"???", b"<withheld: 3 bytes, Content-Encoding zstd: not known here>"),
        ((("content-encoding", "gzip"),), b"\x1f\x8b", b"<withheld: 2 bytes, Content-Encoding gzip: cut short>"),
        # a program may call anything a token
        ((("content-type", "text/javascript"),), b'{"token":"abc", k: "of-a-step"}', b'{"token":"abc", k: "*"}'),
        ((("content-type", "application/json"),), b'{"token":"abc"}', b'{"token":"*"}'),
    ],
)
def test_bodies(redact: Redaction, headers: Headers, body: bytes, shown: bytes):
    response = told(redact, response=Response(headers=headers, body=body)).flow.response
    assert response is not None
    assert re.sub(rb"<secret:[^>]*>", b"*", response.body) == shown
    assert [name for name, _ in response.headers] == [
        name for name, _ in headers if response.body == body or name != "content-encoding"
    ]


@pytest.mark.parametrize("unsafe_raw", [False, True])
def test_a_large_body_is_cut_after_it_was_looked_through(redact: Redaction, unsafe_raw: bool):
    """The secret lies across the cut, and beyond what is in memory."""
    secret = b"of-the-plugin"
    body = b"x" * (MAX_SHOWN - 4) + secret + b"x" * MAX_IN_MEMORY
    with Spool() as spool:
        spool.add(flow(request=Request.get("https://a.example/", method="POST", body=body)).flow)
        (kept,) = spool.flows()
        shown = (redaction(unsafe_raw=True) if unsafe_raw else redact)(events.FlowCaptured(flow=kept))
    found = events.decode(events.encode(shown))
    assert isinstance(found, events.FlowCaptured)
    request = found.flow.request
    assert request.whole is not None
    assert (len(request.body), request.whole.size, request.size) == (MAX_SHOWN, len(body), len(body))
    assert request.body[-4:] == (b"of-t" if unsafe_raw else b"<sec")


def test_a_verdict(redact: Redaction):
    difference = Difference(path="k", expected="of-a-step", actual=12345678, message='is "of-a-st…')
    check = Check(id="x", outcome="failed", message="of-a-step", paste="of-a-step", differences=(difference,) * 2)
    text = json.dumps(events.encode(redact(verdict("failed", check))).decode())
    assert "of-a-st" not in text
    assert "12345678" not in text


@pytest.mark.parametrize("value", ["stub", "failed", "done", "console", "track", "vendor-call"])
def test_words_of_our_own_stay_whatever_is_secret(value: str):
    made = redaction(unsafe_raw=False)
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("plugin.toml", MANIFEST.replace("of-the-plugin", value))
        archive.writestr("web/x.js", "")
        archive.writestr("site/index.html", PAGE)
    made.know(read_zip(buffer.getvalue(), source=""), ())
    for event in ONE_OF_EACH:
        assert type(events.decode(events.encode(made(event)))) is type(event)


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_an_event_without_a_secret_is_the_same(redact: Redaction, event: events.Event):
    assert redact(event) == event


def test_with_unsafe_raw_all_stays():
    raw = redaction(unsafe_raw=True)
    assert (raw.mode, redaction(unsafe_raw=False).mode) == ("raw", "tokens")
    event = flow(request=Request.get("https://a.example/?password=abc", headers=(("cookie", "a=b"),)))
    assert raw(event) == event


@pytest.mark.parametrize("depth", [100, 400, 900])
def test_data_that_is_nested_deep_is_shown_or_withheld(redact: Redaction, depth: int):
    deep: Any = "of-the-plugin"
    for _ in range(depth):
        deep = {"a": deep}
    shown = redact(
        events.VendorCalled(run="r1", call=VendorCall(vendor="a", kind=Kind.TRACK, raw=deep, properties=deep))
    )
    line = events.encode(shown)
    assert b"of-the-plugin" not in line
    assert b"<secret:apiKey:" in line or line.count(b"withheld") == 2
