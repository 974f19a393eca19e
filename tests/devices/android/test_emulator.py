"""`android=avd:NAME`, with a stand-in for the SDK's emulator that starts a phone of ours on the emulator's ports."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from testbed.devices.android import AndroidDriver
from testbed.devices.android.device import AndroidDevice
from testbed.devices.android.hardware import emulator
from testbed.devices.api import DeviceSpec
from testbed.errors import DeviceFault, EnvironmentFault
from testbed.owned.processes import processes, started

ROOT = Path(__file__).parents[3]

STAND_IN = f"""#!{sys.executable}
import asyncio, json, os, sys
sys.path.insert(0, {str(ROOT)!r})
from testbed.virtual.adb.daemon import Daemon
from tests.devices.android.phone import ScriptedPhone
from tests.devices.android.scripted import ScriptedApp

FOLDER = {{folder!r}}

async def main():
    arguments = sys.argv[1:]
    if arguments == ["-list-avds"]:
        print("INFO    | Storing crashdata in: /tmp/android-root/emu-crash.db")
        print("Pixel_8_API_34")
        print("Old_One")
        return
    with open(os.path.join(FOLDER, "started"), "w") as file:
        json.dump([os.getpid(), arguments, dict(os.environ)], file)
    if {{fails!r}}:
        sys.exit("PANIC: Cannot find AVD system path")
    _, port = arguments[arguments.index("-ports") + 1].split(",")
    async with ScriptedPhone(ScriptedApp()) as phone, Daemon(phone, ("127.0.0.1", int(port))):
        await phone.log("--------- beginning of main")
        await asyncio.Future()

asyncio.run(main())
"""


class Sdk:
    """An Android SDK of the user's, as far as its emulator goes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "emulator").mkdir(parents=True)
        self.install()

    def install(self, *, fails: bool = False) -> None:
        program = self.folder / "emulator" / "emulator"
        program.write_text(STAND_IN.replace("{folder!r}", repr(str(self.folder))).replace("{fails!r}", repr(fails)))
        program.chmod(0o755)

    def started(self) -> tuple[int, list[str], dict[str, str]]:
        pid, arguments, env = json.loads((self.folder / "started").read_text())
        return pid, arguments, env


@pytest.fixture
def sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sdk:
    made = Sdk(tmp_path / "sdk")
    monkeypatch.setenv("ANDROID_HOME", str(made.folder))
    monkeypatch.delenv("ANDROID_SDK_ROOT", raising=False)
    kvm = tmp_path / "kvm"
    kvm.touch()
    monkeypatch.setattr(emulator, "KVM", str(kvm))
    return made


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[AndroidDevice]:
    spec = DeviceSpec(platform="android", address=f"avd:{name}")
    async with AndroidDriver().open(spec, count=1, spki="", env={}) as devices:
        (device,) = devices
        assert isinstance(device, AndroidDevice)
        yield device


async def test_an_emulator_is_started_headless_on_ports_of_its_own_and_gone_after(sdk: Sdk):
    async with opened("Pixel_8_API_34") as device:
        pid, arguments, env = sdk.started()
        assert started(pid)
        console = int(device._hardware.serial.removeprefix("emulator-"))
        assert await device._adb.run("getprop ro.build.version.sdk") == "34"
        server = device._port
    assert not started(pid)
    assert console % 2 == 0
    assert console >= 5586
    assert arguments[:4] == ["-avd", "Pixel_8_API_34", "-ports", f"{console},{console + 1}"]
    assert {"-no-window", "-no-audio", "-no-boot-anim", "-read-only"} <= set(arguments)
    assert env["ANDROID_ADB_SERVER_PORT"] == str(server)


async def test_two_at_once_have_ports_of_their_own(sdk: Sdk):
    async with opened("Pixel_8_API_34") as one, opened("Old_One") as other:
        assert one._hardware.serial != other._hardware.serial
        assert [await each._adb.run("getprop sys.boot_completed") for each in (one, other)] == ["1", "1"]


@pytest.mark.parametrize(
    ("break_it", "named", "fix"),
    [
        (lambda sdk, patch: patch.delenv("ANDROID_HOME"), "no emulator of an Android SDK", "set ANDROID_HOME"),
        (lambda sdk, patch: patch.setenv("ANDROID_HOME", "/nowhere"), "/nowhere/emulator/emulator", "install the SDK"),
        (
            lambda sdk, patch: patch.setattr(emulator, "KVM", "/dev/no-kvm"),
            "/dev/no-kvm is not there",
            "virtualization",
        ),
    ],
)
async def test_what_is_missing_is_named_with_the_fix(
    sdk: Sdk, monkeypatch: pytest.MonkeyPatch, break_it: Callable[[Sdk, pytest.MonkeyPatch], None], named: str, fix: str
):
    break_it(sdk, monkeypatch)
    with pytest.raises(EnvironmentFault, match=named) as caught:
        async with opened("Pixel_8_API_34"):
            pass
    assert fix in str(caught.value.fix)


async def test_an_avd_that_does_not_exist_is_told_with_those_that_do(sdk: Sdk):
    with pytest.raises(EnvironmentFault, match="no AVD 'Pixel_9': there are Pixel_8_API_34, Old_One"):
        async with opened("Pixel_9"):
            pass
    assert not (sdk.folder / "started").exists()


async def test_an_emulator_that_ends_says_why(sdk: Sdk):
    sdk.install(fails=True)
    with pytest.raises(DeviceFault, match="ended with 1: PANIC: Cannot find AVD system path"):
        async with opened("Old_One"):
            pass


async def test_an_emulator_that_was_killed_is_a_fault_of_the_device(sdk: Sdk):
    async with opened("Old_One") as device:
        pid, _, _ = sdk.started()
        assert isinstance(device._hardware, emulator.Emulator)
        os.kill(pid, 9)
        await device._hardware._process.ended()
        with pytest.raises(DeviceFault, match="ended with -9"):
            await device.boot()
    assert not [each for each in processes() if each.pid == pid]
