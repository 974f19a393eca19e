"""One file from a server, whole and checked or not at all; what a broken connection left is gone on with later.

Standard library only. While it comes in it is called NAME.part, under a lock that the kernel frees when its holder
dies: of two processes that want one file, the second waits and finds it there.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

import msgspec

from testbed.artifacts.locking import is_named, locked
from testbed.errors import EnvironmentFault

TIMEOUT_S = 60.0
ATTEMPTS = 4
"""How often a broken connection is gone on with, before it is the user's turn."""
PIECE = 1 << 18

FIX = "check the network and `maven_url` (TESTBED_MAVEN_URL), which must lead to a Maven repository"


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the file must be: `digest` is of `algorithm`, as hashlib names it; `size` is -1 where it is not known, and
    then `most` bounds it."""

    digest: str
    algorithm: str = "sha256"
    size: int = -1
    most: int = 512 << 20


class Absent(Exception):
    """The server has no such file (404)."""


def download(
    url: str, file: Path, expected: Expected, *, what: str, told: Callable[[int], None] = lambda _: None
) -> None:
    """Have `file` be what `url` gives; nothing is asked for where it is there already. `told` hears the bytes so far.
    Raises Absent, and EnvironmentFault with `what` in it for a server that is not reached, what is not as expected (no
    byte of which is kept), and a folder that cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        name = file.with_name(f"{file.name}.part")
        with _unfinished(name) as part:
            if not file.exists():
                _complete(url, part, expected, what, told)
                name.rename(file)
    except OSError as error:
        raise EnvironmentFault(
            f"{file.parent} cannot be written: {error.strerror}", fix="set XDG_CACHE_HOME"
        ) from error


def read(url: str, *, most: int) -> bytes:
    """A small file's content. Raises Absent, EnvironmentFault."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read(most))
    except urllib.error.HTTPError as refused:
        if refused.code in {404, 410}:
            raise Absent(url) from refused
        raise EnvironmentFault(f"{url} cannot be had: {refused}", fix=FIX) from refused
    except (OSError, http.client.HTTPException) as error:
        raise EnvironmentFault(f"{url} cannot be had: {error}", fix=FIX) from error


@contextmanager
def _unfinished(name: Path) -> Iterator[BufferedRandom]:
    """The file of that name, ours alone; it is gone afterwards if it is empty."""
    with locked(name) as part:
        try:
            yield part
        finally:
            if is_named(part, name) and not name.stat().st_size:
                name.unlink()


def _complete(url: str, part: BufferedRandom, expected: Expected, what: str, told: Callable[[int], None]) -> None:
    resumed = part.seek(0, os.SEEK_END) > 0
    try:
        _receive(url, part, expected, what, told)
        if resumed and _digest(part, expected.algorithm) != expected.digest:
            part.truncate(0)  # what was there need not have been of this file
            _receive(url, part, expected, what, told)
        if (digest := _digest(part, expected.algorithm)) != expected.digest:
            said = " (it is an HTML page)" if _is_html(part) else ""
            raise _lie(
                f"{what} is not what it must be{said}: its {expected.algorithm} is {digest}, not {expected.digest}"
            )
    except (_Lie, Absent):
        part.truncate(0)
        raise


class _Lie(EnvironmentFault):
    """The server gave something else."""


def _lie(message: str) -> _Lie:
    return _Lie(message, fix=f"try again; if it stays so, {FIX}")


def _receive(url: str, part: BufferedRandom, expected: Expected, what: str, told: Callable[[int], None]) -> None:
    """All that there is, appended. Goes on where a connection broke, as long as each brings something."""
    error: Exception | None = None
    for _ in range(ATTEMPTS):
        at = part.seek(0, os.SEEK_END)
        if at == expected.size:
            return
        try:
            if _append(url, at, part, expected, what, told):
                return
        except urllib.error.HTTPError as refused:
            if refused.code in {404, 410}:
                raise Absent(url) from refused
            if refused.code == 416:  # Range Not Satisfiable: it has less than we do
                part.truncate(0)
            error = refused
        except (
            urllib.error.URLError,
            http.client.HTTPException,
            ssl.SSLError,
            ConnectionError,
            TimeoutError,
        ) as broken:
            error = broken
    reason = error or "the connection breaks off again and again"
    raise EnvironmentFault(f"{what} cannot be had from {url}: {reason}", fix=FIX) from error


def _append(
    url: str, at: int, part: BufferedRandom, expected: Expected, what: str, told: Callable[[int], None]
) -> bool:
    """Whether the answer ended where it said that it would."""
    # As it is stored, not compressed: what is hashed, and what a range counts.
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={at}-"} if at else {})}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S) as answer:
        if answer.status != 206:
            part.truncate(0)
            at = 0
        length = answer.headers["content-length"]
        total = at + int(length) if length else None
        if total is not None and expected.size >= 0 and total != expected.size:
            kind = answer.headers.get_content_type()
            raise _lie(f"{what} has {expected.size} bytes, and {url} answers with {total} of {kind}")
        while piece := answer.read1(PIECE):  # what came in before the connection broke is kept
            at += len(piece)
            if at > (expected.size if expected.size >= 0 else expected.most):
                raise _lie(f"{url} gives more than the {max(expected.size, 0) or expected.most} bytes of {what}")
            part.write(piece)
            told(at)
        part.flush()
    if total is None and expected.size >= 0 and at != expected.size:
        raise _lie(f"{what} has {expected.size} bytes, and {url} ends after {at}")
    return total is None or at == total


def _digest(part: BufferedRandom, algorithm: str) -> str:
    part.seek(0)
    return hashlib.file_digest(part, algorithm).hexdigest()


def _is_html(part: BufferedRandom) -> bool:
    part.seek(0)
    return part.read(512).lstrip().lower().startswith((b"<!doctype html", b"<html"))
