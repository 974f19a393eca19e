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


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to say of a body of which only the beginning is at hand: its bytes, and their SHA-256."""

    size: int
    sha256: str

    def read(self) -> bytes | None:
        """All of it, where whoever has it lets one read (testbed.capture.spool); else None."""
        return None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What requests and responses have in common. `body` is undecoded bytes: all of them, or, where `whole` is set, the
    beginning."""

    headers: Headers = ()
    body: bytes = b""
    whole: Whole | None = None

    @property
    def size(self) -> int:
        """The bytes of the body as they went over the wire."""
        return len(self.body) if self.whole is None else self.whole.size

    @property
    def payload(self) -> bytes:
        """All of the body, from wherever it lies; its beginning where that is all there is."""
        found = None if self.whole is None else self.whole.read()
        return self.body if found is None else found

    @property
    def content(self) -> bytes:
        """The body with its Content-Encoding undone; the raw bytes where `unreadable` says why that cannot be done."""
        return _content(self.payload, self.headers)

    @property
    def unreadable(self) -> str:
        """Why the Content-Encoding cannot be undone; "" where it can, or there is none."""
        return _unreadable(self.payload, self.headers)


class Request(Message, frozen=True, kw_only=True):
    """A request as the device sent it. `path` carries the query."""

    method: str
    scheme: str
    host: str
    port: int
    path: str
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


class Response(Message, frozen=True, kw_only=True):
    """An answer. `body` is what goes over the wire, already encoded as `headers` say."""

    status: int = 200

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

GZIP, ZLIB, DEFLATE = 31, 15, -15
"""zlib's window bits for each format (zlib.h, inflateInit2)."""


def inflate(body: bytes, format: int) -> bytes:
    """The content of one or more gzip members, zlib or deflate streams. Raises ValueError where it is none, is cut
    short or is larger than MAX_CONTENT."""
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


def brotli(body: bytes) -> bytes:
    """The content of a Brotli stream (RFC 7932). Raises ValueError as `inflate` does."""
    import brotli as library  # not needed by a thin client

    stream, content = library.Decompressor(), bytearray()
    try:
        for at in range(0, len(body), _BROTLI_STEP):
            content += stream.process(body[at : at + _BROTLI_STEP])
            if len(content) > MAX_CONTENT:
                raise ValueError(f"more than {MAX_CONTENT >> 20} MiB")
    except library.error as error:
        raise ValueError("no Brotli") from error
    if not stream.is_finished():
        raise ValueError("cut short")
    return bytes(content)


_BROTLI_STEP = 64
"""The library takes no limit: so few bytes cannot grow to much more than one."""


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
            return _deflated(body)
        case "br":
            return brotli(body) if body else body
        case _:
            raise ValueError("not known here")


def _deflated(body: bytes) -> bytes:
    """HTTP's "deflate" is zlib (RFC 9110, 8.4.1.2); some send the bare stream, and browsers take both."""
    try:
        return inflate(body, ZLIB)
    except ValueError as zlib_error:
        try:
            return inflate(body, DEFLATE)
        except ValueError:
            raise zlib_error from None
