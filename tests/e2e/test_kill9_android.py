"""`kill -9` and Ctrl-C with a virtual Android device: of the fleet, its adb server, its JVM and that one's jail.
Nothing of ours is left, a fleet that lives on can be used on, and the user's own adb server hears nothing of it."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGINT

import pytest

from testbed.artifacts.cache import cache_root
from tests.census import Census
from tests.e2e.lives import Surroundings, kill, until_said, until_stopped
from tests.web_alone import EXAMPLES

DEVICE = "android:pixel-8-api34"
ON_ANDROID = ("-d", DEVICE, "-P", "android-java")


class Phones(Surroundings):
    """With a virtual phone in place of a browser, a cache of its own that has no APK of the plugin yet, and, where
    every adb client looks by itself, a server of the user's that notes who comes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.built = folder / "cache" / "testbed" / "apk"
        self.built.mkdir(parents=True)
        (self.built.parent / "maven").symlink_to(cache_root() / "maven")
        for file in (*(cache_root() / "apk").glob("*.dex.zip"), *(cache_root() / "apk").glob("debug.p12")):
            shutil.copyfile(file, self.built / file.name)
        self.users_server = socket.create_server(("127.0.0.1", 0))
        self.more = {
            "XDG_CACHE_HOME": str(folder / "cache"),
            "ANDROID_ADB_SERVER_PORT": str(self.users_server.getsockname()[1]),
        }

    def lay_plugin(self) -> None:
        shutil.copytree(EXAMPLES / "acme", self.plugin, ignore=shutil.ignore_patterns("node_modules"))

    def run(self, scenario: str) -> tuple[str, ...]:
        return (*super().run(scenario), *ON_ANDROID)

    def forget_the_apk(self) -> None:
        """The next run builds it again."""
        for file in set(self.built.glob("*.zip")) - set(self.built.glob("*.dex.zip")):
            file.unlink()

    def half_made(self) -> list[str]:
        return sorted(path.name for path in self.built.glob("*") if path.suffix in {".part", ".lock"})


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    phones = Phones(tmp_path_factory.mktemp("kill9"))
    yield phones
    phones.cli("down")
    with phones.users_server as server:
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


POINTS = [
    ("before the adb server starts", "before testbed.devices.android.server:started"),
    ("the adb server is there", "before testbed.devices.android.server:_until_it_answers"),
    ("the phone listens", "before testbed.devices.android.hardware.virtual:reach_by_network"),
    ("the phone is up", "before testbed.devices.android.device:AndroidDevice.stage"),
    ("D8 runs in its jail", "before testbed.jail.process:Network"),
    ("the app is installed", "before testbed.devices.android.device:begun"),
    ("before the JVM starts", "before testbed.runtimes.jvm.worker:started"),
    ("the JVM is there", "before testbed.runtimes.jvm.worker:Worker._settle_up"),
    ("a step is played", "before testbed.devices.android.device:play"),
    ("settling", "before testbed.devices.android.device:run_out"),
    ("judging", "before testbed.fleet.runner:judge"),
    ("the home has gone", "after testbed.owned.homes:remove"),
]


@pytest.mark.parametrize("planted", [row[1] for row in POINTS], ids=[row[0] for row in POINTS])
def test_the_fleet_is_killed(here: Phones, planted: str):
    here.forget_the_apk()
    census = here.census()
    with here.start(*here.run("track"), planted=planted) as process:
        until_stopped(process)
        assert len(census.note()) >= 2, "there was something to leave: fleet and reaper, if nothing else"
        kill(process.pid)
    assert census.emptied() == []


VICTIMS: dict[str, Callable[[Phones, Census], int]] = {
    "the JVM": lambda here, census: the_jvm(census),
    "the jail of the JVM": lambda here, _: here.spawned("java"),
}


def test_a_fleet_lives_on(here: Phones):
    """The run that is under way is a fault of the device, and it alone; then it is the fleet's turn."""
    census = here.census()
    up = here.cli("up", "-d", DEVICE)
    assert up.returncode == 0, up.stderr
    for name, victim in VICTIMS.items():
        with here.start(*here.run("holds")) as process:
            until_said(process, '"event":"step"')
            kill(victim(here, census))
            verdict = json.loads(until_said(process, '"event":"verdict"'))["verdict"]
            assert (verdict["outcome"], process.wait(timeout=60)) == ("error", 6), name
        done = here.cli(*here.run("track"))
        assert done.returncode == 0, f"{name}: {done.stdout + done.stderr}"
    with here.start(*here.run("holds")) as process:
        until_said(process, '"event":"step"')
        census.note()
        kill(here.fleet())
        assert process.wait(timeout=60) == 6
    assert census.emptied() == []


def test_a_fleet_whose_adb_server_is_killed_can_be_taken_down(here: Phones):
    census = here.census()
    up = here.cli("up", "-d", DEVICE)
    assert up.returncode == 0, up.stderr
    with here.start(*here.run("holds")) as process:
        until_said(process, '"event":"step"')
        kill(here.spawned("adb"))
        verdict = json.loads(until_said(process, '"event":"verdict"'))["verdict"]
        assert (verdict["outcome"], process.wait(timeout=60)) == ("error", 6)
    assert "the fleet's adb server" in verdict["error"]
    assert here.cli("down").returncode == 0
    assert census.left() == []


def test_interrupted(here: Phones):
    census = here.census()
    with here.start(*here.run("holds")) as process:
        until_said(process, '"event":"step"')
        process.send_signal(SIGINT)
        last = process.communicate(timeout=60)[1].splitlines()[-1]
        assert (process.returncode, last) == (130, "interrupted")
    assert census.left() == []


def test_the_next_run_works(here: Phones):
    census = here.census()
    done = here.cli(*here.run("track"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert census.left() == []
    assert here.half_made() == []


def the_jvm(census: Census) -> int:
    """The program itself: its jail's processes carry its command line too, and are its parents."""
    jvms = [each for each in census.note() if os.path.basename(each.command.split(" ")[0]) == "java"]
    (pid,) = {each.pid for each in jvms} - {each.parent for each in jvms}
    return pid
