"""A forwarded connection: what comes in at one end goes out at the other."""

from __future__ import annotations

import asyncio

from testbed.virtual.duplex import Duplex


async def pump(one: Duplex, other: Duplex) -> None:
    """Until either side has no more to say: a stream of adb's cannot be half closed, so both are closed then."""
    try:
        async with asyncio.TaskGroup() as group:
            ways = [group.create_task(_copy(one, other)), group.create_task(_copy(other, one))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
    finally:
        await one.close()
        await other.close()


async def _copy(source: Duplex, sink: Duplex) -> None:
    try:
        while piece := await source.read():
            await sink.write(piece)
    except ConnectionError:
        return
