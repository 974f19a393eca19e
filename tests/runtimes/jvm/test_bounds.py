"""What an app cannot get at, and what outlives nothing."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from testbed.runtimes.jvm import JvmRuntime
from testbed.virtual.apps import Bundle
from tests.runtimes.jvm.running import running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_it_runs_in_a_jail(runtime: JvmRuntime):
    """Else the tests below would be about nothing."""
    assert runtime.unjailed == ""


async def test_it_cannot_read_what_is_the_users(runtime: JvmRuntime, bundle: Bundle, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("of the user")
    async with running(runtime, bundle) as app:
        assert (await app.do("read", str(secret))).startswith("NoSuchFileException")
        # Of the way to the runtime's jars, which may lie in the user's cache, each folder holds the next and no more.
        assert await app.do("list", str(Path.home())) in ("nothing", "", ".cache")
        assert await app.do("list", str(Path.home() / ".cache")) in ("nothing", "", "testbed")
        assert await app.do("list", "/home") == "app"
        assert (await app.do("read", "/etc/passwd")).startswith("app:x:1000:")


async def test_it_cannot_write_to_its_apk_or_the_runtimes_jars(runtime: JvmRuntime, bundle: Bundle):
    async with running(runtime, bundle) as app:
        worker = str(runtime._jars.ours / "worker.jar")
        for path in (f"{runtime._folder}/apk/x", worker):
            assert "Read-only file system" in await app.do("write", path)
        assert await app.do("write", str(bundle.data / "files" / "mine")) == "ok"


OWNER = """
import asyncio, os, sys
from pathlib import Path
from testbed.runtimes.jvm import Jars, Java, JvmRuntime

async def main():
    async with JvmRuntime(Path(sys.argv[1]), Jars.found(), Java.found(os.environ)) as runtime:
        worker = await runtime._ready(34, Path(sys.argv[2]))
        print(worker.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_with_its_owner_the_jvm_is_gone(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir()
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER, str(tmp_path / "runtime"), str(data)), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    first = int(await owner.stdout.readline())
    ends = [os.pidfd_open(pid) for pid in (first, *_below(first))]
    owner.kill()
    await owner.wait()
    for end in ends:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(end, ended.set)
        async with asyncio.timeout(10):
            await ended.wait()
        asyncio.get_running_loop().remove_reader(end)
        os.close(end)


def _below(pid: int) -> list[int]:
    """Its children, and theirs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in map(int, children) for each in (child, *_below(child))]
