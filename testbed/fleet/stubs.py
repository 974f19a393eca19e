"""Canned answers of vendor hosts: from a scenario, from the plugin, or the plainest success there is."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from testbed.capture.flow import Answer, Disposition
from testbed.http import Request, Response, header, with_cors
from testbed.plugin.model import Plugin, Stub


def find_stub(stubs: Iterable[Stub], request: Request) -> Stub | None:
    """The first stub whose host, path and method globs fit. The path is matched with and without its query."""
    return next((s for s in stubs if _fits(s, request)), None)


def stub_answer(stub: Stub, plugin: Plugin, request: Request) -> Answer:
    """What `stub` says to `request`, readable by the page that asks (CORS)."""
    if stub.fail is not None:
        return Answer(disposition=Disposition.BROKEN, reason=f"stub for {stub.host}{stub.path}: {stub.fail}")
    if request.method == "OPTIONS" and stub.method == "*":
        return Answer(disposition=Disposition.STUB, response=preflight(request))
    response = with_cors(_content(stub, plugin), request)
    return Answer(disposition=Disposition.STUB, response=response, delay_ms=stub.delay_ms)


def plain_answer(request: Request) -> Answer:
    """A declared host without a stub: an empty JSON object, except for scripts, which nobody but the vendor has."""
    if request.method == "OPTIONS":
        return Answer(disposition=Disposition.STUB, response=preflight(request))
    if header(request.headers, "sec-fetch-dest") in {"script", "worker", "serviceworker", "style"}:
        text = f"testbed has no copy of {request.url}: add a [[stub]] with `file` to plugin.toml"
        return Answer(
            disposition=Disposition.STUB, response=Response.text(text, status=404), reason="no [[stub]] for this script"
        )
    return Answer(disposition=Disposition.STUB, response=with_cors(Response.json({}), request))


def preflight(request: Request) -> Response:
    """The answer to a CORS preflight that lets everything through that was asked for."""
    asked = header(request.headers, "access-control-request-headers") or "*"
    method = header(request.headers, "access-control-request-method") or "*"
    headers = (("access-control-allow-headers", asked), ("access-control-allow-methods", method))
    return with_cors(Response(status=204, headers=headers), request)


def _fits(stub: Stub, request: Request) -> bool:
    return (
        fnmatchcase(request.host.lower(), stub.host.lower())
        and any(fnmatchcase(path, stub.path) for path in (request.route, request.path))
        and (stub.method in {"*", request.method} or (request.method == "OPTIONS" and stub.method == "*"))
    )


def _content(stub: Stub, plugin: Plugin) -> Response:
    given = tuple(stub.headers.items())
    if stub.file is not None:
        kind = mimetypes.guess_type(stub.file)[0] or "application/octet-stream"
        return _typed(Response(status=stub.status, headers=given, body=plugin.files[stub.file]), kind)
    if stub.json is not msgspec.UNSET:
        body = msgspec.json.encode(stub.json)
        return _typed(Response(status=stub.status, headers=given, body=body), "application/json")
    if stub.body is not None:
        return _typed(Response(status=stub.status, headers=given, body=stub.body.encode()), "text/plain; charset=utf-8")
    return Response(status=stub.status, headers=given)


def _typed(response: Response, content_type: str) -> Response:
    if header(response.headers, "content-type") is not None:
        return response
    return msgspec.structs.replace(response, headers=(("content-type", content_type), *response.headers))
