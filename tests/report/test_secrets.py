"""Secret settings are in no report, however a plugin sends them."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus
from zipfile import ZipFile

import pytest

from testbed import events
from testbed.http import Request, Response
from testbed.lenses.api import Kind, VendorCall
from testbed.report import Audience, Outputs, hiding, reporters
from testbed.report.secrets import Mask
from testbed.verdict.model import Check, Difference
from tests.report.conftest import Console
from tests.report.samples import ONE_OF_EACH, ended, flow, started, verdict

KEY = 'k€y/+"1 s3cret'
HIDE = Mask({KEY: "apiKey"})


def based(offset: int) -> Callable[[str], str]:
    return lambda text: base64.b64encode(b"u" * offset + text.encode() + b":x").decode()


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in UTF-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "URL": lambda text: quote(text, safe=""),
    "URL in small letters": lambda text: re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
    "path": quote,
    "form": quote_plus,
    "base64": based(0),
    "base64 after one": based(1),
    "base64 after two": based(2),
    "base64 after three": based(3),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(b"u" + text.encode()).decode(),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings(spelling: str):
    written = SPELLINGS[spelling](KEY)
    assert "***apiKey***" in HIDE(f"<{written}>")
    assert b"***apiKey***" in HIDE(f"<{written}>".encode())
    if not spelling.startswith("base64"):
        assert HIDE(f"<{written}>") == "<***apiKey***>"


@pytest.mark.parametrize(
    ("value", "hidden"),
    [
        # any data, at any depth
        ({"a": [KEY, {KEY: 1}], "b": None}, {"a": ["***apiKey***", {"***apiKey***": 1}], "b": None}),
        ((KEY, 1.5, True), ("***apiKey***", 1.5, True)),
        # a request: its address, its headers, its body
        (
            Request.get(f"https://a.example/x?k={quote_plus(KEY)}", headers=(("x-key", KEY),), body=KEY.encode()),
            Request.get(
                "https://a.example/x?k=***apiKey***", headers=(("x-key", "***apiKey***"),), body=b"***apiKey***"
            ),
        ),
        # a body that is packed is unpacked where that matters, and only there
        (
            Response(headers=(("content-encoding", "gzip"), ("x", "y")), body=gzip.compress(KEY.encode())),
            Response(headers=(("x", "y"),), body=b"***apiKey***"),
        ),
        (
            packed := Response(headers=(("content-encoding", "gzip"),), body=gzip.compress(b"nothing of it")),
            packed,
        ),
        # bytes that are no text stay as they are around it
        (b"\x00\xff\xfe" + KEY.encode() + b"\x80", b"\x00\xff\xfe***apiKey***\x80"),
    ],
)
def test_values(value: Any, hidden: Any):
    assert HIDE(value) == hidden


def test_longer_values_first():
    assert Mask({"abcdef": "a", "abcdefgh": "b"})("abcdefgh abcdef") == "***b*** ***a***"


def test_a_number_is_found_in_data_and_in_text_but_not_in_our_own_fields():
    hide = Mask({"12345678": "id"})
    call = VendorCall(vendor="acme", kind=Kind.TRACK, index=12345678, raw={"id": 12345678, "n": 1, "ok": True})
    hidden = hide(call)
    assert (hidden.index, hidden.raw) == (12345678, {"id": "***id***", "n": 1, "ok": True})
    assert hide(b'{"id":12345678}') == b'{"id":***id***}'


def test_what_is_too_short_is_not_looked_for():
    assert Mask({"us": "region"})("just us") == "just us"


@pytest.mark.parametrize("event", ONE_OF_EACH, ids=lambda event: type(event).__name__)
def test_an_event_without_a_secret_is_the_same(event: events.Event):
    assert HIDE(event) is event or HIDE(event) == event


# The plugin's.


def plugin(manifest: str, scenario: str = "") -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("plugin.toml", manifest)
        archive.writestr("web/x.js", "")
        archive.writestr("scenarios/a.yaml", scenario or "name: a\nsteps: [reset]")
    return buffer.getvalue()


MANIFEST = """
name = "Acme"
version = "1"
{secret}
[settings]
apiKey = "of-the-plugin"
nested = {{ keys = ["in-a-list"], on = true }}
region = "eu-central"
[targets.web]
sdk = "web"
entry = "web/x.js"
settings = {{ apiKey = "of-the-target" }}
"""
SCENARIO = """
name: a
settings: {apiKey: of-the-scenario}
steps:
  - settings: {apiKey: of-a-step}
"""
VALUES = ("of-the-plugin", "of-the-target", "of-the-scenario", "of-a-step", "in-a-list")


def said(zipped: bytes) -> str:
    event = hiding(zipped)(events.Faulted(kind="X", message=" ".join((*VALUES, "eu-central")), exit_code=3))
    assert isinstance(event, events.Faulted)
    return event.message


def test_wherever_the_plugin_gives_a_secret_it_is_known():
    zipped = plugin(MANIFEST.format(secret='secret_settings = ["apiKey", "nested"]'), SCENARIO)
    assert said(zipped) == " ".join(["***apiKey***"] * 4 + ["***nested***", "eu-central"])


@pytest.mark.parametrize(
    "zipped",
    [
        # no secrets
        plugin(MANIFEST.format(secret="")),
        # a plugin that will be refused: the run says so
        plugin(MANIFEST.format(secret='secret_settings = ["apiKey"]'), "name: ["),
        plugin("nam = 1"),
        b"no zip",
    ],
)
def test_without_secrets_nothing_is_hidden(zipped: bytes):
    assert said(zipped) == " ".join((*VALUES, "eu-central"))


def test_no_report_has_it(tmp_path: Path):
    url = f"https://api.acme.example/v1?key={quote(KEY, safe='')}"
    check = Check(
        id="x",
        outcome="failed",
        message=KEY,
        paste=KEY,
        differences=(Difference(path="key", expected=KEY, actual=KEY, message=KEY),) * 2,
        flow="r1.1",
    )
    stream = (
        started("track"),
        flow(request=Request.get(url, method="POST", body=json.dumps({"key": KEY}).encode())),
        verdict("failed", check),
        events.Faulted(kind="X", message=KEY, exit_code=3, fix=KEY),
        ended(3),
    )
    out, err = Console(), Console()
    for is_json in (False, True):
        outputs = Outputs(stdout=out, stderr=err, json=is_json, files={"output": tmp_path / str(is_json)})
        with Audience(reporters(outputs), on_loss=lambda _: pytest.fail("lost"), hide=HIDE) as audience:
            for event in stream:
                audience.handle(event)
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 6
    for text in (*written, out.text, err.text):
        assert "***apiKey***" in text
        assert all(part not in text for part in ("k€y", "3cret", "s3cret", quote(KEY, safe="")))
