"""APKs of Segment's real SDKs, as Android's own tools read them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest

from testbed import jail
from testbed.apk import running
from testbed.apk.zipping import zipped
from testbed.artifacts import read_pins
from testbed.artifacts.pins import ANDROID
from tests.apk.classfile import interface
from tests.apk.compiled import aar, jar
from tests.apk.plugins import ACME, CA, built, plugin_of

Env = Mapping[str, str]


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were started, by what each is for."""
    names: list[str] = []
    started = jail.started

    def noted(program, **options):
        assert options["box"] is not None, "strangers' files are read in a jail"
        said = " ".join(program)
        names.append(next(name for name in ("D8", "aapt2", "apksigner", "javac", "keytool") if name in said))
        return started(program, **options)

    monkeypatch.setattr(running, "started", noted)
    return names


def said(*command: str | Path) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


def dexdump(apk: Path, into: Path) -> str:
    """What the debugger's tool says of all DEX files."""
    with ZipFile(apk) as archive:
        dex = [name for name in archive.namelist() if name.endswith(".dex")]
        archive.extractall(into, dex)
    return "".join(said("dexdump", into / name) for name in dex)


RESOURCES = {
    "res/values/values.xml": b'<resources><string name="greeting">hello</string></resources>',
    "R.txt": b"int string greeting 0x7f010000\n",
    "assets/acme/notes.txt": b"notes",
    "jni/arm64-v8a/libacme.so": b"\x7fELF",
}
COMPONENTS = """
<uses-sdk android:minSdkVersion="26"/>
<uses-permission android:name="android.permission.BLUETOOTH"/>
<queries><package android:name="com.acme.wallet"/></queries>
<application>
  <provider android:name=".Starter" android:authorities="${applicationId}.acme" android:exported="false"/>
  <receiver android:name="com.acme.Booted">
    <intent-filter><action android:name="com.acme.UP"/></intent-filter>
  </receiver>
  <meta-data android:name="com.acme.key" android:value="k"/>
</application>
"""
READS_R = "package com.acme.ui; public class Greeting { public static int id() { return R.string.greeting; } }"
R = "package com.acme.ui; public final class R { public static final class string { public static int greeting; } }"


async def test_androids_own_tools_accept_it(store: Path, env: Env, tmp_path: Path):
    apk = await built(plugin_of({"acme.jar": ACME}), env)
    verified = said("apksigner", "verify", "--verbose", apk.file)
    assert "Verified using v2 scheme (APK Signature Scheme v2): true" in verified
    assert "Verified using v3 scheme (APK Signature Scheme v3): true" in verified
    badging = said("aapt", "dump", "badging", apk.file)
    assert "package: name='dev.testbed.app' versionCode='1'" in badging
    assert "launchable-activity: name='dev.testbed.app.MainActivity'" in badging
    assert "sdkVersion:'24'\ntargetSdkVersion:'34'" in badging
    classes = dexdump(apk.file, tmp_path / "dex")
    for name in (
        "Lcom/acme/Acme;",
        "Ldev/testbed/app/MainActivity;",
        "Lcom/segment/analytics/Analytics;",
        "Lkotlin/Unit;",
    ):
        assert f"Class descriptor  : '{name}'" in classes
    assert (apk.packages, apk.notes) == (("com.acme.",), ())


async def test_what_lies_where(store: Path, env: Env):
    apk = await built(plugin_of({"z.jar": ACME, "a.aar": aar("com.lib", classes=ACME_LIB)}, "android-kotlin"), env)
    with ZipFile(apk.file) as archive:
        names = archive.namelist()
        jars = [name for name in names if name.startswith("assets/testbed/classpath/")]
        order = [re.sub(r"^.*/\d+-|-[\d.]+\.(?:jar|aar)|-classes\.jar|\.jar$|\.aar", "", name) for name in jars]
        assert order == [
            "app-kotlin", "shims", "android", "kotlinx-coroutines-core-jvm", "core", "sovran-kotlin",
            "kotlinx-coroutines-android", "okhttp", "kotlinx-serialization-json-jvm", "okio",
            "kotlinx-serialization-core-jvm", "okio-jvm", "kotlin-stdlib", "z", "a",
        ]  # fmt: skip
        assert archive.read(jars[-2]) == ACME
        assert json.loads(archive.read("assets/testbed/app.json")) == {
            "sdk": "android-kotlin", "factory": "com.acme.Acme.FACTORY", "pluginPackages": ["com.acme.", "com.lib."],
            "notes": [],
        }  # fmt: skip
        assert archive.read("res/raw/testbed_ca.pem") == CA
        assert "META-INF/services/kotlinx.coroutines.internal.MainDispatcherFactory" in names
        table = archive.getinfo("resources.arsc")
    assert table.compress_type == ZIP_STORED
    data = apk.file.read_bytes()
    name, extra = (
        int.from_bytes(data[table.header_offset + at : table.header_offset + at + 2], "little") for at in (26, 28)
    )
    assert (table.header_offset + 30 + name + extra) % 4 == 0


ACME_LIB = zipped({"com/lib/Lib.class": interface("com/lib/Lib")})


async def test_what_an_aar_brings(store: Path, env: Env, tmp_path: Path):
    compiled = jar({"com.acme.ui.Greeting": READS_R, "com.acme.ui.R": R})
    with ZipFile(jar_file(tmp_path, compiled)) as archive:
        code = zipped(
            {name: archive.read(name) for name in archive.namelist() if "/R" not in name}
        )  # as Gradle makes it
    apk = await built(plugin_of({"ui.aar": aar("com.acme.ui", classes=code, manifest=COMPONENTS, more=RESOURCES)}), env)
    manifest = said("aapt", "dump", "xmltree", apk.file, "AndroidManifest.xml")
    for part in ("android.permission.BLUETOOTH", "com.acme.wallet", "com.acme.ui.Starter", "dev.testbed.app.acme",
                 "com.acme.Booted", "com.acme.key"):  # fmt: skip
        assert f'"{part}"' in manifest
    badging = said("aapt", "dump", "badging", apk.file)
    assert "sdkVersion:'26'" in badging
    assert "native-code: 'arm64-v8a'" in badging
    assert "string/greeting" in said("aapt", "dump", "resources", apk.file)
    classes = dexdump(apk.file, tmp_path / "dex")
    assert "Class descriptor  : 'Lcom/acme/ui/R$string;'" in classes
    with ZipFile(apk.file) as archive:
        assert archive.read("assets/acme/notes.txt") == b"notes"
        assert any(name.endswith("-R-classes.jar") for name in archive.namelist())
    assert apk.notes == ("ui.aar brings native code (arm64-v8a): a virtual device runs none",)


def jar_file(folder: Path, content: bytes) -> Path:
    file = folder / "compiled.jar"
    file.write_bytes(content)
    return file


async def test_a_second_build_does_nothing(store: Path, env: Env, spawned: list[str]):
    plugin = plugin_of({"acme.jar": ACME})
    first = await built(plugin, env)
    assert spawned == ["aapt2", "aapt2", "D8", "apksigner"]
    spawned.clear()
    assert await built(plugin, env) == first
    assert spawned == []


async def test_another_certificate_is_another_signature_and_no_more(store: Path, env: Env, spawned: list[str]):
    plugin = plugin_of({"acme.jar": ACME})
    first = await built(plugin, env)
    spawned.clear()
    second = await built(plugin, env, ca=b"another")
    assert spawned == ["apksigner"]
    assert second.file != first.file
    with ZipFile(second.file) as archive:
        assert archive.read("res/raw/testbed_ca.pem") == b"another"


async def test_two_at_once_make_one(store: Path, env: Env, spawned: list[str]):
    plugin = plugin_of({"acme.jar": ACME})
    first, second = await asyncio.gather(built(plugin, env), built(plugin, env))
    assert first == second
    assert spawned == ["aapt2", "aapt2", "D8", "apksigner"]
    assert {name.rpartition(".")[2] for name in os.listdir(store)} == {"apk", "zip", "p12"}


async def test_with_more_methods_than_one_dex_file_holds(store: Path, env: Env, tmp_path: Path):
    many = {f"com/acme/many/I{n}.class": interface(f"com/acme/many/I{n}", 7_000) for n in range(10)}
    apk = await built(plugin_of({"many.jar": zipped(many)}), env)
    assert "Class descriptor  : 'Lcom/acme/many/I9;'" in dexdump(apk.file, tmp_path / "dex")
    with ZipFile(apk.file) as archive:
        dex = [name for name in archive.namelist() if name.endswith(".dex")]
    assert dex == [f"classes{number}.dex" if number > 1 else "classes.dex" for number in range(1, len(dex) + 1)]
    assert len(dex) >= 3  # two of the plugin's, one of the SDK


def test_the_pins_of_the_sdks_are_those_that_the_harness_is_built_with():
    """harnesses/android/pom.xml names the same versions."""
    pom = (Path(__file__).parents[2] / "harnesses/android/pom.xml").read_text()
    version = dict(re.findall(r"<(analytics-\w+|kotlin|kotlinx-\w+)\.version>([^<]+)<", pom))
    pins = {
        pin.coordinates.artifact: pin.coordinates.version for table in read_pins(ANDROID).values() for pin in table.pins
    }
    assert version == {
        "analytics-android": pins["analytics"], "analytics-kotlin": pins["core"], "kotlin": pins["kotlin-stdlib"],
        "kotlinx-coroutines": pins["kotlinx-coroutines-core-jvm"],
        "kotlinx-serialization": pins["kotlinx-serialization-json-jvm"],
    }  # fmt: skip
