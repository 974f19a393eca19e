"""Where the flows of a run lie until they are judged: in a file, so that memory stays flat however many there are."""

from __future__ import annotations

import hashlib
import os
import tempfile
from array import array
from collections.abc import Iterator
from typing import IO, Any, TypeVar

import msgspec

from testbed.capture.flow import Flow
from testbed.http import Message, Whole

MAX_IN_MEMORY = 1024 * 1024
"""A larger body stays on disk when its flow is read back, until somebody asks for its content."""

HEAD = 64 * 1024
"""So much of such a body comes with the flow."""

M = TypeVar("M", bound=Message)


class Spool:
    """Flows in order of their end. A context manager; one that nobody enters ends with the last who knows it.

    Its file is in the temp folder, which is a fleet's home, and has no name: the system takes it back when it is
    closed, also by kill -9. A large body can be read as long as it is open. Raises OSError where the disk is full."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="flows-")  # noqa: SIM115 -- closed by __exit__
        self._end = 0
        self._places = array("Q")  # offset and size of each record

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places) // 2

    def add(self, flow: Flow) -> None:
        request, asked_at = self._put(flow.request)
        response, answered_at = self._put(flow.response) if flow.response is not None else (None, 0)
        flow = msgspec.structs.replace(flow, request=request, response=response)
        record = _encoder.encode((flow, asked_at, answered_at))
        self._places.extend((self._write(record), len(record)))

    def flows(self, start: int = 0) -> Iterator[Flow]:
        """Those from `start` on."""
        for number in range(start, len(self)):
            offset, size = self._places[2 * number : 2 * number + 2]
            flow, asked_at, answered_at = _decoder.decode(self.read(offset, size))
            if flow.request.whole is not None:
                flow = msgspec.structs.replace(flow, request=self._with_rest(flow.request, asked_at))
            if flow.response is not None and flow.response.whole is not None:
                flow = msgspec.structs.replace(flow, response=self._with_rest(flow.response, answered_at))
            yield flow

    def read(self, offset: int, size: int) -> bytes:
        self._file.flush()
        parts: list[bytes] = []
        while size and (part := os.pread(self._file.fileno(), size, offset)):  # at most 2 GiB at once (read(2))
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return b"".join(parts)

    def _put(self, message: M) -> tuple[M, int]:
        """The message as it goes into a record, and where its body lies, if that is large."""
        body = message.body
        if len(body) <= MAX_IN_MEMORY:
            return message, 0
        whole = Whole(size=len(body), sha256=hashlib.sha256(body).hexdigest())
        return msgspec.structs.replace(message, body=body[:HEAD], whole=whole), self._write(body)

    def _with_rest(self, message: M, offset: int) -> M:
        assert message.whole is not None
        rest = Spooled(size=message.whole.size, sha256=message.whole.sha256, spool=self, offset=offset)
        return msgspec.structs.replace(message, whole=rest)

    def _write(self, data: bytes) -> int:
        """Where it was written."""
        start = self._end
        self._file.write(data)
        self._end += len(data)
        return start


class Spooled(Whole, frozen=True, kw_only=True):
    """A body in a spool. Never in an event: it cannot be encoded."""

    spool: Any
    offset: int

    def read(self) -> bytes:
        found: bytes = self.spool.read(self.offset, self.size)
        return found


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[tuple[Flow, int, int]] = msgspec.msgpack.Decoder(tuple[Flow, int, int])
