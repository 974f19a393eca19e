"""Two ends of one connection inside the phone."""

from __future__ import annotations

from testbed.virtual.android.shell.streams import Pipe
from testbed.virtual.duplex import Duplex


class End:
    """A Duplex over two pipes."""

    def __init__(self, incoming: Pipe, outgoing: Pipe) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    async def read(self, limit: int = 65_536) -> bytes:
        return await self._incoming.read(limit)

    async def write(self, data: bytes) -> None:
        await self._outgoing.write(data)

    async def close(self) -> None:
        await self._outgoing.close()
        await self._incoming.leave()


def pair() -> tuple[Duplex, Duplex]:
    there, back = Pipe(), Pipe()
    return End(back, there), End(there, back)
