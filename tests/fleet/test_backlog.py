"""What a client has not read yet waits on disk, in order, and all of it comes."""

from __future__ import annotations

import asyncio

import pytest

from testbed.fleet.backlog import Backlog


@pytest.mark.parametrize("ahead", [1, 7, 1000])
async def test_all_lines_come_in_order_however_far_the_reader_is_behind(ahead: int):
    lines = [b"%d %s\n" % (n, b"x" * (n % 300)) for n in range(1000)]
    with Backlog() as backlog:
        got: list[bytes] = []

        async def write() -> None:
            for at in range(0, len(lines), ahead):
                for line in lines[at : at + ahead]:
                    backlog.put(line)
                await asyncio.sleep(0)
            backlog.end()

        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(write())
            async for line in backlog:
                got.append(line)
    assert got == lines


async def test_what_is_read_takes_no_room():
    with Backlog() as backlog:
        lines = aiter(backlog)
        for n in range(100):
            backlog.put(b"%d\n" % n)
            assert await anext(lines) == b"%d\n" % n
        assert backlog._file.seek(0, 2) <= 3


async def test_nothing_put_nothing_read():
    with Backlog() as backlog:
        backlog.end()
        assert [line async for line in backlog] == []
