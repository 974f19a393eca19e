"""HAR 1.2 of all captured traffic: a page a scenario and target, an entry an exchange.

Format: the HAR 1.2 specification (W3C Web Performance draft). What it has no field for stands in `_testbed`, as the
specification allows for names that begin with an underscore.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from testbed import __version__, events
from testbed.http import Headers, Request, Response, header
from testbed.report.api import Outputs


class HarReporter:
    """Collects flows, and writes the file at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pages: dict[str, dict[str, Any]] = {}
        self._entries: list[dict[str, Any]] = []

    @classmethod
    def for_outputs(cls, outputs: Outputs) -> HarReporter | None:
        path = outputs.path("har", "traffic.har")
        return None if path is None else cls(path)

    def handle(self, event: events.Event) -> None:
        match event:
            case events.ScenarioStarted():
                self._pages[event.run] = {
                    "startedDateTime": _moment(event.time),
                    "id": event.run,
                    "title": f"{event.scenario} on {event.target}",
                    "pageTimings": {},
                }
            case events.FlowCaptured():
                self._entries.append(_entry(event))

    def close(self) -> None:
        log = {
            "version": "1.2",
            "creator": {"name": "testbed", "version": __version__},
            "pages": list(self._pages.values()),
            "entries": sorted(self._entries, key=lambda entry: str(entry["startedDateTime"])),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(msgspec.json.format(msgspec.json.encode({"log": log}), indent=1))


def _entry(event: events.FlowCaptured) -> dict[str, Any]:
    flow = event.flow
    about = {
        "run": flow.run,
        "sequence": flow.sequence,
        "disposition": flow.disposition.value,
        "reason": flow.reason,
        "error": flow.error,
        "step": event.step,
        "messageId": event.message_id,
    }
    return {
        "pageref": flow.run,
        "startedDateTime": _moment(flow.started),
        "time": flow.duration_ms,
        "request": _request(flow.request),
        "response": _response(flow.response, flow.error or flow.reason),
        "cache": {},
        "timings": {"send": 0, "wait": flow.duration_ms, "receive": 0},
        "connection": flow.connection,
        "_testbed": {key: value for key, value in about.items() if value not in ("", None)},
    }


def _request(request: Request) -> dict[str, Any]:
    made: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": request.http_version,
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": _pairs(request.query),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        made["postData"] = _post_data(request)
    return made


def _post_data(request: Request) -> dict[str, Any]:
    """HAR has no encoding field for postData; one of our own says where the text is base64."""
    kind = header(request.headers, "content-type") or "application/octet-stream"
    text, encoding = _text(request.content)
    made: dict[str, Any] = {"mimeType": kind, "text": text}
    if kind.startswith("application/x-www-form-urlencoded") and not encoding:
        made["params"] = _pairs(parse_qsl(text, keep_blank_values=True))
    return {**made, **({"_encoding": encoding} if encoding else {})}


def _response(response: Response | None, why: str) -> dict[str, Any]:
    """Status 0 is what browsers' own HAR files give for an exchange that had no answer."""
    found = response or Response(status=0)
    content = found.content
    text, encoding = _text(content)
    return {
        "status": found.status,
        "statusText": "" if response else why,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(found.headers),
        "content": {
            "size": len(content),
            "mimeType": header(found.headers, "content-type") or "application/octet-stream",
            "text": text,
            **({"encoding": encoding} if encoding else {}),
        },
        "redirectURL": header(found.headers, "location") or "",
        "headersSize": -1,
        "bodySize": len(found.body),
    }


def _text(body: bytes) -> tuple[str, str]:
    """The body as text, and the encoding that it needed for that."""
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def _pairs(pairs: Headers | list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
