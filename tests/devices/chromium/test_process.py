"""The browser is ours: found or not, killed by anybody, it leaves nothing behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from testbed.capture import Capture
from testbed.devices.api import DeviceSpec
from testbed.devices.chromium import ChromiumDevice, ChromiumDriver, find_browser
from testbed.devices.chromium.find import NAMES
from testbed.errors import DeviceFault, EnvironmentFault, UsageError
from testbed.scenario import steps
from tests.devices.world import World

WEB = DeviceSpec(platform="web")

HOLDS_A_BROWSER = """
import asyncio, os
from testbed.devices.api import DeviceSpec
from testbed.devices.chromium import ChromiumDriver

async def main():
    async with ChromiumDriver().open(DeviceSpec(platform="web"), count=1, spki="", env=os.environ):
        print("up", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@asynccontextmanager
async def own_world(env: dict[str, str]) -> AsyncIterator[World]:
    """A browser that the test may kill."""
    async with (
        Capture() as capture,
        ChromiumDriver().open(WEB, count=1, spki=capture.spki, env=env) as devices,
    ):
        yield World(capture, [device for device in devices if isinstance(device, ChromiumDevice)])


def browsers_of(marker: str) -> list[int]:
    """The browser processes that carry TESTBED_TEST=marker."""
    found = []
    for process in filter(lambda entry: entry.name.isdigit(), Path("/proc").iterdir()):
        try:
            environment, command = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
        except OSError:  # it has ended, or is somebody else's
            continue
        if f"TESTBED_TEST={marker}".encode() in environment and b"chrom" in command:
            found.append(int(process.name))
    return found


async def kill_in_use(world: World) -> None:
    async with world.play() as play:
        os.kill(browser_of(play.device), signal.SIGKILL)
        with pytest.raises(DeviceFault, match=r"the browser ended while it was in use \(signal 9\)"):
            await play.call(steps.Evaluate(script="new Promise(() => {})"))
        with pytest.raises(DeviceFault):
            await play.call(steps.Track(event="After"))
        with pytest.raises(DeviceFault):
            await play.settle()
        with pytest.raises(DeviceFault):
            await play.device.health()


@pytest.mark.browser
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_kill_9_of_the_browser_is_a_device_fault_at_once_and_the_next_run_gets_a_new_one(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with own_world({**os.environ, "TESTBED_TEST": "browser"}) as world:
        with pytest.raises(DeviceFault):  # from clear: the page's last words are lost
            await kill_in_use(world)
        async with world.play() as play:
            [reply] = await play.call(steps.Track(event="After"))
            assert reply.message_id
    assert browsers_of("browser") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.browser
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_kill_9_of_our_own_process_leaves_no_browser(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDS_A_BROWSER],
        env={**os.environ, "TESTBED_TEST": "own", "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
    )
    with child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == b"up\n"
            assert browsers_of("own")
        finally:
            child.kill()
    while pids := browsers_of("own"):
        assert ends(pids[0], within_s=10), "a browser process outlived us"


def ends(pid: int, within_s: float) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:  # becomes readable when the process has ended
        return bool(select.select([handle], [], [], within_s)[0])
    finally:
        os.close(handle)


@pytest.mark.browser
async def test_a_browser_that_does_not_start_says_what_it_said(tmp_path):
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'no libnss3' >&2\nexit 127\n")
    broken.chmod(0o755)
    with pytest.raises(EnvironmentFault, match="did not start") as caught:
        async with ChromiumDriver().open(WEB, count=1, spki="", env={**os.environ, "TESTBED_BROWSER": str(broken)}):
            pass
    assert "no libnss3" in str(caught.value)


def browser_of(device: ChromiumDevice) -> int:
    return device._browser.pid


FOUND = [
    # (profile, TESTBED_BROWSER, programs on the PATH, the one found)
    ("", "", ["chromium", "google-chrome"], "chromium"),
    ("", "", ["google-chrome"], "google-chrome"),
    ("chrome", "", ["chromium", "google-chrome"], "google-chrome"),
    ("", "chrome", ["chromium", "google-chrome"], "google-chrome"),
    ("chromium", "chrome", ["chromium", "google-chrome"], "chromium"),
    ("headless-shell", "", ["chromium", "chrome-headless-shell"], "chrome-headless-shell"),
]


@pytest.mark.parametrize(("profile", "variable", "programs", "found"), FOUND)
def test_find(tmp_path, monkeypatch, profile, variable, programs, found):
    only_on_path(monkeypatch)
    for name in programs:
        (tmp_path / name).touch(mode=0o755)
    env = {"PATH": str(tmp_path), "TESTBED_BROWSER": variable}
    assert find_browser(profile, env) == str(tmp_path / found)


@pytest.mark.parametrize(
    ("profile", "variable", "said"),
    [("", "", "no Chromium found"), ("chrome", "", "-d web:chrome"), ("", "/no/such", "TESTBED_BROWSER")],
)
def test_find_nothing_names_the_fix(tmp_path, monkeypatch, profile, variable, said):
    only_on_path(monkeypatch)
    with pytest.raises(EnvironmentFault, match=said) as caught:
        find_browser(profile, {"PATH": str(tmp_path), "TESTBED_BROWSER": variable})
    assert "apt-get install chromium-headless-shell" in (caught.value.fix or "")


def only_on_path(monkeypatch) -> None:
    """Forget the absolute paths of this machine's own browsers."""
    names = {profile: tuple(name for name in names if not name.startswith("/")) for profile, names in NAMES.items()}
    monkeypatch.setattr("testbed.devices.chromium.find.NAMES", names)


async def test_a_browser_of_somebody_elses_is_refused():
    with pytest.raises(UsageError, match="-d web=9222: the browser is always one of testbed's own"):
        async with ChromiumDriver().open(DeviceSpec(platform="web", address="9222"), count=1, spki="", env={}):
            pass
