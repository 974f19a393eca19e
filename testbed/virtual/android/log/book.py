"""What logd keeps: entries in order, the oldest given up when a buffer is full (AOSP: system/logging/logd)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from testbed.virtual.apps import Priority

Buffer = Literal["main", "system", "crash", "radio", "events", "kernel"]
BUFFERS: tuple[Buffer, ...] = get_args(Buffer)

CAPACITY = 1 << 20
"""Bytes of a buffer. Phones have 256 KiB; a log that is read late should still be whole."""

MAX_PAYLOAD = 4_068
"""LOGGER_ENTRY_MAX_PAYLOAD (liblog): tag and message; what is longer is cut."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`number` counts over all buffers; `time` in seconds since the epoch."""

    number: int
    time: float
    buffer: Buffer
    pid: int
    tid: int
    uid: int
    priority: Priority
    tag: str
    message: str


class LogBook:
    def __init__(self) -> None:
        self._entries: dict[Buffer, deque[Entry]] = {buffer: deque() for buffer in BUFFERS}
        self._sizes = dict.fromkeys(BUFFERS, 0)
        self._next = 0
        self._more = asyncio.Event()

    def add(
        self, priority: Priority, tag: str, message: str, *, pid: int, tid: int = 0, uid: int = 1000,
        buffer: Buffer = "main",
    ) -> None:  # fmt: skip
        room = MAX_PAYLOAD - len(tag.encode("utf-8", "replace"))
        raw = message.encode("utf-8", "replace")
        entry = Entry(
            number=self._next,
            time=time.time(),
            buffer=buffer,
            pid=pid,
            tid=tid or pid,
            uid=uid,
            priority=priority,
            tag=tag,
            message=message if len(raw) <= room else raw[: max(0, room)].decode("utf-8", "ignore"),
        )
        self._next += 1
        held = self._entries[buffer]
        held.append(entry)
        self._sizes[buffer] += _size(entry)
        while self._sizes[buffer] > CAPACITY:
            self._sizes[buffer] -= _size(held.popleft())
        self._more.set()
        self._more = asyncio.Event()

    def since(self, number: int, buffers: frozenset[Buffer]) -> list[Entry]:
        """The entries from `number` on, in order."""
        found = [entry for buffer in buffers for entry in _from(self._entries[buffer], number)]
        return sorted(found, key=lambda entry: entry.number)

    @property
    def end(self) -> int:
        """The number of the next entry."""
        return self._next

    def clear(self, buffers: frozenset[Buffer]) -> None:
        for buffer in buffers:
            self._entries[buffer].clear()
            self._sizes[buffer] = 0

    def used(self, buffer: Buffer) -> int:
        return self._sizes[buffer]

    async def more(self, number: int) -> None:
        """Until there is an entry `number`."""
        while self._next <= number:
            await self._more.wait()


def _from(entries: deque[Entry], number: int) -> Iterator[Entry]:
    """The last ones of a buffer, oldest first."""
    found = []
    for entry in reversed(entries):
        if entry.number < number:
            break
        found.append(entry)
    return reversed(found)


def _size(entry: Entry) -> int:
    return len(entry.message) + len(entry.tag) + 64
