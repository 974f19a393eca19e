"""A command's stdin: a StreamReader that is filled by hand, and by no more than the command reads."""

from __future__ import annotations

import asyncio

MOST = 64 * 1024
"""Twice as much waits for a command that does not read; the rest waits at the client."""


class Stdin(asyncio.StreamReader):
    def __init__(self) -> None:
        super().__init__(limit=MOST)
        self._ended = False
        self._gate = _Gate()
        self.set_transport(self._gate)

    async def push(self, piece: bytes) -> None:
        """Returns when there is room for more. What comes after the end is nobody's."""
        if not self._ended:
            self.feed_data(piece)
            await self._gate.passable.wait()

    def end(self) -> None:
        self._ended = True
        self.feed_eof()


class _Gate(asyncio.ReadTransport):
    """What a StreamReader that is full stops, in place of a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.passable = asyncio.Event()
        self.passable.set()

    def pause_reading(self) -> None:
        self.passable.clear()

    def resume_reading(self) -> None:
        self.passable.set()
