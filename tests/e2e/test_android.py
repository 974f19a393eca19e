"""The whole line on Android: adb, a phone, the APK, both SDKs and the plugin, with all the real parts."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from testbed import events
from testbed.devices.android.adb import Adb, devices
from testbed.devices.android.hardware import emulator
from testbed.devices.android.hardware.phone import UNJAILED
from testbed.devices.spec import parse_spec
from testbed.errors import ExitCode
from testbed.fleet.fleet import Fleet, open_fleet
from testbed.fleet.home import Home
from testbed.fleet.model import FleetOptions, RunRequest
from testbed.plugin import zip_of
from tests.outcome import Outcome

ROOT = Path(__file__).parents[2]
ACME = ROOT / "examples" / "acme"


@pytest.fixture(scope="module", autouse=True)
def _in_a_runtime_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("run")
        folder.chmod(0o700)
        patch.setenv("TESTBED_RUNTIME_DIR", str(folder))
        yield


@asynccontextmanager
async def fleet(*specs: str) -> AsyncIterator[Fleet]:
    options = FleetOptions(devices=tuple(map(parse_spec, specs)))
    with Home.make("up") as home:
        async with open_fleet(options, env=home.env, emit=lambda _: None, once=True) as made:
            yield made


async def run(on: Fleet, scenarios: Sequence[str], *, target: str = "android", plugin: Path = ACME) -> Outcome:
    stream: list[events.Event] = []
    request = RunRequest(platforms=(target,), scenarios=tuple(scenarios))
    code = await on.run(zip_of(plugin), request, stream.append)
    return Outcome(code, tuple(stream))


@pytest.mark.parametrize("phone", ["android:pixel-8-api34", "android:pixel-5-api30"])
async def test_acme_on_both_sdks(phone: str):
    """Traffic comes by `settings put global http_proxy` and `adb reverse`, trusted by the CA in the APK alone."""
    async with fleet(phone) as on:
        outcome = await run(on, ["identify", "track"])
        assert outcome.code == ExitCode.PASSED, outcome.verdicts
        (tool,) = on.tools
        assert tool.address != "127.0.0.1:5037"
        port = int(tool.address.rpartition(":")[2])
        (serial,) = await devices(port)
        said = await Adb(port, serial).run("settings get global http_proxy; pm list packages dev.testbed")
    assert said.split() == [":0", "package:dev.testbed.app"]
    assert {(v.scenario, v.target) for v in outcome.verdicts} == {
        (scenario, target) for scenario in ("identify", "track") for target in ("android-java", "android-kotlin")
    }
    assert {v.settled_by for v in outcome.verdicts} == {"virtual-time"}
    hosts = {flow.request.host for flow in (each.flow for each in outcome.of(events.FlowCaptured))}
    assert {"cdn-settings.segment.com", "api.segment.io", "api.acme.example"} <= hosts


EMULATOR = f"""#!{sys.executable}
import asyncio, os, sys
sys.path.insert(0, {str(ROOT)!r})
from testbed.devices.android.hardware.virtual import runtime
from testbed.virtual.adb.daemon import Daemon
from testbed.virtual.android import Phone

async def main():
    if sys.argv[1:] == ["-list-avds"]:
        print("Pixel_8_API_34")
        return
    _, port = sys.argv[sys.argv.index("-ports") + 1].split(",")
    async with runtime({{}}) as apps, Phone("pixel-8-api34", apps) as phone, Daemon(phone, ("127.0.0.1", int(port))):
        await asyncio.Future()

asyncio.run(main())
"""


async def test_acme_on_an_emulator_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A stand-in for the SDK's emulator has one of our phones on the emulator's ports: the driver cannot tell."""
    program = tmp_path / "emulator" / "emulator"
    program.parent.mkdir()
    program.write_text(EMULATOR)
    program.chmod(0o755)
    monkeypatch.setenv("ANDROID_HOME", str(tmp_path))
    (tmp_path / "kvm").touch()
    monkeypatch.setattr(emulator, "KVM", str(tmp_path / "kvm"))
    async with fleet("android=avd:Pixel_8_API_34") as on:
        outcome = await run(on, ["track"])
    assert outcome.code == ExitCode.PASSED, outcome.verdicts
    assert {v.target for v in outcome.verdicts} == {"android-java", "android-kotlin"}
    assert {entry.reason for v in outcome.verdicts for entry in v.ledger if entry.kind == "unseen"} == {
        f"no jail: {UNJAILED}"
    }


def test_nothing_but_the_hardware_knows_what_answers():
    for file in (ROOT / "testbed" / "devices").rglob("*.py"):
        if "hardware" not in file.parts:
            assert "testbed.virtual" not in file.read_text(), file
