"""up, status, down, setup, pack and new: what they print, and what they say when it does not work."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from testbed.apk.zipping import zipped
from testbed.cli.new import Style as StyleOption
from testbed.errors import ExitCode
from testbed.fleet.model import DeviceStatus
from testbed.plugin import Style, pack
from testbed.segment.sdk import MAIN
from tests.apk.classfile import interface
from tests.artifacts.repository import serving
from tests.cli.conftest import Cli
from tests.cli.fleet import PretendFleet

# status, up, down


@pytest.mark.parametrize("args", [["status"], ["status", "--json"], ["down"]])
def test_without_a_fleet(cli: Cli, args: list[str]):
    done = cli(*args)
    assert (done.exit_code, done.stdout) == (ExitCode.ENVIRONMENT, "")
    assert done.stderr == "testbed: no fleet is up\n  fix: testbed up\n"


def test_status(cli: Cli, fleet: PretendFleet):
    done = cli("status")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].startswith("fleet up-0123  process ")
    assert done.stdout.splitlines()[1] == "  web-1        ready"


def test_the_status_of_a_device_may_hold_strangers_text(cli: Cli, fleet: PretendFleet):
    busy = DeviceStatus(id="web-1", platform="web", state="busy", detail="a \x1b[31mscenario")
    fleet.status = msgspec.structs.replace(fleet.status, devices=(busy,))
    assert cli("status").stdout.splitlines()[1] == r"  web-1        busy     a \x1b[31mscenario"


def test_status_as_json(cli: Cli, fleet: PretendFleet):
    found = json.loads(cli("status", "--json").stdout)
    assert found["schema"] == 1
    assert set(found["fleet"]) == {"id", "pid", "control", "started", "version"}
    assert found["devices"] == [{"id": "web-1", "platform": "web", "state": "ready", "detail": ""}]


def test_a_second_fleet_is_refused(cli: Cli, fleet: PretendFleet):
    done = cli("up")
    assert (done.exit_code, done.stdout) == (ExitCode.ENVIRONMENT, "")
    assert "a fleet is already up" in done.stderr
    assert "fix: use it with testbed run, or testbed down first" in done.stderr


def test_a_runtime_folder_of_others_is_refused(cli: Cli, tmp_path: Path):
    (tmp_path / "run").mkdir(mode=0o755)
    done = cli("status")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert f"fix: chmod 700 {tmp_path / 'run'}" in done.stderr


# new


def test_new(cli: Cli):
    done = cli("new", "Acme Inc.")
    assert done.exit_code == 0
    files = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert "acme-inc/plugin.toml" in files
    assert all(Path(name).is_file() for name in files)
    assert done.stdout.endswith("\nnow: testbed run acme-inc\n")


def test_new_into_a_folder_that_the_shell_would_split(cli: Cli):
    assert cli("new", "Acme", "--into", "my plugins/acme").stdout.endswith("now: testbed run 'my plugins/acme'\n")


@pytest.mark.parametrize(
    ("args", "says", "fix"),
    [
        # names
        (["../acme"], "'../acme' does not do as a plugin's name", "begin with a letter"),
        ([""], "'' does not do as a plugin's name", "begin with a letter"),
        (["All"], "name: 'All' has a meaning of its own in the integrations object", "choose another"),
        # folders
        (["Acme", "--into", "used"], "used is there already and not empty", "name a new folder"),
        (["Acme", "--into", "used/file"], "used/file is there already and not empty", "name a new folder"),
        (["Acme", "--into", "used/file/below"], "used/file/below cannot be written", "choose another --into"),
    ],
)
def test_new_says_what_is_wrong(cli: Cli, args: list[str], says: str, fix: str):
    Path("used").mkdir()
    Path("used/file").write_text("mine")
    done = cli("new", *args)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert f"testbed: {says}" in done.stderr
    assert f"  fix: {fix}" in done.stderr
    assert Path("used/file").read_text() == "mine"
    assert [path.name for path in Path().iterdir()] == ["used"]


def test_new_knows_the_styles_that_there_are(cli: Cli):
    assert [style.value for style in StyleOption] == sorted(get_args(Style), key=list(StyleOption).index)
    done = cli("new", "Acme", "--style", "remot")
    assert done.exit_code == ExitCode.USAGE
    assert all(style in done.stderr for style in get_args(Style))


# pack


def test_pack(cli: Cli, acme: Path, monkeypatch: pytest.MonkeyPatch):
    done = cli("pack", acme)
    assert done.exit_code == 0
    name, _, rest = done.stdout.partition("  ")
    assert name == "acme-0.1.0.zip"
    assert Path(name).read_bytes() == pack(acme)
    count = len(zipfile.ZipFile(name).namelist())
    assert rest.startswith(f"{count} files, {Path(name).stat().st_size} bytes, sha256 ")
    # from within, to a file, to a folder
    monkeypatch.chdir(acme / "web")
    assert cli("pack", "-o", "../../deep/x.zip").exit_code == 0
    assert cli("pack", "-o", "../../deep").exit_code == 0
    assert {path.name for path in Path("../../deep").iterdir()} == {"x.zip", "acme-0.1.0.zip"}


def test_pack_says_what_it_leaves_out_of_a_library(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Path("scenarios").mkdir()
    Path("scenarios/a.yaml").write_text("name: a\nsteps:\n  - track: A\n")
    Path("plugin.toml").write_text(ON_MAVEN)
    with serving() as maven:
        maven.library("com.acme:sdk:1.0", "androidx.core:core:1.6.0")
        maven.put("com.acme:sdk:1.0", zipped({"com/acme/Acme.class": interface("com/acme/Acme")}))
        done = cli("pack", "--maven-url", maven.url)
    assert done.exit_code == 0
    assert done.stdout.startswith("acme-1.zip  4 files, ")
    assert (
        done.stderr
        == "left out androidx.core:core:1.6.0, asked for by com.acme:sdk:1.0: the app has its own, or the device\n"
    )


ON_MAVEN = """
name = "Acme"
version = "1"
[targets.android]
sdk = "android-java"
maven = ["com.acme:sdk:1.0"]
factory = "com.acme.Acme"
"""


@pytest.mark.parametrize(
    ("args", "code", "says", "fix"),
    [
        ([], ExitCode.USAGE, "no plugin.toml here or above", "testbed new NAME"),
        (["nowhere"], ExitCode.USAGE, "there is no plugin.toml in nowhere", "testbed new NAME"),
        (["acme/plugin.toml"], ExitCode.USAGE, "there is no plugin.toml in acme/plugin.toml", "folder or zip"),
        (["acme", "-o", "acme/plugin.toml/x"], ExitCode.USAGE, "acme/plugin.toml/x cannot be written", "with -o"),
        (["bad"], ExitCode.REFUSED, "plugin.toml:1:1: nam: unknown key 'nam'; did you mean 'name'?", "keys here are"),
        (["broken"], ExitCode.REFUSED, "scenarios/track.yaml:2:1: ", ""),
    ],
)
def test_pack_says_what_is_wrong(cli: Cli, acme: Path, args: list[str], code: ExitCode, says: str, fix: str):
    Path("bad").mkdir()
    Path("bad/plugin.toml").write_text('nam = "Acme"\n')
    cli("new", "Acme", "--into", "broken")
    Path("broken/scenarios/track.yaml").write_text("name: track\nstps: []\n")
    done = cli("pack", *args)
    assert (done.exit_code, done.stdout) == (code, "")
    assert says in done.stderr
    assert fix in done.stderr
    assert not list(Path().glob("*.zip"))


# setup


def test_setup_has_nothing_to_do_where_it_is_there_already(cli: Cli, tmp_path: Path):
    folder = tmp_path / "cache" / "testbed" / "analytics-next" / "1.2.3"
    folder.mkdir(parents=True)
    (folder / MAIN).touch()
    for args in (["setup", "--sdk", "analytics-next@1.2.3"], ["setup", "web", "--sdk", "1.2.3"]):
        done = cli(*args)
        assert done.exit_code == 0
        assert done.stdout == (f"analytics-next 1.2.3 is in {folder}; testbed run --sdk analytics-next@1.2.3 uses it\n")


def test_setup_heeds_the_configured_version(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TESTBED_SDK", "analytics-next@latest")
    assert "'latest' is no version" in cli("setup").stderr


@pytest.mark.parametrize(
    ("args", "says", "fix"),
    [
        (["windows"], "nothing to set up for 'windows'", "testbed setup web|android"),
        (["--sdk", "react@1.0.0"], "unknown web SDK 'react'", "--sdk analytics-next@VERSION"),
        (["--sdk", "analytics-next@latest"], "'latest' is no version", "--sdk analytics-next@1.84.3"),
    ],
)
def test_setup_says_what_is_wrong(cli: Cli, args: list[str], says: str, fix: str):
    done = cli("setup", *args)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert says in done.stderr
    assert fix in done.stderr


def test_setup_of_all_is_of_android_too(cli: Cli, tmp_path: Path):
    folder = tmp_path / "cache" / "testbed" / "analytics-next" / "1.2.3"
    folder.mkdir(parents=True)
    (folder / MAIN).touch()
    for args in (["--all", "--sdk", "1.2.3"], ["android"]):
        done = cli("setup", *args, "--maven-url", "http://127.0.0.1:9")
        assert done.exit_code == ExitCode.ENVIRONMENT
        assert "cannot be had from http://127.0.0.1:9/org/" in done.stderr.replace("\n", "")


def test_setup_of_android_fetches_what_is_missing_and_says_so_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    compiled: list[str] = []

    async def prepare(env, *, told) -> None:
        if not compiled:
            compiled.append("android-java")
            told("android-java")

    monkeypatch.setattr("testbed.apk.prepare", prepare)
    with serving() as maven:
        pins = [maven.put("com.acme:sdk:aar:1.0", b"sdk"), maven.put("com.acme:core:1.0", b"core")]
        monkeypatch.setattr("testbed.devices.android.fetched.pins", lambda: pins)
        first, second = (cli("setup", "android", "--maven-url", maven.url) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stderr == "fetching 2 artifacts of 0 MB\ncompiling android-java for devices, once\n"
    assert second.stderr == ""
    assert first.stdout == second.stdout
    assert first.stdout.startswith(f"2 artifacts of 0 MB are in {tmp_path / 'cache' / 'testbed'}; ")


def test_setup_without_a_way_to_the_registry(cli: Cli, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "http://127.0.0.1:9")
    done = cli("setup", "--sdk", "1.2.3")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "the npm registry cannot be reached" in done.stderr
    assert "fix: check the network, or NPM_CONFIG_REGISTRY" in done.stderr
