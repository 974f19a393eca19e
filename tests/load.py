"""A load for capture: numbered requests from several keep-alive clients through one listener.

`python -m tests.load 20000` says how fast they went through and what memory that took.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from testbed.capture import Capture, Listener
from tests.capture.client import Client, say_ok

HOST = "api.acme.example"
BODY = b'{"type":"track","event":"Article Read","properties":{"n":%d,"title":"' + b"x" * 300 + b'"}}'


class Sample(msgspec.Struct, frozen=True):
    """How far a load had come: requests answered, seconds since it began, and the process's memory."""

    requests: int
    seconds: float
    rss_mb: float


async def load(listener: Listener, requests: int, *, clients: int = 8, samples: int = 5) -> list[Sample]:
    """Send `requests` over TLS and keep-alive; measured as many times as `samples`, evenly."""
    started, taken = time.monotonic(), [Sample(0, 0.0, rss_mb())]
    for part in range(samples):
        numbers = iter(range(requests * part // samples, requests * (part + 1) // samples))
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(_client(listener, numbers))
        taken.append(Sample(requests * (part + 1) // samples, time.monotonic() - started, rss_mb()))
    return taken


async def _client(listener: Listener, numbers: Iterator[int]) -> None:
    client = await Client.secure(listener.proxy, HOST)
    for number in numbers:
        status, _ = await client.post(HOST, f"/v1/track?n={number}", BODY % number)
        assert status == 200
    client.writer.close()


def rss_mb() -> float:
    """This process's resident memory (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def main(requests: int) -> None:
    async with Capture() as capture, capture.listen("load", say_ok) as listener:
        for sample in await load(listener, requests):
            print(f"{sample.requests:>8} requests  {sample.seconds:7.1f} s  {sample.rss_mb:6.1f} MB", flush=True)  # noqa: T201
        assert capture.fault is None, capture.fault


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
