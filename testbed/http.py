"""One HTTP request and one HTTP response, as plain frozen values.

Everything that answers (the Segment side, stubs, the customer's page) is a function of these; everything that
reads (lenses, matching, HAR) reads these. No proxy and no socket in sight.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

import msgspec

Headers = tuple[tuple[str, str], ...]


def header(headers: Headers, name: str) -> str | None:
    """The first value of `name`, whatever its case, or None."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the device sent it. `path` carries the query; `body` is undecoded bytes."""

    method: str
    scheme: str
    host: str
    port: int
    path: str
    headers: Headers = ()
    body: bytes = b""
    http_version: str = "HTTP/1.1"

    @property
    def url(self) -> str:
        default = {"https": 443, "http": 80}.get(self.scheme)
        port = "" if self.port == default else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.path.partition("?")[2], keep_blank_values=True)

    @property
    def content(self) -> bytes:
        """The body with its Content-Encoding undone; the raw bytes where `unreadable` says why that cannot be done."""
        return _content(self.body, self.headers)

    @property
    def unreadable(self) -> str:
        """Why the Content-Encoding cannot be undone; "" where it can, or there is none."""
        return _unreadable(self.body, self.headers)

    @classmethod
    def get(cls, url: str, **more: object) -> Request:
        """A request for `url`, for tests and tools."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = {
            "method": "GET",
            "scheme": parts.scheme,
            "host": parts.hostname or "",
            "port": port,
            "path": path,
        }
        return cls(**{**fields, **more})  # type: ignore[arg-type]


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. `body` is what goes over the wire, already encoded as `headers` say."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""

    @property
    def content(self) -> bytes:
        """As of a Request."""
        return _content(self.body, self.headers)

    @classmethod
    def json(cls, value: object, *, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
        kind = ("content-type", "application/json; charset=utf-8")
        return cls(status=status, headers=(kind, *headers), body=msgspec.json.encode(value))

    @classmethod
    def text(
        cls,
        value: str,
        *,
        status: int = 200,
        content_type: str = "text/plain; charset=utf-8",
        headers: Iterable[tuple[str, str]] = (),
    ) -> Response:
        return cls(status=status, headers=(("content-type", content_type), *headers), body=value.encode())


def with_cors(response: Response, request: Request) -> Response:
    """`response` made readable to the asking origin, credentials included; unchanged where it says so itself.

    Credentialed callers (mixpanel-browser, and analytics.js with its Authorization header) need
    the exact origin, never `*` (Fetch standard, CORS check)."""
    if header(response.headers, "access-control-allow-origin") is not None:
        return response
    origin = header(request.headers, "origin")
    if origin is None:
        return response
    cors = (
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("vary", "Origin"),
    )
    return msgspec.structs.replace(response, headers=(*response.headers, *cors))


MAX_CONTENT = 64 * 1024 * 1024
"""What a body may grow to: a small gzip can hold more than a machine has memory."""

GZIP, ZLIB = 31, 15
"""zlib's window bits for either format (zlib.h, inflateInit2)."""


def inflate(body: bytes, format: int) -> bytes:
    """The content of one or more gzip members or zlib streams. Raises ValueError where it is none, is cut short or is
    larger than MAX_CONTENT."""
    content = bytearray()
    rest = body
    try:
        while rest:
            stream = zlib.decompressobj(format)
            content += stream.decompress(rest, MAX_CONTENT + 1 - len(content))
            if len(content) > MAX_CONTENT:
                raise ValueError(f"more than {MAX_CONTENT >> 20} MiB")
            if not stream.eof:
                raise ValueError("cut short")
            rest = stream.unused_data
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return bytes(content)


def _content(body: bytes, headers: Headers) -> bytes:
    try:
        return _decoded(body, headers)
    except ValueError:
        return body


def _unreadable(body: bytes, headers: Headers) -> str:
    try:
        _decoded(body, headers)
    except ValueError as error:
        return f"Content-Encoding {header(headers, 'content-encoding')}: {error}"
    return ""


def _decoded(body: bytes, headers: Headers) -> bytes:
    match (header(headers, "content-encoding") or "").strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return inflate(body, GZIP)
        case "deflate":
            return inflate(body, ZLIB)
        case _:
            raise ValueError("not known here")
