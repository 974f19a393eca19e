"""Plugins that no APK can be made of: each is refused with the name of what is wrong, before a device sees it."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from testbed.apk import find_tools, running
from testbed.apk.zipping import zipped
from testbed.errors import EnvironmentFault, PluginRefused
from tests.apk.classfile import interface
from tests.apk.compiled import aar
from tests.apk.plugins import ACME, built, plugin_of
from tests.plugin.rawzip import Raw
from tests.plugin.rawzip import build as rawzip

Env = Mapping[str, str]
Libraries = Mapping[str, bytes]


def classes(*names: str, version: int = 61) -> bytes:
    return zipped({f"{name}.class": interface(name, version=version) for name in names})


def with_manifest(inside: str) -> Libraries:
    return {"acme.jar": ACME, "ui.aar": aar("com.acme.ui", manifest=inside)}


def with_text(manifest: bytes) -> Libraries:
    return {"acme.jar": ACME, "ui.aar": zipped({"AndroidManifest.xml": manifest})}


def with_resources(files: Mapping[str, bytes]) -> Libraries:
    return {"acme.jar": ACME, "ui.aar": aar("com.acme.ui", more=files)}


def provider(authority: str) -> str:
    attributes = f'android:name="com.acme.Starter" android:authorities="{authority}"'
    return f"<application><provider {attributes}/></application>"


ENTITIES = b'<!DOCTYPE m [<!ENTITY a "b">]><manifest package="&a;"/>'
TWO_PROVIDERS = {
    "acme.jar": ACME,
    "one.aar": aar("com.one", manifest=provider("one")),
    "two.aar": aar("com.two", manifest=provider("two")),
}
BROKEN_CLASS = zipped({"com/acme/Bad.class": interface("com/acme/Bad", 3)[:-9]})

REFUSED: dict[str, tuple[Libraries, str]] = {
    "a class of the SDK's": (
        {"acme.jar": classes("com/acme/Acme", "com/segment/analytics/Analytics")},
        "com.segment.analytics.Analytics is in analytics-4.11.3.aar and in acme.jar: an app has each class once",
    ),
    "a class of the app's": (
        {"acme.jar": classes("dev/testbed/app/MainActivity")},
        "dev.testbed.app.MainActivity is in app-java.jar and in acme.jar",
    ),
    "Kotlin once more": ({"acme.jar": classes("kotlin/Unit")}, "kotlin.Unit is in kotlin-stdlib-1.9.25.jar and"),
    "a class twice": (
        {"one.jar": ACME, "two.jar": classes("com/acme/Acme", "com/acme/Two")},
        "com.acme.Acme is in one.jar and in two.jar",
    ),
    "a class for a newer Java": (
        {"acme.jar": ACME, "new.jar": classes("com/acme/New", version=65)},
        "new.jar has com.acme.New, compiled for Java 21",
    ),
    "a manifest that is no XML": (with_text(b"<manifest"), "ui.aar: its AndroidManifest.xml is no well-formed XML"),
    "a manifest that is another's": (with_text(b"<project/>"), "ui.aar: its AndroidManifest.xml is a <project>"),
    "a manifest with entities": (with_text(ENTITIES), "ui.aar: its AndroidManifest.xml is XML with a document type"),
    "a manifest without a package": (with_text(b"<manifest/>"), "ui.aar: its AndroidManifest.xml has the package ''"),
    "a package that leads out": (
        with_text(b'<manifest package="../../etc"/>'), "has the package '../../etc', which is none",
    ),
    "a manifest of another level": (
        with_manifest('<uses-sdk android:minSdkVersion="Q"/>'),
        "ui.aar: its minSdkVersion is 'Q', no API level",
    ),
    "a placeholder that nobody fills": (
        with_manifest(provider("${mapsKey}")),
        "ui.aar: its AndroidManifest.xml needs a value for '${mapsKey}'",
    ),
    "two manifests that disagree": (
        TWO_PROVIDERS,
        "two.aar: <provider com.acme.Starter> has android:authorities='two', and 'one' in one.aar",
    ),
    "a manifest that disagrees with the app": (
        with_manifest('<application><activity android:name="dev.testbed.app.MainActivity" android:exported="false"/>'
                      "</application>"),
        "ui.aar: <activity dev.testbed.app.MainActivity> has android:exported='false', and 'true' in the harness app",
    ),
    "resources that do not compile": (
        with_resources({"res/values/values.xml": b"<resources><string>"}),
        "ui.aar: aapt2 cannot compile its resources: ",
    ),
    "a resource in no folder": (with_resources({"res/a.xml": b"<a/>"}), "ui.aar: res/a.xml is in no folder"),
    "a resource that needs what is not there": (
        with_resources({"res/values/v.xml": b'<resources><style name="A" parent="Theme.AppCompat"/></resources>'}),
        "Theme.AppCompat",
    ),
    "a class that is broken": (
        {"acme.jar": ACME, "bad.jar": BROKEN_CLASS},
        "D8 cannot take it: bad.jar, com/acme/Bad.class: java.lang.ArrayIndexOutOfBoundsException",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("libraries", "says"), REFUSED.values(), ids=REFUSED)
async def test_what_is_wrong_is_named(store: Path, env: Env, libraries: Libraries, says: str):
    plugin = plugin_of(libraries)
    with pytest.raises(PluginRefused) as raised:
        await built(plugin, env)
    assert says in str(raised.value)
    assert not [*_built(store)]


def _built(store: Path) -> list[Path]:
    return [*store.glob("*.apk"), *store.glob("*.zip.part"), *store.glob("*.lock")]


async def test_an_aar_of_native_code_alone_is_said(store: Path, env: Env):
    native = aar("com.acme.native", more={"jni/x86_64/liba.so": b"\x7fELF", "jni/arm64-v8a/liba.so": b"\x7fELF"})
    apk = await built(plugin_of({"acme.jar": ACME, "native.aar": native}), env)
    said = "native.aar brings native code (arm64-v8a, x86_64) and no class: a virtual device runs none"
    assert apk.notes == (said,)


BOMB = bytes(15 << 20)
HOSTILE: dict[str, tuple[bytes, str]] = {
    "a bomb": (zipped({"classes.jar": ACME, "assets/zeros": BOMB}), "inflates to more than 200 times its size"),
    "a bomb within": (aar("a", classes=zipped({"zeros.bin": BOMB})), "inflates to more than 200 times its size"),
    "a way out": (rawzip([Raw(name=b"res/../../../tmp/escaped", content=b"x")]), "res/../../../tmp/escaped"),
    "a link": (
        rawzip([Raw(name=b"assets/link", content=b"/etc/passwd", attributes=(stat.S_IFLNK | 0o777) << 16)]),
        "is a symbolic link",
    ),
}


@pytest.mark.parametrize(("content", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_aar_is_not_even_read(content: bytes, says: str):
    with pytest.raises(PluginRefused) as raised:
        plugin_of({"acme.jar": ACME, "hostile.aar": content})
    assert says in str(raised.value)
    assert "hostile.aar" in str(raised.value)


async def test_a_tool_that_is_never_done(store: Path, env: Env, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(running, "WITHIN_S", 0.0)
    with pytest.raises(EnvironmentFault, match="aapt2 was not done within 0 s"):
        await built(plugin_of({"acme.jar": ACME}), env)
    assert not _built(store)


def test_all_that_is_missing_is_named_with_what_to_install():
    with pytest.raises(EnvironmentFault) as raised:
        find_tools({"PATH": "/nowhere"})
    assert (
        raised.value.message == "java and javac and keytool and aapt2 and apksigner not found: an APK is made with them"
    )
    assert "apt-get install openjdk-17-jdk-headless aapt apksigner" in str(raised.value.fix)


def test_a_java_that_is_too_old(tmp_path: Path, env: Env):
    for name in ("java", "javac", "keytool"):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_402\"' >&2\n")
        file.chmod(0o755)
    with pytest.raises(EnvironmentFault, match=r'is version "1\.8, and 17 is needed'):
        find_tools({**env, "JAVA_HOME": str(tmp_path)})


def test_build_tools_of_an_sdk_the_newest_first(tmp_path: Path, env: Env):
    for version in ("9.0.0", "34.0.0"):
        tools = tmp_path / "build-tools" / version
        (tools / "lib").mkdir(parents=True)
        (tools / "lib" / "apksigner.jar").touch()
        for name in ("aapt2", "apksigner"):
            (tools / name).touch(mode=0o755)
    java = find_tools(env)
    home = str(Path(java.java).resolve().parents[1])
    found = find_tools({"PATH": "/nowhere", "JAVA_HOME": home, "ANDROID_HOME": str(tmp_path)})
    assert found.aapt2 == str(tmp_path / "build-tools/34.0.0/aapt2")
    assert found.apksigner == str(tmp_path / "build-tools/34.0.0/lib/apksigner.jar")
