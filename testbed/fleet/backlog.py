"""What a client of the control API has not read yet: in a file, so that a slow one costs no memory."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from typing import IO


class Backlog:
    """A context manager: lines in, lines out, in order. Ends, for whoever reads, with `end`."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="backlog-")  # noqa: SIM115 -- closed by __exit__
        self._read = self._written = 0
        self._ended = False
        self._changed = asyncio.Event()

    def __enter__(self) -> Backlog:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def put(self, line: bytes) -> None:
        self._file.seek(self._written)
        self._written += self._file.write(line)
        self._changed.set()

    def end(self) -> None:
        self._ended = True
        self._changed.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._read < self._written or not self._ended:
            if self._read == self._written:
                self._changed.clear()
                await self._changed.wait()
                continue
            self._file.seek(self._read)
            line = self._file.readline()
            self._read += len(line)
            if self._read == self._written:  # all of it is read: the file starts over
                self._file.truncate(0)
                self._read = self._written = 0
            yield line
