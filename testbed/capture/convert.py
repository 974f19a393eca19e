"""mitmproxy's requests and responses as ours, and back."""

from __future__ import annotations

import time

from mitmproxy import http as mitm
from mitmproxy.net.http import status_codes

from testbed.http import Headers, Request, Response


def to_request(request: mitm.Request) -> Request:
    """`host` and `port` are where the client meant to connect, which is what policy must judge; the Host header, which
    a client may forge, stays among the headers."""
    return Request(
        method=request.method,
        scheme=request.scheme,
        host=request.host,
        port=request.port,
        path=request.path,
        headers=_headers(request.headers),
        body=request.raw_content or b"",
        http_version=request.http_version,
    )


def to_response(response: mitm.Response) -> Response:
    return Response(status=response.status_code, headers=_headers(response.headers), body=response.raw_content or b"")


def to_mitmproxy(response: Response, request: mitm.Request) -> mitm.Response:
    """`response` framed for the client: its length is what the body is, whatever its headers say."""
    kept = [
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in response.headers
        if name.lower() not in {"content-length", "transfer-encoding", "connection"}
    ]
    bodyless = response.status in {204, 304} or response.status < 200
    if not bodyless:
        kept.append((b"content-length", str(len(response.body)).encode()))
    body = b"" if bodyless or request.method == "HEAD" else response.body
    now = time.time()
    return mitm.Response(
        http_version=b"HTTP/2.0" if request.is_http2 else b"HTTP/1.1",
        status_code=response.status,
        reason=status_codes.RESPONSES.get(response.status, "").encode(),
        headers=mitm.Headers(kept),
        content=body,
        trailers=None,
        timestamp_start=now,
        timestamp_end=now,
    )


def _headers(headers: mitm.Headers) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.fields)
