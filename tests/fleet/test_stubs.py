"""Canned answers: which stub answers, what it says, and that a page may read it."""

from typing import Any

import pytest

from testbed.capture.flow import Disposition
from testbed.fleet.stubs import find_stub, plain_answer, stub_answer
from testbed.http import Request, header
from testbed.plugin.model import Manifest, Plugin, Stub

PLUGIN = Plugin(
    manifest=Manifest(name="Acme", version="1"), files={"vendor/a.js": b"window.a=1"}, sha256="", source="acme"
)
ORIGIN = ("origin", "https://www.shop.example")


@pytest.mark.parametrize(
    ("stub", "url", "method", "found"),
    [
        # hosts: globs, in any case
        ({"host": "api.acme.example"}, "https://api.acme.example/x", "GET", True),
        ({"host": "*.acme.example"}, "https://API.acme.example/x", "GET", True),
        ({"host": "*.acme.example"}, "https://acme.example/x", "GET", False),
        # paths: with the query or without
        ({"host": "*", "path": "/v1/*"}, "https://a.example/v1/track?x=1", "GET", True),
        ({"host": "*", "path": "/v1/track"}, "https://a.example/v1/track?x=1", "GET", True),
        ({"host": "*", "path": "/v1/track?x=2"}, "https://a.example/v1/track?x=1", "GET", False),
        # methods: a stub for all of them takes the preflight too
        ({"host": "*", "method": "POST"}, "https://a.example/", "GET", False),
        ({"host": "*"}, "https://a.example/", "OPTIONS", True),
    ],
)
def test_find(stub: dict[str, Any], url: str, method: str, found: bool):
    assert (find_stub([Stub(**stub)], Request.get(url, method=method)) is not None) is found


@pytest.mark.parametrize(
    ("stub", "status", "content_type", "body"),
    [
        ({"json": {"ok": True}}, 200, "application/json", b'{"ok":true}'),
        ({"json": None}, 200, "application/json", b"null"),
        ({"body": "no", "status": 500}, 500, "text/plain; charset=utf-8", b"no"),
        ({"file": "vendor/a.js"}, 200, "text/javascript", b"window.a=1"),
        ({"body": "{}", "headers": {"Content-Type": "x/y"}}, 200, "x/y", b"{}"),
        ({"status": 204}, 204, None, b""),
    ],
)
def test_content(stub: dict[str, Any], status: int, content_type: str | None, body: bytes):
    answer = stub_answer(Stub(host="*", **stub), PLUGIN, Request.get("https://a.example/", headers=(ORIGIN,)))
    assert answer.disposition is Disposition.STUB
    assert answer.response is not None
    assert (answer.response.status, answer.response.body) == (status, body)
    assert header(answer.response.headers, "content-type") == content_type
    assert header(answer.response.headers, "access-control-allow-origin") == "https://www.shop.example"


def test_a_stub_that_fails_breaks_the_exchange():
    answer = stub_answer(
        Stub(host="a.example", path="/s.js", fail="blocked"), PLUGIN, Request.get("https://a.example/s.js")
    )
    assert answer.response is None
    assert answer.disposition is Disposition.BROKEN
    assert answer.reason == "stub for a.example/s.js: blocked"


def test_a_preflight_gets_what_it_asks_for():
    asked = (
        ORIGIN,
        ("access-control-request-headers", "x-braze-api-key"),
        ("access-control-request-method", "POST"),
    )
    answer = stub_answer(Stub(host="*"), PLUGIN, Request.get("https://a.example/", method="OPTIONS", headers=asked))
    assert answer.response is not None
    assert answer.response.status == 204
    assert header(answer.response.headers, "access-control-allow-headers") == "x-braze-api-key"
    assert header(answer.response.headers, "access-control-allow-credentials") == "true"


@pytest.mark.parametrize(("destination", "status"), [("script", 404), ("empty", 200)])
def test_a_host_without_a_stub_has_an_answer_but_no_script(destination: str, status: int):
    answer = plain_answer(Request.get("https://a.example/a.js", headers=(("sec-fetch-dest", destination),)))
    assert answer.response is not None
    assert answer.response.status == status
