"""Clients that the daemon was not written against: they speak the transport themselves, with no adb server."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from adb_shell.adb_device_async import AdbDeviceTcpAsync
from adb_shell.auth.keygen import keygen
from adb_shell.auth.sign_pythonrsa import PythonRSASigner
from adb_shell.exceptions import AdbCommandFailureException, PushFailedError

from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.adb.keys import PublicKey
from testbed.virtual.duplex import Duplex
from tests.virtual.adb.memory import MemoryMachine

YA = Path(__file__).with_name("stranger") / "stranger.mjs"
WITHIN_S = 60


async def echo(there: Duplex) -> None:
    while piece := await there.read():
        await there.write(b"device:" + piece)


async def test_ya_from_npm(machine: MemoryMachine):
    """@yume-chan/adb in Node: what it did, thing by thing (tests/virtual/adb/stranger/stranger.mjs)."""
    asked: list[str] = []

    async def accept(key: PublicKey) -> bool:
        asked.append(key.owner)
        return True

    machine.serving["localabstract:testbed"] = echo
    async with Daemon(machine, ("127.0.0.1", 0), accept=accept) as daemon:
        did = await ya(daemon.address)
    assert asked == ["stranger@tests"]
    assert did == {
        "banner": {"product": "shiba", "model": "Pixel 8", "device": "shiba"},
        "shell": {"stdout": "hi\n", "stderr": "oh\n", "exitCode": 7},
        "bare": "hi\noh\n",
        "stdin": {"same": True, "exitCode": 0},
        "files": {
            "same": True,
            "size": 5_000_000,
            "mtime": 1_600_000_000,
            "mode": 0o100666,
            "names": [".", "..", ".keep", "stranger"],
            "missing": "Error",
        },
        "readOnly": "couldn't create file: Read-only file system",
        "install": "Success\n",
        "forward": "device:hello",
        "refused": "Error",
        "reverse": {"back": "computer:hello", "listed": [True], "left": 0},
        "again": "again\n",
    }
    assert len(machine.files.content["/data/app/base.apk"][1]) == 200_000


async def ya(address: tuple[str, int]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        "node", str(YA), address[0], str(address[1]), stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, out
    return dict(json.loads(line) for line in out.splitlines())


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> PythonRSASigner:
    file = tmp_path_factory.mktemp("keys") / "key"
    keygen(str(file))
    return PythonRSASigner(file.with_suffix(".pub").read_text(), file.read_text())


async def test_adb_shell_from_pypi(machine: MemoryMachine, signer: PythonRSASigner, tmp_path: Path):
    """It speaks the first version of the protocol, and sums payloads up."""
    there, back = tmp_path / "there", tmp_path / "back"
    there.write_bytes(random.Random(3).randbytes(3_000_000))

    async def accept(key: PublicKey) -> bool:
        return True

    async with Daemon(machine, ("127.0.0.1", 0), accept=accept) as daemon:
        device = AdbDeviceTcpAsync(*daemon.address, default_transport_timeout_s=WITHIN_S)
        assert await device.connect(rsa_keys=[signer], auth_timeout_s=WITHIN_S)
        assert await device.shell("echo hi; complain oh") == "hi\noh\n"
        assert await device.exec_out("yes 100000", decode=False) == b"y\n" * 100_000
        await device.push(str(there), "/data/local/tmp/file", mtime=1_600_000_000)
        await device.pull("/data/local/tmp/file", str(back))
        assert back.read_bytes() == there.read_bytes()
        assert await device.stat("/data/local/tmp/file") == (0o100777, 3_000_000, 1_600_000_000)
        assert await device.stat("/nowhere") == (0, 0, 0)
        listed = {bytes(entry.filename): entry.size for entry in await device.list("/data/local/tmp")}
        assert listed == {b".": 4_096, b"..": 4_096, b".keep": 0, b"file": 3_000_000}
        with pytest.raises(AdbCommandFailureException, match="open failed: No such file or directory"):
            await device.pull("/nowhere", str(back))
        there.write_bytes(b"content")  # in a longer push, adb-shell throws away what comes before the end
        with pytest.raises(PushFailedError, match="Read-only file system"):
            await device.push(str(there), "/system/x")
        await device.root()
        assert await device.shell("echo still here") == "still here\n"
        await device.close()
