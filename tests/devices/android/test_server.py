"""The fleet's own adb server, with each adb that is here: nothing of the user's is touched, and nothing is left."""

from __future__ import annotations

import asyncio
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testbed.devices.android.adb import Adb, devices, host
from testbed.devices.android.client import connect
from testbed.devices.android.find import find_adb, find_in_sdk
from testbed.devices.android.server import serving
from testbed.errors import DeviceFault, EnvironmentFault
from testbed.owned.processes import started

BUNDLED = find_adb({})
DEBIANS = shutil.which("adb", path="/usr/bin")


@pytest.fixture(params=[BUNDLED, pytest.param(DEBIANS, id="Debian's")])
def adb(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    assert request.param, "make setup installs Debian's adb"
    monkeypatch.setenv("TESTBED_ADB", request.param)
    return str(request.param)


async def test_it_answers_on_a_port_of_its_own_and_is_gone_after(adb: str):
    async with serving({}, usb=False) as server:
        assert server.adb == adb
        assert await devices(server.port) == {}
        assert int(await host(server.port, "host:version"), 16) == 41
    assert started(server.pid) == ""
    assert not server.home.exists()


async def test_what_of_the_users_it_takes(adb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Its keys, logs and HOME are in a folder of the fleet's; the user's key is offered too, and read alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("ANDROID_USER_HOME", raising=False)
    key = tmp_path / ".android" / "adbkey"
    key.parent.mkdir()
    key.write_bytes(b"the user's")
    async with serving({}, usb=False) as server:
        variables = environment(server.pid)
        ours = list_all(server.home)
    assert {f"HOME={server.home}", "ADB_MDNS=0", "ADB_USB=0", "ADB_EMU=0", f"ADB_VENDOR_KEYS={key}"} <= set(variables)
    assert {"adbkey", "adbkey.pub"} <= {Path(each).name for each in ours}
    assert list_all(tmp_path) == [".android", ".android/adbkey"]
    assert key.read_bytes() == b"the user's"


async def test_only_a_phone_of_the_users_makes_it_look_at_usb(adb: str):
    async with serving({}, usb=True) as server:
        assert "ADB_USB=1" in environment(server.pid)


def environment(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")


def list_all(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def test_a_server_that_does_not_come_up_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = tmp_path / "adb"
    broken.write_text('#!/bin/sh\necho "could not install *smartsocket* listener" >&2\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setenv("TESTBED_ADB", str(broken))
    with pytest.raises(EnvironmentFault, match="could not install"):
        async with serving({}, usb=False):
            pass


async def test_a_server_that_is_gone_is_named_and_none_is_started_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """adbutils would start the user's."""
    called = tmp_path / "called"
    path = tmp_path / "bin"
    path.mkdir()
    (path / "adb").write_text(f"#!/bin/sh\ntouch {called}\n")
    (path / "adb").chmod(0o755)
    async with serving({}, usb=False) as server:
        pass
    monkeypatch.setenv("PATH", f"{path}:{os.environ['PATH']}")
    for call in (
        host(server.port, "host:version"),
        connect(server.port, "127.0.0.1:1"),
        Adb(server.port, "s").run("ls"),
    ):
        with pytest.raises(DeviceFault, match=r"[Cc]onnect"):
            await call
    assert not called.exists()


FLEET = """
import asyncio, sys
from testbed.devices.android.server import serving
async def main():
    async with serving({}, usb=False) as server:
        print(server.pid, server.port, flush=True)
        await asyncio.Future()
asyncio.run(main())
"""


def test_it_dies_with_the_fleet(adb: str):
    with subprocess.Popen([sys.executable, "-c", FLEET], stdout=subprocess.PIPE, text=True) as fleet:
        assert fleet.stdout is not None
        pid, port = map(int, fleet.stdout.readline().split())
        descriptor = os.pidfd_open(pid)
        fleet.send_signal(signal.SIGKILL)
    try:
        assert _ends(descriptor, within_s=10)
    finally:
        os.close(descriptor)
    with pytest.raises(DeviceFault):
        asyncio.run(devices(port))


def _ends(descriptor: int, *, within_s: float) -> bool:
    return bool(select.select([descriptor], [], [], within_s)[0])


# Which adb.


def test_the_one_that_comes_with_testbed_is_the_default():
    assert "adbutils" in find_adb({"PATH": "/usr/bin"})


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"TESTBED_ADB": "/nowhere/adb"}, "/nowhere/adb"),
        ({"TESTBED_ADB": "sdk", "PATH": "/nowhere"}, "adb on PATH"),
        ({"TESTBED_ADB": "sdk", "ANDROID_HOME": "/sdk", "PATH": "/nowhere"}, "/sdk/platform-tools/adb"),
    ],
)
def test_one_that_is_not_there_is_named(env: dict[str, str], named: str):
    with pytest.raises(EnvironmentFault, match=named) as caught:
        find_adb(env)
    assert caught.value.fix


@pytest.mark.parametrize("variable", ["ANDROID_HOME", "ANDROID_SDK_ROOT"])
def test_the_users_sdk_is_found_by_its_variable(variable: str, tmp_path: Path):
    program = tmp_path / "platform-tools" / "adb"
    program.parent.mkdir()
    program.touch(0o755)
    env = {variable: str(tmp_path), "PATH": ""}
    assert find_in_sdk("platform-tools/adb", env) == str(program)
    assert find_adb({**env, "TESTBED_ADB": "sdk"}) == str(program)
