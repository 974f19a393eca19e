"""Segment's tracking API: what it accepts, what it refuses and with which status, and the calls in it.

Statuses and limits as documented for the HTTP API (Segment docs, connections/sources/catalog/libraries/server);
paths as the SDKs use them (`/v1/t` web, `/v1/b` and `/v1/import` mobile, the long names server libraries).
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from testbed.http import Request, Response, header, with_cors
from testbed.segment.model import SegmentCall

TYPES = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}
SINGLE = frozenset({*TYPES, *TYPES.values()})
BATCH = frozenset({"b", "batch", "import"})
METRICS = frozenset({"m"})

MAX_EVENT_BYTES = 32 * 1024
MAX_BATCH_BYTES = 500 * 1024
MAX_BATCH_EVENTS = 2500


def respond(request: Request, write_key: str) -> Response:
    """The answer of the tracking API to `request`, readable by the page that asked."""
    return with_cors(_respond(request, write_key), request)


def refuse(request: Request, status: int, retry_after_s: int | None) -> Response:
    """A fault on purpose: 429 carries Retry-After and X-RateLimit-Reset, both in seconds."""
    headers = (
        ()
        if retry_after_s is None
        else (("retry-after", str(retry_after_s)), ("x-ratelimit-reset", str(retry_after_s)))
    )
    return with_cors(
        Response.json({"success": False, "message": f"status {status}"}, status=status, headers=headers), request
    )


def read_calls(flow_id: str, request: Request) -> list[SegmentCall]:
    """The calls in a request to the tracking API, [] where it is none. Never raises."""
    endpoint = _endpoint(request)
    events = _events(request) if request.method == "POST" and endpoint in SINGLE | BATCH else None
    fallback = TYPES.get(endpoint, endpoint) if endpoint in SINGLE else ""
    return [_call(event, flow_id, index, fallback) for index, event in enumerate(events or [])]


def _respond(request: Request, write_key: str) -> Response:
    endpoint = _endpoint(request)
    if request.method == "OPTIONS":
        asked = (
            header(request.headers, "access-control-request-headers") or "authorization, content-type, x-retry-count"
        )
        allow = (("access-control-allow-headers", asked), ("access-control-allow-methods", "POST, GET, OPTIONS"))
        return Response(status=200, headers=allow)
    if endpoint not in SINGLE | BATCH | METRICS:
        return Response.json({"success": False, "message": f"no endpoint {request.route}"}, status=404)
    if request.method != "POST":
        return Response.json({"success": False, "message": "use POST"}, status=405)
    if endpoint in METRICS:
        return Response.json({"success": True})
    events = _events(request)
    if events is None:
        return _refused("malformed JSON")
    if endpoint in BATCH and len(request.content) > MAX_BATCH_BYTES:
        return _refused(f"the batch is larger than {MAX_BATCH_BYTES} bytes")
    if any(len(msgspec.json.encode(event)) > MAX_EVENT_BYTES for event in events):
        return _refused(f"an event is larger than {MAX_EVENT_BYTES} bytes")
    if not _key(request, write_key):
        return _refused("no write key: neither basic authorization nor writeKey")
    return Response.json({"success": True})


def _refused(why: str) -> Response:
    return Response.json({"success": False, "message": why}, status=400)


def _endpoint(request: Request) -> str:
    version, _, endpoint = request.route.strip("/").partition("/")
    return endpoint if version == "v1" else ""


def _events(request: Request) -> list[dict[str, Any]] | None:
    """The events of the body, None where it is no JSON of the right shape. Content types do not matter: the web SDK
    sends JSON as text/plain, to save a preflight."""
    try:
        body = msgspec.json.decode(request.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(body, dict):
        return None
    events = body.get("batch") if _endpoint(request) in BATCH else [body]
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        return None
    return events


def _key(request: Request, write_key: str) -> bool:
    """Any key will do, as in production, where a wrong one is answered 200 and goes nowhere; none at all will not."""
    scheme, _, value = (header(request.headers, "authorization") or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return bool(base64.b64decode(value).partition(b":")[0])
        except binascii.Error:
            return False
    return b'"writeKey"' in request.content or not write_key


def _call(event: dict[str, Any], flow_id: str, index: int, fallback: str) -> SegmentCall:
    kind = _text(event.get("type")) or fallback
    traits_in = "traits" if kind in {"identify", "group"} else "properties"
    return SegmentCall(
        type=kind,
        message_id=_text(event.get("messageId")) or "",
        flow=flow_id,
        index=index,
        name=_text(event.get("event" if kind == "track" else "name")),
        user=_text(event.get("userId")),
        anonymous=_text(event.get("anonymousId")),
        group=_text(event.get("groupId")),
        previous=_text(event.get("previousId")),
        properties=_mapping(event.get(traits_in)),
        context=_mapping(event.get("context")),
        integrations=_mapping(event.get("integrations")),
        timestamp=_text(event.get("timestamp")),
        raw=event,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
