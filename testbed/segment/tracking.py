"""Segment's tracking API: what it accepts, what it refuses and with which status, and the calls in it.

Statuses and limits as documented for the HTTP API (Segment docs, sources/catalog/libraries/server/http-api): 200 to
everything but payloads that are too large and JSON that is malformed, which get 400; some of what gets 200 is thrown
away all the same (see `_rejected`). Paths as the SDKs use them (`/v1/t` web, `/v1/b` and `/v1/import` mobile, the long
names server libraries).
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from testbed.http import Request, Response, header, with_cors
from testbed.segment.model import SegmentCall

TYPES = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}
SINGLE = frozenset({*TYPES, *TYPES.values()})
BATCH = frozenset({"b", "batch", "import"})
METRICS = frozenset({"m"})

MAX_EVENT_BYTES = 32 * 1024
"""Of a request with one call, and of each event of a batch."""
MAX_BATCH_BYTES = 500 * 1024
MAX_BATCH_EVENTS = 2500


def respond(request: Request) -> Response:
    """The answer of the tracking API to `request`, readable by the page that asked."""
    return with_cors(_respond(request), request)


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


def carries_calls(request: Request) -> bool:
    """Whether `request` is an upload of calls. The SDKs' own metrics and preflights are none."""
    return request.method == "POST" and _endpoint(request) in SINGLE | BATCH


def read_calls(flow_id: str, request: Request) -> list[SegmentCall]:
    """The calls in a request to the tracking API, [] where it is none. Never raises."""
    endpoint = _endpoint(request)
    body = _body(request) if carries_calls(request) else None
    events = None if body is None else _events(request, body)
    if body is None or events is None:
        return []
    by_path = TYPES.get(endpoint, endpoint) if endpoint in SINGLE else ""
    # What a batch says of all its events counts for each; what an event says itself goes over it.
    shared = body if endpoint in BATCH else {}
    rejected = _rejected(request, body, events)
    return [
        msgspec.structs.replace(_call(event, shared, by_path), flow=flow_id, index=index, rejected=rejected)
        for index, event in enumerate(events)
    ]


def refusal(request: Request) -> str:
    """Why Segment answers an upload of calls with 400; "" where it does not."""
    body = _body(request)
    events = None if body is None else _events(request, body)
    return "malformed JSON" if events is None else _too_large(request, events)


def _respond(request: Request) -> Response:
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
    if why := refusal(request):
        return Response.json({"success": False, "message": why}, status=400)
    rejected = next((call.rejected for call in read_calls("", request)), "")
    return Response.json({"success": True, "message": f"not processed: {rejected}"} if rejected else {"success": True})


def _too_large(request: Request, events: list[dict[str, Any]]) -> str:
    if _endpoint(request) in SINGLE:
        fits = len(request.content) <= MAX_EVENT_BYTES
        return "" if fits else f"the request is larger than {MAX_EVENT_BYTES} bytes"
    if len(request.content) > MAX_BATCH_BYTES:
        return f"the batch is larger than {MAX_BATCH_BYTES} bytes"
    if any(len(msgspec.json.encode(event)) > MAX_EVENT_BYTES for event in events):
        return f"an event is larger than {MAX_EVENT_BYTES} bytes"
    return ""


def _rejected(request: Request, body: dict[str, Any], events: list[dict[str, Any]]) -> str:
    """Why Segment processes nothing of a request that it answers with 200; "" where it does. A write key that is wrong
    cannot be told from one that is right, so any will do."""
    if len(events) > MAX_BATCH_EVENTS:
        return f"a batch of {len(events)} events, of which it may have {MAX_BATCH_EVENTS}"
    if not _text(body.get("writeKey")) and not _basic_user(request):
        return "no write key, neither by basic authorization nor in writeKey"
    return ""


def _basic_user(request: Request) -> str:
    scheme, _, value = (header(request.headers, "authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).partition(b":")[0].decode("utf-8", "replace")
    except ValueError:
        return ""


def _endpoint(request: Request) -> str:
    version, _, endpoint = request.route.strip("/").partition("/")
    return endpoint if version == "v1" else ""


def _body(request: Request) -> dict[str, Any] | None:
    """The body, None where it is no JSON object. Content types do not matter: the web SDK sends JSON as text/plain, to
    save a preflight."""
    try:
        body = msgspec.json.decode(request.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _events(request: Request, body: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The events of the body, None where it has not the right shape."""
    events = body.get("batch") if _endpoint(request) in BATCH else [body]
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        return None
    return events


def _call(event: dict[str, Any], shared: dict[str, Any], by_path: str) -> SegmentCall:
    kind = _text(event.get("type")) or by_path
    return SegmentCall(
        type=kind,
        message_id=_text(event.get("messageId")) or "",
        name=_text(event.get("event" if kind == "track" else "name")),
        user=_text(event.get("userId")),
        anonymous=_text(event.get("anonymousId")),
        group=_text(event.get("groupId")),
        previous=_text(event.get("previousId")),
        properties=_mapping(event.get("traits" if kind in {"identify", "group"} else "properties")),
        context={**_mapping(shared.get("context")), **_mapping(event.get("context"))},
        integrations={**_mapping(shared.get("integrations")), **_mapping(event.get("integrations"))},
        timestamp=_text(event.get("timestamp")),
        raw=event,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
