"""HAR: all that the specification requires, bodies of every kind, and our extras; read back by haralyzer."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from haralyzer import HarParser

from testbed import __version__, events
from testbed.capture.flow import Disposition
from testbed.http import Request, Response, Whole
from testbed.report.har import HarReporter
from testbed.verdict.model import Entry
from tests.report.conftest import Report
from tests.report.samples import AT, HOSTILE, ONE_OF_EACH, ended, flow, started, verdict

# Each object of the specification, by where it stands, with its fields that are not optional.
REQUIRED = {
    "log": "version creator entries",
    "log.creator": "name version",
    "log.pages": "startedDateTime id title pageTimings",
    "log.entries": "startedDateTime time request response cache timings",
    "log.entries.request": "method url httpVersion cookies headers queryString headersSize bodySize",
    "log.entries.request.postData": "mimeType text",
    "log.entries.response": "status statusText httpVersion cookies headers content redirectURL headersSize bodySize",
    "log.entries.response.content": "size mimeType",
    "log.entries.timings": "send wait receive",
    "log.entries.request.cookies": "name value",
    "log.entries.response.cookies": "name value",
    "log.entries.request.headers": "name value",
    "log.entries.request.queryString": "name value",
}

POST = Request.get(
    "https://api.acme.example/v1/track?a=1&a=2&b=",
    method="POST",
    http_version="HTTP/2.0",
    headers=(("Content-Type", "application/json"), ("Cookie", "id=1; flag; q=a=b"), ("cookie", "more=1")),
    body=b'{"event":"\xc3\xa9"}',
)
ANSWER = Response(
    status=302,
    headers=(
        ("content-type", "text/plain"),
        ("Location", "https://b.example/"),
        ("Set-Cookie", "sid=x=y; Path=/; Domain=acme.example; Expires=Wed, 21 Oct 2037 07:28:00 GMT; HttpOnly; Secure"),
        ("set-cookie", "plain=1"),
    ),
    body=b"moved",
)


@pytest.fixture
def har(report: Report, tmp_path: Path):
    def made(*stream: events.Event) -> dict[str, Any]:
        report(stream, json=True, files={"har": tmp_path / "x.har"})
        log: dict[str, Any] = json.loads((tmp_path / "x.har").read_bytes())["log"]
        return log

    return made


def entry_of(log: dict[str, Any]) -> dict[str, Any]:
    (entry,) = log["entries"]
    assert isinstance(entry, dict)
    return entry


def objects(value: Any, path: str) -> list[Any]:
    found = [value]
    for name in path.split(".")[1:]:
        inner = [each[name] for each in found if name in each]
        found = [item for each in inner for item in (each if isinstance(each, list) else [each])]
    return found


@pytest.mark.parametrize("path", REQUIRED)
def test_required_fields(har, path: str):
    log = har(*ONE_OF_EACH, flow(request=POST, response=ANSWER))
    found = objects(log, path)
    assert found
    for each in found:
        assert set(REQUIRED[path].split()) <= set(each)


def test_the_log_says_who_made_it_and_of_what(har):
    log = har(*ONE_OF_EACH)
    assert (log["version"], log["creator"]) == ("1.2", {"name": "testbed", "version": __version__})
    about = {"plugin": "Acme", "version": "1.4.0", "sha256": "0123456789abcdef" * 4, "redaction": "tokens"}
    assert log["_testbed"] == about


def test_a_page_has_the_outcome_and_the_ledger_of_its_verdict(har):
    entry = Entry(kind="refused", subject="UDP 8.8.8.8:3478", reason="it leads nowhere from the jail")
    scenario = events.ScenarioStarted(time=AT, run="r1", scenario="track", target="web", device="web-1")
    about = har(started("track"), scenario, verdict("failed", ledger=(entry,)), ended(1))["pages"][0]["_testbed"]
    assert about["outcome"] == "failed"
    assert about["ledger"] == [
        {"kind": "refused", "subject": "UDP 8.8.8.8:3478", "reason": "it leads nowhere from the jail"}
    ]


def test_a_page_a_run_and_entries_on_it(har):
    second = events.ScenarioStarted(time=AT + 1, run="r2", scenario="group", target="phone", device="android-1")
    log = har(*ONE_OF_EACH, second, flow(id="r2.1", run="r2"), flow(id="r3.1", run="r3"))
    assert [(page["id"], page["title"]) for page in log["pages"]] == [("r1", "track on web"), ("r2", "group on phone")]
    assert log["pages"][1]["_testbed"] == {"scenario": "group", "target": "phone", "device": "android-1"}
    # A pageref is the id of a page that is there, or is not there itself.
    assert [entry.get("pageref") for entry in log["entries"]] == ["r1", "r1", "r2", None]


def test_times(har):
    log = har(ONE_OF_EACH[2], flow(started=AT), flow(started=AT + 1, duration_ms=7.5))
    assert log["pages"][0]["startedDateTime"] == "2023-11-14T22:13:20.250Z"
    first, second = log["entries"]
    assert (first["startedDateTime"], second["startedDateTime"]) == (
        "2023-11-14T22:13:20.250Z",
        "2023-11-14T22:13:21.250Z",
    )
    assert datetime.fromisoformat(first["startedDateTime"]).timestamp() == AT
    assert second["time"] == sum(second["timings"].values()) == 7.5


def test_request_and_response(har):
    entry = entry_of(har(flow(request=POST, response=ANSWER)))
    request, response = entry["request"], entry["response"]
    assert (request["method"], request["httpVersion"], response["httpVersion"]) == ("POST", "HTTP/2.0", "HTTP/2.0")
    assert request["url"] == "https://api.acme.example/v1/track?a=1&a=2&b="
    assert [(pair["name"], pair["value"]) for pair in request["queryString"]] == [("a", "1"), ("a", "2"), ("b", "")]
    assert [(pair["name"], pair["value"]) for pair in request["cookies"]] == [
        ("id", "1"),
        ("flag", ""),
        ("q", "a=b"),
        ("more", "1"),
    ]
    assert response["cookies"] == [
        {"name": "sid", "value": "x=y", "path": "/", "domain": "acme.example", "httpOnly": True, "secure": True},
        {"name": "plain", "value": "1", "httpOnly": False, "secure": False},
    ]
    assert (response["status"], response["redirectURL"], response["bodySize"]) == (302, "https://b.example/", 5)


GZIPPED = gzip.compress(b"text " * 100, mtime=0)


@pytest.mark.parametrize(
    ("headers", "body", "text", "encoding", "size"),
    [
        # text, in any encoding that is UTF-8
        ((("content-type", "application/json"),), b'{"a":"\xc3\xa9"}', '{"a":"é"}', None, 10),
        # controls and line ends are the body's own, and kept
        ((), HOSTILE.encode("utf-8", "ignore"), HOSTILE.replace("\ud83d", ""), None, None),
        # binary
        (
            (("content-type", "image/gif"),),
            b"GIF89a\xff\x00",
            base64.b64encode(b"GIF89a\xff\x00").decode(),
            "base64",
            8,
        ),
        # compressed: as what it holds; the size on the wire is the bodySize
        ((("content-encoding", "gzip"),), GZIPPED, "text " * 100, None, 500),
        # nothing
        ((), b"", "", None, 0),
    ],
)
def test_bodies(har, headers: Any, body: bytes, text: str, encoding: str | None, size: int | None):
    asked = Request.get("https://a.example/", method="POST", headers=headers, body=body)
    entry = entry_of(har(flow(request=asked, response=Response(headers=headers, body=body))))
    content = entry["response"]["content"]
    assert (content["text"], content.get("encoding")) == (text, encoding)
    assert content["size"] == (len(text.encode()) if size is None else size)
    assert entry["response"]["bodySize"] == len(body) == content["size"] - content["compression"]
    assert entry["request"]["bodySize"] == len(body)
    if body:
        post = entry["request"]["postData"]
        assert (post["text"], post.get("_encoding")) == (text, encoding)
    else:
        assert "postData" not in entry["request"]


@pytest.mark.parametrize(
    ("more", "extras"),
    [
        ({"around": True}, {"step": 1, "messageId": "m1", "disposition": "stub", "around": True}),
        ({}, {"step": 1, "messageId": "m1", "disposition": "stub"}),
        ({"step": None, "message_id": None}, {"disposition": "stub"}),
        (
            {"response": None, "disposition": Disposition.UNDECLARED, "reason": "not declared"},
            {"step": 1, "messageId": "m1", "disposition": "undeclared", "reason": "not declared"},
        ),
        (
            {"response": None, "disposition": Disposition.LIVE, "error": "no route"},
            {"step": 1, "messageId": "m1", "disposition": "live", "error": "no route"},
        ),
    ],
)
def test_extras(har, more: dict[str, Any], extras: dict[str, Any]):
    entry = entry_of(har(flow(**more)))
    assert entry["_testbed"] == {"run": "r1", "sequence": 1, **extras}
    if more.get("response", 1) is None:
        response = entry["response"]
        said = extras.get("error") or extras["reason"]
        assert (response["status"], response["statusText"], response["bodySize"]) == (0, said, -1)


def test_an_independent_reader_finds_it_all(har, tmp_path: Path):
    har(*ONE_OF_EACH, flow(id="r1.3", request=POST, response=ANSWER))
    parser = HarParser.from_file(str(tmp_path / "x.har"))
    (page,) = parser.pages
    assert (page.title, len(page.entries), len(page.post_requests)) == ("track on web", 3, 3)
    last = page.entries[-1]
    assert (last.request.text, last.response.status) == ('{"event":"é"}', 302)
    assert last.startTime.timestamp() == AT


def test_a_run_that_was_cut_short_or_never_began_leaves_a_valid_file(har):
    assert har()["entries"] == []
    assert har(started("a"), ONE_OF_EACH[2], flow())["entries"]
    assert har(ended(3))["pages"] == []


@pytest.mark.parametrize("redaction", ["tokens", "raw"])
def test_the_log_says_what_became_of_secrets(har, redaction: Any):
    log = har(msgspec.structs.replace(started("track"), redaction=redaction), ended())
    assert log["_testbed"]["redaction"] == redaction
    assert ("--unsafe-raw" in log["comment"]) is (redaction == "raw")


def test_a_body_of_which_only_the_beginning_is_there(har):
    whole = Whole(size=5_000_000, sha256="ab" * 32)
    asked = Request.get("https://a.example/", method="POST", body=b"begin", whole=whole)
    entry = entry_of(har(flow(request=asked, response=Response(body=b"begin", whole=whole))))
    said = "the first 5 of 5000000 bytes; sha256 " + "ab" * 32
    assert (entry["request"]["bodySize"], entry["request"]["postData"]["comment"]) == (5_000_000, said)
    content = entry["response"]["content"]
    assert (content["size"], content["text"], content["comment"]) == (5_000_000, "begin", said)


def test_each_entry_is_written_when_it_comes(tmp_path: Path):
    with (tmp_path / "x.har").open("wb", buffering=0) as file:
        reporter = HarReporter(file)
        sizes = []
        for number in range(3):
            reporter.handle(flow(id=f"r1.{number}"))
            sizes.append((tmp_path / "x.har").stat().st_size)
        reporter.close()
    assert sizes == sorted(set(sizes))
    assert len(json.loads((tmp_path / "x.har").read_bytes())["log"]["entries"]) == 3
