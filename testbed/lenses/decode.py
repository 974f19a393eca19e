"""Undoing what vendors do to a body: pipelines of small steps, tried in order until one holds.

A pipeline is written `form.data | base64 | json`. It starts from the body (un-gzipped by its magic number, since
headers do not tell: PostHog and Segment send JSON and gzip as text/plain) or, with `query` or `path` first, from
the URL.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec

from testbed.http import Request

GZIP_MAGIC = b"\x1f\x8b"


class Undecodable(ValueError):
    """No pipeline holds for this body."""


def decode(request: Request, pipelines: Sequence[str]) -> Any:
    """What the first pipeline that holds makes of the request. Raises Undecodable, saying what was tried."""
    for pipeline in pipelines:
        try:
            return run(request, pipeline)
        except Undecodable:
            continue
    size = len(request.body)
    raise Undecodable(f"{size} bytes that are none of: {', '.join(pipelines)}")


def run(request: Request, pipeline: str) -> Any:
    """The value of one pipeline. Raises Undecodable where a step does not hold, ValueError for an unknown step."""
    steps = [step.strip() for step in pipeline.split("|")]
    value: Any = plain_body(request)
    for number, step in enumerate(steps):
        name, _, field = step.partition(".")
        if name == "query" and number == 0:
            value = dict(request.query)
        elif name == "path" and number == 0:
            value = request.route
        else:
            value = _each(STEPS[name], value) if name in STEPS else _unknown(step)
        if field:
            value = _field(value, field)
    return value


def plain_body(request: Request) -> bytes:
    """The body, un-gzipped by Content-Encoding or by its magic number."""
    body = request.content
    if body.startswith(GZIP_MAGIC):
        try:
            return gzip.decompress(body)
        except (OSError, EOFError, zlib.error) as error:
            raise Undecodable(f"gzip that does not hold: {error}") from error
    return body


def from_json(value: bytes) -> Any:
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(f"no JSON: {error}") from error


def from_base64(value: bytes) -> bytes:
    """Standard or URL-safe alphabet, padding or not, and a space where a form turned a plus into one."""
    text = value.strip().replace(b" ", b"+").replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise Undecodable(f"no base64: {error}") from error


def from_form(value: bytes) -> dict[str, str]:
    try:
        text = value.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise Undecodable(f"no form: {error}") from error
    return dict(pairs)


def from_lines(value: bytes) -> list[bytes]:
    return [line for line in value.replace(b"\r\n", b"\n").split(b"\n") if line]


STEPS: dict[str, Callable[[bytes], Any]] = {
    "json": from_json,
    "base64": from_base64,
    "form": from_form,
    "percent": unquote_to_bytes,
    "lines": from_lines,
    "gunzip": lambda value: _gunzip(value),
}


def _gunzip(value: bytes) -> bytes:
    try:
        return gzip.decompress(value)
    except (OSError, EOFError, zlib.error) as error:
        raise Undecodable(f"no gzip: {error}") from error


def _each(step: Callable[[bytes], Any], value: Any) -> Any:
    """Apply `step`; to every element of a list. Text becomes bytes first: a form's field may hold JSON."""
    if isinstance(value, list):
        return [_each(step, element) for element in value]
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if not isinstance(value, bytes):
        raise Undecodable(f"{type(value).__name__} where bytes or text were expected")
    return step(value)


def _field(value: Any, name: str) -> Any:
    if not isinstance(value, dict) or name not in value:
        raise Undecodable(f"no field {name!r}")
    return value[name]


def _unknown(step: str) -> Any:
    raise ValueError(f"unknown decoding step {step!r}: {', '.join([*STEPS, 'query', 'path'])}")
