"""A two-way byte stream, whatever carries it: an ADB stream, a forwarded port, the socket of an app."""

from __future__ import annotations

from typing import Protocol


class Duplex(Protocol):
    """Whoever was given one closes it."""

    async def read(self, limit: int = 65_536) -> bytes:
        """Between 1 and `limit` bytes; b"" once the other side has no more to say."""
        ...

    async def write(self, data: bytes) -> None:
        """Returns when there is room for more. Raises ConnectionError once the other side is gone."""
        ...

    async def close(self) -> None:
        """End both ways. May be called twice."""
        ...
