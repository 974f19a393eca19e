"""Bodies and their encodings: undone, or said why not, within bounds."""

from __future__ import annotations

import gzip
import zlib

import pytest

from testbed import http
from testbed.http import GZIP, Request, Response, inflate

TEXT = b'{"a": 1}'


def request(body: bytes, encoding: str | None) -> Request:
    headers = () if encoding is None else (("Content-Encoding", encoding),)
    return Request.get("https://a.example/", method="POST", headers=headers, body=body)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (TEXT, None),
        (TEXT, "identity"),
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " GZIP "),
        (gzip.compress(TEXT[:4]) + gzip.compress(TEXT[4:]), "x-gzip"),  # members follow each other (RFC 1952, 2.2)
        (zlib.compress(TEXT), "deflate"),
    ],
)
def test_undone(body: bytes, encoding: str | None):
    made = request(body, encoding)
    assert (made.content, made.unreadable) == (TEXT, "")
    assert Response(headers=made.headers, body=body).content == TEXT


@pytest.mark.parametrize(
    ("body", "encoding", "why"),
    [
        (TEXT, "gzip", "incorrect header check"),
        (gzip.compress(TEXT)[:-9], "gzip", "cut short"),
        (gzip.compress(TEXT) + b"more", "gzip", "incorrect header check"),
        (TEXT, "zstd", "not known here"),
        (gzip.compress(TEXT), "gzip, br", "not known here"),
    ],
)
def test_cannot_be_undone(body: bytes, encoding: str, why: str):
    made = request(body, encoding)
    assert made.content == body
    assert why in made.unreadable
    assert made.unreadable.startswith(f"Content-Encoding {encoding}: ")


def test_a_small_body_does_not_become_a_large_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "MAX_CONTENT", 1 << 20)
    assert len(inflate(gzip.compress(bytes(1 << 20)), GZIP)) == 1 << 20
    bomb = gzip.compress(bytes((1 << 20) + 1))
    with pytest.raises(ValueError, match="more than 1 MiB"):
        inflate(bomb, GZIP)
    with pytest.raises(ValueError, match="more than 1 MiB"):  # in one member or in several
        inflate(gzip.compress(bytes(1 << 19)) * 3, GZIP)
    assert "more than 1 MiB" in request(bomb, "gzip").unreadable
