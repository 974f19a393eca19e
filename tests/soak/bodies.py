"""What a message holds, taken apart as far as anything can read it, so that each field of it can be compared."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from testbed.http import Request, Response
from tests.soak.names import TOKEN

Leaf = tuple[str, Any]

_TOKEN = re.compile(TOKEN.encode())
FORM = re.compile(r"[\w.-]+=[^&=\s]*(&[\w.-]+=[^&=\s]*)*")


def request_data(plain: dict[str, Any]) -> Any:
    """The body of a request as JSON: an object for a form, with JSON for those of its values that are."""
    request = Request(method="", scheme="", host="", port=0, path="", **_content(plain))
    text = request.content.decode("utf-8", "backslashreplace")
    if FORM.fullmatch(text):  # whatever its Content-Type: a beacon cannot have that of a form
        return {name: unpacked(value) for name, value in parse_qsl(text, keep_blank_values=True)}
    return unpacked(text)


def response_data(plain: dict[str, Any]) -> str:
    """A digest of the body: we gave it, so it is the same or a fault, but for the tokens of secrets in it."""
    response = Response(**_content(plain))
    return hashlib.sha256(_TOKEN.sub(b"<secret>", response.content)).hexdigest()


def _content(plain: dict[str, Any]) -> dict[str, Any]:
    headers = tuple((name, value) for name, value in plain["headers"])
    return {"headers": headers, "body": base64.b64decode(plain["body"])}


def unpacked(text: str) -> Any:
    """JSON, plain or URL-encoded or in base64, as vendors write it into forms and cookies; else the text."""
    for read in (str, unquote, lambda packed: base64.b64decode(packed, validate=True).decode()):
        try:
            found = json.loads(read(text))
        except ValueError:
            continue
        if isinstance(found, dict | list):
            return found
    return text


def leaves(value: Any, path: str = "") -> Iterator[Leaf]:
    """(path, scalar) of all that JSON holds; what is in a list is told by its path, not by its place."""
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from leaves(item, f"{path}.{key}")
        case list() if value:
            for item in value:
                yield from leaves(item, f"{path}[]")
        case dict() | list():
            yield path, "{}" if isinstance(value, dict) else "[]"
        case _:
            yield path, value
