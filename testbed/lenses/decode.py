"""Undoing what vendors do to a body: pipelines of small steps, tried in order until one holds.

A pipeline is written `form.data | base64 | json`. It starts from the body (un-gzipped by its magic number, since
headers do not tell: PostHog and Segment send JSON and gzip as text/plain) or, with `query` or `path` first, from
the URL. `.field` after a step picks a field of what it made. A step that meets a list is done to each of its elements.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, unquote_to_bytes

import msgspec

from testbed.http import GZIP, Request, inflate

T = TypeVar("T")

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


def decode_value(value: Any, pipelines: Sequence[str]) -> Any:
    """What the first pipeline that holds makes of a value: a field that holds encoded data. Raises Undecodable."""
    for pipeline in pipelines:
        try:
            return _through(value, steps_of(pipeline))
        except Undecodable:
            continue
    raise Undecodable(f"a field that is none of: {', '.join(pipelines)}")


def run(request: Request, pipeline: str) -> Any:
    """The value of one pipeline. Raises Undecodable where a step does not hold, ValueError for an unknown step."""
    (name, field), *rest = steps_of(pipeline)
    if name not in ORIGINS:
        return _through(plain_body(request), [(name, field), *rest])
    value = ORIGINS[name](request)
    return _through(_field(value, field) if field else value, rest)


def steps_of(pipeline: str) -> list[tuple[str, str]]:
    """The steps of a pipeline, each with the field that it picks, "" for none."""
    pairs = (step.strip().partition(".") for step in pipeline.split("|"))
    return [(name, field) for name, _, field in pairs]


def plain_body(request: Request) -> bytes:
    """The body, un-gzipped by Content-Encoding or by its magic number."""
    body = request.content
    return from_gzip(body) if body.startswith(GZIP_MAGIC) else body


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


def from_gzip(value: bytes) -> bytes:
    try:
        return inflate(value, GZIP)
    except ValueError as error:
        raise Undecodable(f"no gzip: {error}") from error


def from_form(value: bytes) -> dict[str, str]:
    try:
        text = value.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise Undecodable(f"no form: {error}") from error
    return _some(dict(pairs), "form fields")


def from_lines(value: bytes) -> list[bytes]:
    return _some([line for line in value.replace(b"\r\n", b"\n").split(b"\n") if line], "lines")


def from_matrix(value: bytes) -> dict[str, str]:
    """`;`-separated pairs, as matrix parameters of a path or in one field. What is no pair (the path itself, the `?` at
    the end of a Floodlight URL) is passed over."""
    pairs = (part.partition(b"=") for part in value.split(b";"))
    try:
        found = {unquote(key, errors="strict"): unquote(text, errors="strict") for key, sign, text in pairs if sign}
    except UnicodeDecodeError as error:
        raise Undecodable(f"no matrix parameters: {error}") from error
    return _some(found, "matrix parameters")


def from_brackets(value: dict[str, Any]) -> dict[str, Any]:
    """`cd[value]=1` as `{"cd": {"value": 1}}`, 16 deep at most; any other brackets as they stand. Where a key is both a
    value and a parent, the later one stays."""
    nested: dict[str, Any] = {}
    for key, item in value.items():
        nests = re.fullmatch(r"[^\[\]]+(\[[^\[\]]+\]){1,16}", key)
        name, *inner = re.findall(r"[^\[\]]+", key) if nests else [key]
        holder = nested
        for deeper in inner:
            if not isinstance(holder.get(name), dict):
                holder[name] = {}
            holder, name = holder[name], deeper
        holder[name] = item
    return nested


BYTE_STEPS: Mapping[str, Callable[[bytes], Any]] = {
    "json": from_json,
    "base64": from_base64,
    "gunzip": from_gzip,
    "percent": unquote_to_bytes,
    "form": from_form,
    "lines": from_lines,
    "matrix": from_matrix,
}
"""Done to bytes, or to text."""

OBJECT_STEPS: Mapping[str, Callable[[dict[str, Any]], Any]] = {"brackets": from_brackets}
"""Done to what `form`, `query`, `matrix` or `json` made."""

STEPS = (*BYTE_STEPS, *OBJECT_STEPS)

ORIGINS: Mapping[str, Callable[[Request], Any]] = {
    "query": lambda request: _some(dict(request.query), "query"),
    "path": lambda request: request.route,
}
"""What may stand first, in place of the body."""


def _some(found: T, what: str) -> T:
    """`found`, unless it is empty: nothing is no event, and the next pipeline may find one."""
    if not found:
        raise Undecodable(f"no {what}")
    return found


def _through(value: Any, steps: Sequence[tuple[str, str]]) -> Any:
    for name, field in steps:
        value = _step(name, value)
        if field:
            value = _field(value, field)
    return _as_text(value)


def _step(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_step(name, element) for element in value]
    if name in OBJECT_STEPS:
        if not isinstance(value, dict):
            raise Undecodable(f"{type(value).__name__} where an object was expected")
        return OBJECT_STEPS[name](value)
    if name not in BYTE_STEPS:
        raise ValueError(f"unknown decoding step {name!r}: {', '.join([*STEPS, *ORIGINS])}")
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if not isinstance(value, bytes):
        raise Undecodable(f"{type(value).__name__} where bytes or text were expected")
    return BYTE_STEPS[name](value)


def _field(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_field(element, name) for element in value]
    if not isinstance(value, dict) or name not in value:
        raise Undecodable(f"no field {name!r}")
    return value[name]


def _as_text(value: Any) -> Any:
    """What a pipeline leaves is JSON, so bytes are text in the end."""
    if isinstance(value, list):
        return [_as_text(element) for element in value]
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Undecodable(f"no text: {error}") from error
