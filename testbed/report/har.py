"""HAR 1.2 of all captured traffic: a page a scenario and target, an entry an exchange.

Format: the HAR 1.2 specification (W3C Web Performance draft). What it has no field for stands in `_testbed`, as the
specification allows for names that begin with an underscore.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import IO, Any

import msgspec

from testbed import __version__, events
from testbed.http import Headers, Message, Request, Response, header
from testbed.report.api import Outputs

Json = dict[str, Any]


class HarReporter:
    """Writes each entry when it comes, and the rest of the log after them: what is cut short in order is whole, and a
    long run costs no memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._plugin: Json = {}
        self._comment = ""
        self._pages: dict[str, Json] = {}
        self._entries = 0

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> HarReporter | None:
        file = outputs.open("har", "traffic.har")
        return None if file is None else cls(file)

    def handle(self, event: events.Event) -> None:
        match event:
            case events.RunStarted():
                self._plugin = {"plugin": event.plugin, "version": event.version, "sha256": event.sha256}
                self._plugin["redaction"] = event.redaction
                self._comment = REDACTION[event.redaction]
            case events.ScenarioStarted():
                self._pages[event.run] = _page(event)
            case events.FlowCaptured():
                self._file.write(b",\n" if self._entries else _HEAD)
                self._file.write(msgspec.json.encode(_entry(event, self._pages)))
                self._entries += 1
            case events.Judged() if event.verdict.run in self._pages:
                ledger = msgspec.to_builtins(event.verdict.ledger)
                self._pages[event.verdict.run]["_testbed"] |= {"outcome": event.verdict.outcome, "ledger": ledger}

    def close(self) -> None:
        log = {
            "version": "1.2",
            "creator": {"name": "testbed", "version": __version__},
            "pages": list(self._pages.values()),
            "comment": self._comment,
            "_testbed": self._plugin,
        }
        with self._file:
            if not self._entries:
                self._file.write(_HEAD)
            self._file.write(b"\n],\n" + msgspec.json.encode(log)[1:] + b"}\n")


_HEAD = b'{"log":{"entries":[\n'

REDACTION = {
    "tokens": "Secrets are replaced by tokens, <secret:NAME:ID>, which are equal where the secrets are.",
    "raw": "Secrets are as they were: --unsafe-raw.",
}


def _page(event: events.ScenarioStarted) -> Json:
    return {
        "startedDateTime": _moment(event.time),
        "id": event.run,
        "title": f"{event.scenario} on {event.target}",
        "pageTimings": {"onContentLoad": -1, "onLoad": -1},
        "_testbed": {"scenario": event.scenario, "target": event.target, "device": event.device},
    }


def _entry(event: events.FlowCaptured, pages: Iterable[str]) -> Json:
    flow = event.flow
    about = {
        "run": flow.run,
        "sequence": flow.sequence,
        "disposition": flow.disposition.value,
        "around": flow.around or None,
        "reason": flow.reason,
        "error": flow.error,
        "step": event.step,
        "messageId": event.message_id,
    }
    return {
        **({"pageref": flow.run} if flow.run in pages else {}),
        "startedDateTime": _moment(flow.started),
        "time": flow.duration_ms,
        "request": _request(flow.request),
        "response": _response(flow.response, flow.request.http_version, flow.error or flow.reason),
        "cache": {},
        "timings": {"send": 0, "wait": flow.duration_ms, "receive": 0},
        "connection": flow.connection,
        "_testbed": {key: value for key, value in about.items() if value not in ("", None)},
    }


def _request(request: Request) -> Json:
    made: Json = {
        "method": request.method,
        "url": request.url,
        "httpVersion": request.http_version,
        "cookies": [
            _pair(*part.strip().partition("=")[::2])
            for value in _all(request.headers, "cookie")
            for part in value.split(";")
            if part.strip()
        ],
        "headers": _pairs(request.headers),
        "queryString": _pairs(request.query),
        "headersSize": -1,
        "bodySize": request.size,
    }
    if request.body:
        made["postData"] = _post_data(request)
    return made


def _post_data(request: Request) -> Json:
    """The text as sent; `params`, which HAR has in its place for forms, would lose what is no form. HAR has no encoding
    field here: one of our own says where the text is base64."""
    text, encoding = _text(request.content)
    made = {"mimeType": _kind(request.headers), "text": text, **_cut(request)}
    return {**made, **({"_encoding": encoding} if encoding else {})}


def _response(response: Response | None, http_version: str, why: str) -> Json:
    """Status 0 is what browsers' own HAR files give for an exchange that had no answer."""
    found = response or Response(status=0)
    content = found.content
    text, encoding = _text(content)
    return {
        "status": found.status,
        "statusText": "" if response else why,
        "httpVersion": http_version,
        "cookies": [_set_cookie(value) for value in _all(found.headers, "set-cookie")],
        "headers": _pairs(found.headers),
        "content": {
            "size": len(content) if found.whole is None else found.size,
            "compression": len(content) - len(found.body),
            "mimeType": _kind(found.headers),
            "text": text,
            **_cut(found),
            **({"encoding": encoding} if encoding else {}),
        },
        "redirectURL": header(found.headers, "location") or "",
        "headersSize": -1,
        "bodySize": found.size if response else -1,
    }


def _cut(message: Message) -> Json:
    """What there is to say where the text is not all of the body."""
    if message.whole is None:
        return {}
    return {"comment": f"the first {len(message.body)} of {message.size} bytes; sha256 {message.whole.sha256}"}


def _set_cookie(value: str) -> Json:
    """Set-Cookie (RFC 6265, 4.1). What HAR wants as an ISO date, `expires`, stays among the headers."""
    first, *attributes = value.split(";")
    pairs = [part.strip().partition("=") for part in attributes]
    given = {name.strip().lower(): text.strip() for name, _, text in pairs}
    return {
        **_pair(*first.strip().partition("=")[::2]),
        **{name: given[name] for name in ("path", "domain") if name in given},
        "httpOnly": "httponly" in given,
        "secure": "secure" in given,
    }


def _text(body: bytes) -> tuple[str, str]:
    """The body as text, and the encoding that it needed for that."""
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def _kind(headers: Headers) -> str:
    return header(headers, "content-type") or "application/octet-stream"


def _all(headers: Headers, name: str) -> list[str]:
    return [value for key, value in headers if key.lower() == name]


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [_pair(name, value) for name, value in pairs]


def _pair(name: str, value: str) -> Json:
    return {"name": name, "value": value}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
