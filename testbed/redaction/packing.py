"""What a text can be packed in on its way: gzip, zlib, deflate and Brotli, and base64 within other text."""

from __future__ import annotations

import base64
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import quote, unquote

import msgspec

from testbed.http import DEFLATE, GZIP, MAX_CONTENT, ZLIB, brotli, inflate

GZIP_MAGIC = b"\x1f\x8b\x08"
"""RFC 1952, 2.3; the only method that there is."""


SHORTEST = 8
"""Fewer bytes hold nothing that could be told, packed in any way that does not say so itself."""


class Packing(msgspec.Struct, frozen=True):
    """A way to pack bytes. `unpack` raises ValueError for what is not whole."""

    name: str
    unpack: Callable[[bytes], bytes]
    pack: Callable[[bytes], bytes]


PACKINGS = {
    "gzip": Packing("gzip", lambda data: inflate(data, GZIP), lambda data: gzip.compress(data, mtime=0)),
    "zlib": Packing("zlib", lambda data: inflate(data, ZLIB), zlib.compress),
    "deflate": Packing("deflate", lambda data: inflate(data, DEFLATE), lambda data: zlib.compress(data)[2:-4]),
    "brotli": Packing("brotli", brotli, lambda data: _brotli_compress(data)),
}


def packing_of(data: bytes) -> Packing | None:
    """How `data` is packed, None where it is not. gzip says so itself; zlib has a checksum in its head; what says
    nothing is tried, unless it is text."""
    if data.startswith(GZIP_MAGIC):
        return PACKINGS["gzip"]
    if len(data) < SHORTEST or is_text(data):
        return None
    if data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0 and _unpacks(PACKINGS["zlib"], data):
        return PACKINGS["zlib"]
    return next((PACKINGS[name] for name in ("deflate", "brotli") if _unpacks(PACKINGS[name], data)), None)


def is_broken_zlib(data: bytes) -> bool:
    """Whether `data` begins as zlib usually does, and goes on as something else."""
    return data[:2] in _ZLIB_HEADS and not is_text(data) and not _unpacks(PACKINGS["zlib"], data)


_ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


def gzip_members(data: bytes) -> Iterator[bytes]:
    """The content of what looks like gzip within other bytes, as far as it can be unpacked."""
    start = data.find(GZIP_MAGIC, 1)
    while start > 0:
        stream, end = zlib.decompressobj(GZIP), start + 1
        try:
            yield stream.decompress(data[start:], MAX_CONTENT)
            end = max(end, len(data) - len(stream.unused_data) if stream.eof else end)
        except zlib.error:
            pass  # no gzip after all
        start = data.find(GZIP_MAGIC, end)


def _unpacks(packing: Packing, data: bytes) -> bool:
    try:
        return len(packing.unpack(data)) > 0
    except ValueError:
        return False


def is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _brotli_compress(data: bytes) -> bytes:
    import brotli as library

    packed: bytes = library.compress(data)
    return packed


# base64 in other text: in either alphabet, and with its signs escaped for a URL or for JSON.

BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]|\\/|%(?:25)*2[BbFf]){12,}(?:=|%(?:25)*3[Dd]){0,2}")


def rewrite_base64(text: str, change: Callable[[bytes], bytes]) -> str:
    """`text` with what is packed in base64 in it changed and packed again. What is to be left alone, `change` gives
    back as it is."""

    def rewrite(found: re.Match[str]) -> str:
        run = _unescaped(found[0])
        for skip, raw in _readings(run):
            if (changed := change(raw)) != raw:
                packed = base64.b64encode(changed).decode()
                if "-" in run or "_" in run:
                    packed = packed.replace("+", "-").replace("/", "_")
                padded = run.endswith("=") or len(run[skip:]) % 4 == 0
                packed = run[:skip] + (packed if padded else packed.rstrip("="))
                return quote(packed, safe="") if "%" in found[0] else packed
        return found[0]

    return BASE64.sub(rewrite, text)


def in_base64(text: str) -> Iterator[bytes]:
    """Whatever may be packed in base64 in `text`."""
    for found in BASE64.finditer(text):
        yield from (raw for _, raw in _readings(_unescaped(found[0])))


def _unescaped(run: str) -> str:
    while "%" in run:
        run = unquote(run)
    return run.replace("\\/", "/")


def _readings(run: str) -> Iterator[tuple[int, bytes]]:
    """(letters passed over, bytes): what stands before base64 may be of the same letters, so its beginning is not
    known."""
    for skip in range(4):
        if len(body := run[skip:].rstrip("=")) >= 8 and (raw := _decoded(body)) is not None:
            yield skip, raw


def _decoded(run: str) -> bytes | None:
    plain = run.replace("-", "+").replace("_", "/")
    if len(plain) % 4 == 1:  # no number of bytes gives that: the last letter is somebody else's
        plain = plain[:-1]
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except ValueError:
        return None
