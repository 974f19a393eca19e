"""What real clients make of the phone: adb (of adbutils and of Debian) and adbutils, over the real daemon."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import adbutils
import pytest

from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.android import Phone
from tests.virtual.adb.servers import BUNDLED, DEBIAN, Adb, server
from tests.virtual.android.apks import App, Maker
from tests.virtual.android.phones import FakeRuntime

PACKAGE = "dev.testbed.app"
T = TypeVar("T")


@pytest.fixture
async def serial(phone: Phone) -> AsyncIterator[str]:
    async with Daemon(phone, ("127.0.0.1", 0)) as daemon:
        yield "{}:{}".format(*daemon.address)


@pytest.fixture(params=[BUNDLED, DEBIAN], ids=["bundled", "debian"])
async def adb(request: pytest.FixtureRequest, tmp_path: Path, serial: str) -> AsyncIterator[Adb]:
    async with server(request.param, tmp_path) as adb:
        await adb.ok("connect", serial)
        await adb.becomes(serial, "device")
        yield adb


@pytest.fixture
async def device(tmp_path: Path, serial: str) -> AsyncIterator[adbutils.AdbDevice]:
    async with server(BUNDLED, tmp_path) as adb:
        await adb.ok("connect", serial)
        await adb.becomes(serial, "device")
        yield adbutils.AdbClient(host="127.0.0.1", port=adb.port).device(serial)


async def of(call: Callable[[], T]) -> T:
    """What adbutils does, which blocks."""
    async with asyncio.timeout(30):
        return await asyncio.to_thread(call)


@pytest.fixture
def file(apk: Maker, tmp_path: Path) -> Path:
    path = tmp_path / "app.apk"
    path.write_bytes(apk())
    return path


@pytest.mark.parametrize("how", ["--streaming", "--no-streaming"])
async def test_adb_installs_and_uninstalls(adb: Adb, serial: str, phone: Phone, file: Path, how: str):
    assert "Success" in await adb.ok("-s", serial, "install", how, "-r", "-t", str(file))
    assert phone.packages.installed[PACKAGE].manifest.version_code == 3
    assert "Success" in await adb.ok("-s", serial, "uninstall", PACKAGE)
    assert not phone.packages.installed


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[content.index(b"classes.dex") + 20] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("how", ["--streaming", "--no-streaming"])
async def test_adb_is_told_why_an_apk_is_refused(adb: Adb, serial: str, phone: Phone, file: Path, how: str):
    damage(file)
    said = await adb("-s", serial, "install", how, str(file))
    assert said.code == 1
    assert "INSTALL_PARSE_FAILED_NO_CERTIFICATES: Failed to collect certificates from /data/app/vmdl" in said.text
    assert "SHA-256 digest of contents did not verify" in said.text
    assert not phone.packages.installed


async def test_adb_is_told_that_the_disk_is_full(adb: Adb, serial: str, phone: Phone, file: Path):
    phone.disk.full = True
    said = await adb("-s", serial, "install", str(file))
    assert (said.code, "INSTALL_FAILED_INSUFFICIENT_STORAGE" in said.text) == (1, True)
    pushed = await adb("-s", serial, "push", str(file), "/sdcard/app.apk")
    assert (pushed.code, "No space left on device" in pushed.text) == (1, True)


async def test_adb_starts_an_app_and_follows_its_log(
    adb: Adb, serial: str, phone: Phone, runtime: FakeRuntime, file: Path
):
    await adb.ok("-s", serial, "install", str(file))
    said = await adb.ok("-s", serial, "shell", "am", "start", "-W", "-n", f"{PACKAGE}/.MainActivity")
    assert "Status: ok" in said
    process = await asyncio.create_subprocess_exec(
        adb.program, "-s", serial, "logcat", "-v", "threadtime", "-s", "Vendor", env=adb.env,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(10):
            runtime.app.log("I", "Vendor", "before or after it follows", 1)
            while b"before or after" not in await process.stdout.readline():
                pass
            for number in range(3):
                runtime.app.log("I", "Vendor", f"line {number}", 1)
                assert f"line {number}".encode() in await process.stdout.readline()
    finally:
        process.kill()
        await process.wait()


async def test_adb_forwards_to_the_app_and_moves_files(adb: Adb, serial: str, phone: Phone, file: Path, tmp_path: Path):
    await adb.ok("-s", serial, "install", str(file))
    await adb.ok("-s", serial, "shell", f"am start -n {PACKAGE}/.MainActivity")
    port = (await adb.ok("-s", serial, "forward", "tcp:0", "localabstract:testbed")).strip()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    assert await reader.readline() == b'{"event":"log"}\n'
    writer.close()
    folder = tmp_path / "folder"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / "a").write_bytes(bytes(range(256)) * 1_000)
    await adb.ok("-s", serial, "push", str(folder), "/sdcard/Download")
    await adb.ok("-s", serial, "pull", "/sdcard/Download/folder", str(tmp_path / "back"))
    assert (tmp_path / "back" / "in" / "a").read_bytes() == (folder / "in" / "a").read_bytes()
    refused = await adb("-s", serial, "push", str(file), "/system/x.apk")
    assert "Read-only file system" in refused.text
    hidden = await adb("-s", serial, "pull", f"/data/data/{PACKAGE}", str(tmp_path / "hidden"))
    assert "0 files pulled" in hidden.text


async def test_adb_takes_a_picture(adb: Adb, serial: str):
    picture = (await adb("-s", serial, "exec-out", "screencap", "-p")).out
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.endswith(b"IEND" + zlib.crc32(b"IEND").to_bytes(4, "big"))


async def test_adb_has_an_interactive_shell(adb: Adb, serial: str):
    said = await adb("-s", serial, "shell", stdin=b"cd /sdcard\npwd\nexit 9\n")
    assert (said.code, said.out) == (9, b"/sdcard\n")


async def test_adbutils_knows_the_phone(device: adbutils.AdbDevice):
    def ask() -> list[object]:
        size = device.window_size()
        return [
            device.prop.model, device.getprop("ro.build.version.sdk"), size.width, size.height, device.rotation(),
            device.is_screen_on(), device.battery().level, device.wlan_ip(), device.brightness_value,
        ]  # fmt: skip

    assert await of(ask) == ["Pixel 8", "34", 1080, 2400, 0, True, 100, "192.0.2.15", 102]


async def test_adbutils_installs_starts_and_stops(
    device: adbutils.AdbDevice, phone: Phone, runtime: FakeRuntime, file: Path
):
    await of(lambda: device.install(str(file), nolaunch=True, silent=True))
    assert PACKAGE in await of(device.list_packages)
    assert await of(lambda: device.list_packages(["-3"])) == [PACKAGE]
    info = await of(lambda: device.app_info(PACKAGE))
    assert info is not None
    assert (info.version_name, info.version_code) == ("1.3", 3)
    assert info.first_install_time is not None
    await of(lambda: device.app_start(PACKAGE))
    current = await of(device.app_current)
    assert (current.package, current.activity) == (PACKAGE, f"{PACKAGE}.MainActivity")
    await of(lambda: device.keyevent("HOME"))
    assert (await of(device.app_current)).package == "com.android.launcher3"
    await of(lambda: device.app_start(PACKAGE, ".MainActivity"))
    await of(lambda: device.app_stop(PACKAGE))
    assert phone.activities.running is None
    assert runtime.app.happened == ["background", "deliver", "stop"]
    await of(lambda: device.app_clear(PACKAGE))
    assert await of(lambda: device.uninstall(PACKAGE)) == "Success"
    assert await of(lambda: device.app_info(PACKAGE)) is None


async def test_adbutils_is_told_why_an_apk_is_refused(device: adbutils.AdbDevice, apk: Maker, tmp_path: Path):
    (tmp_path / "new.apk").write_bytes(apk(App(min_sdk=99, target_sdk=99)))
    with pytest.raises(adbutils.AdbInstallError, match="INSTALL_FAILED_OLDER_SDK"):
        await of(lambda: device.install(str(tmp_path / "new.apk"), nolaunch=True, silent=True))


async def test_adbutils_has_exit_codes_and_separate_outputs(device: adbutils.AdbDevice):
    first = await of(lambda: device.shell2("ls /nope; (exit 5)", v2=False))
    assert (first.returncode, "No such file or directory" in str(first.output)) == (5, True)
    second = await of(lambda: device.shell2("echo out; echo err >&2; exit 6", v2=True))
    assert (second.returncode, second.stdout, second.stderr) == (6, "out\n", "err\n")


async def test_adbutils_takes_a_screenshot(device: adbutils.AdbDevice):
    picture = await of(lambda: device.shell(["screencap", "-p"], encoding=None))
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG")


async def test_adbutils_stops_its_logcat_on_a_phone_that_is_silent(device: adbutils.AdbDevice, tmp_path: Path):
    event = await of(lambda: device.logcat(tmp_path / "log.txt", clear=True))
    await of(lambda: event.stop(timeout=10))
    assert event.is_done()


async def test_adbutils_switches_the_network(device: adbutils.AdbDevice, phone: Phone):
    await of(lambda: device.switch_wifi(False))
    assert not phone.radios.on("wifi")
    assert phone.surroundings.online
    await of(lambda: device.shell("svc data disable"))
    assert not phone.surroundings.online


async def test_what_uiautomator2_asks_before_it_starts_its_server(device: adbutils.AdbDevice, tmp_path: Path):
    """Its server is dex code, which this phone does not run: it is told so, in the words that it prints."""
    jar = io.BytesIO(b"dex" * 1_000)
    await of(lambda: device.sync.push(jar, "/data/local/tmp/u2.jar", check=True))
    digest = str(await of(lambda: device.shell(["toybox", "md5sum", "/data/local/tmp/u2.jar"])))
    assert digest.endswith("  /data/local/tmp/u2.jar")
    assert "zygote64" in str(await of(lambda: device.shell("ps -A")))
    command = "CLASSPATH=/data/local/tmp/u2.jar app_process / com.wetest.uia2.Main -p 9008"
    assert "this virtual phone runs no dex code" in str(await of(lambda: device.shell(command)))
