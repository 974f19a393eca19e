"""Maven coordinates become files of the zip, which then needs nothing but itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed.errors import EnvironmentFault, PluginRefused
from testbed.plugin import pack, read_zip
from testbed.plugin.classpath import Artifact, classpath_of, read_lock
from testbed.plugin.entries import MAX_FILE
from tests.apk.compiled import aar, jar
from tests.artifacts.repository import Served, serving

MANIFEST = """\
name = "Acme"
version = "1"
[targets.java]
sdk = "android-java"
classpath = ["android/own.jar"]
maven = ["com.acme:sdk:2.1"]
factory = "com.acme.Acme.FACTORY"
[targets.kotlin]
sdk = "android-kotlin"
maven = ["com.acme:sdk:2.1"]
factory = "com.acme.Acme"
"""
ACME = jar({"com.acme.Acme": "package com.acme; public class Acme { public static Object FACTORY; }"})


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving() as served:
        yield served


@pytest.fixture
def folder(tmp_path: Path, maven: Served) -> Path:
    """A plugin on a vendor's AAR, which needs a library of its own, okhttp, Kotlin and androidx."""
    folder = tmp_path / "acme"
    (folder / "android").mkdir(parents=True)
    (folder / "plugin.toml").write_text(MANIFEST)
    (folder / "android/own.jar").write_bytes(ACME)
    needs = ("com.acme:core:1.0", "com.squareup.okhttp3:okhttp:4.9.0", "androidx.core:core:1.6.0")
    maven.library("com.acme:sdk:2.1", *needs, packaging="aar")
    maven.put("com.acme:sdk:aar:2.1", aar("com.acme", classes=ACME))
    maven.library("com.acme:core:1.0", "org.jetbrains.kotlin:kotlin-stdlib-jdk8:1.6.0")
    maven.put("com.acme:core:1.0", ACME)
    maven.library("com.squareup.okhttp3:okhttp:4.9.0")
    maven.put("com.squareup.okhttp3:okhttp:4.9.0", ACME)
    return folder


def test_the_zip_has_all_of_it(maven: Served, folder: Path):
    plugin = read_zip(pack(folder, maven_url=maven.url), source="acme.zip")
    java, kotlin = plugin.manifest.targets["java"], plugin.manifest.targets["kotlin"]
    sdk, core, okhttp = "com.acme/sdk-2.1.aar", "com.acme/core-1.0.jar", "com.squareup.okhttp3/okhttp-4.9.0.jar"
    assert classpath_of(plugin, java) == ("android/own.jar", *(f"maven/{name}" for name in (sdk, core, okhttp)))
    # The Kotlin SDK has an okhttp of its own.
    assert classpath_of(plugin, kotlin) == (f"maven/{sdk}", f"maven/{core}")
    assert plugin.files[f"maven/{core}"] == ACME


def test_the_zip_says_where_it_is_from(maven: Served, folder: Path):
    lock = read_lock(read_zip(pack(folder, maven_url=maven.url), source="acme.zip").files)
    sha256 = hashlib.sha256(ACME).hexdigest()
    assert lock.artifacts["maven/com.acme/core-1.0.jar"] == Artifact("com.acme:core:1.0", sha256, ("com.acme:sdk:2.1",))
    assert lock.left_out["java"] == {
        "androidx.core:core:1.6.0": ("com.acme:sdk:2.1",),
        "org.jetbrains.kotlin:kotlin-stdlib-jdk8:1.6.0": ("com.acme:sdk:2.1", "com.acme:core:1.0"),
    }
    assert "com.squareup.okhttp3:okhttp:4.9.0" in lock.left_out["kotlin"]


def test_the_same_bytes_with_no_repository_at_hand(maven: Served, folder: Path):
    first = pack(folder, maven_url=maven.url)
    maven.deaf = True
    assert pack(folder, maven_url=maven.url) == first


def test_what_cannot_be_resolved_is_refused_with_the_place(maven: Served, folder: Path):
    maven.library("com.acme:core:1.0", "com.acme:gone:3")
    with pytest.raises(PluginRefused) as raised:
        pack(folder, maven_url=maven.url)
    assert str(raised.value.place) == "plugin.toml:6:1"
    assert "targets.java.maven: com.acme:gone:3, asked for by com.acme:core:1.0 <- com.acme:sdk:2.1: " in str(
        raised.value
    )


def test_a_file_that_no_plugin_may_have(maven: Served, folder: Path):
    maven.put("com.acme:core:1.0", bytes(MAX_FILE + 1))
    with pytest.raises(PluginRefused, match=r"com\.acme:core:1\.0 has 16777217 bytes"):
        pack(folder, maven_url=maven.url)


def test_a_repository_that_is_not_reached(maven: Served, folder: Path):
    maven.deaf = True
    with pytest.raises(EnvironmentFault, match="503"):
        pack(folder, maven_url=maven.url)


def test_a_file_that_is_not_what_the_list_says(maven: Served, folder: Path):
    data = pack(folder, maven_url=maven.url)
    sha256 = hashlib.sha256(ACME).hexdigest().encode()
    with pytest.raises(PluginRefused, match=r"maven/com\.acme/core-1\.0\.jar is not the com\.acme:core:1\.0"):
        read_zip(_with(data, sha256, b"0" * 64), source="acme.zip")


def _with(data: bytes, old: bytes, new: bytes) -> bytes:
    """The zip with its list changed, packed as before."""
    from testbed.apk.zipping import zipped
    from testbed.plugin.library import members

    return zipped({name: content.replace(old, new) for name, content in members(data).items()})
