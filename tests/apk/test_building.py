"""APKs of real SDK libraries and D8, as Android's own tools read them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from testbed.apk import Apk, build
from testbed.apk.zipping import zipped
from testbed.plugin import Plugin, read_zip
from tests.apk.compiled import jar

CA = b"-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n"
FACTORY = "package com.acme; public class Acme { public static final Object FACTORY = new Object(); }"
TOML = """
name = "Acme"
version = "1.0"
[targets.android]
sdk = "{sdk}"
classpath = [{classpath}]
factory = "com.acme.Acme.FACTORY"
"""


def plugin_of(libraries: Mapping[str, bytes], sdk: str = "android-java") -> Plugin:
    text = TOML.format(sdk=sdk, classpath=", ".join(f'"{name}"' for name in libraries))
    return read_zip(zipped({"plugin.toml": text.encode(), **libraries}), source="acme.zip")


async def built(plugin: Plugin, env: Mapping[str, str], ca: bytes = CA) -> Apk:
    return await build(plugin, plugin.manifest.targets["android"], ca_pem=ca, env=env)


def said(*command: str | Path) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("sdk", ["android-java", "android-kotlin"])
async def test_androids_own_tools_accept_it(store: Path, env: dict[str, str], sdk: str):
    apk = await built(plugin_of({"acme.jar": jar({"com.acme.Acme": FACTORY})}, sdk), env)
    verified = said("apksigner", "verify", "--verbose", apk.file)
    assert "Verified using v2 scheme (APK Signature Scheme v2): true" in verified
    assert "Verified using v3 scheme (APK Signature Scheme v3): true" in verified
    badging = said("aapt", "dump", "badging", apk.file)
    assert "package: name='dev.testbed.app'" in badging
    assert "launchable-activity: name='dev.testbed.app.MainActivity'" in badging
    with ZipFile(apk.file) as archive:
        dex = sorted(name for name in archive.namelist() if name.endswith(".dex"))
        archive.extractall(store / "out", dex)
    classes = "".join(said("dexdump", store / "out" / name) for name in dex)
    for name in ("Lcom/acme/Acme;", "Ldev/testbed/app/MainActivity;", "Lkotlin/Unit;"):
        assert f"Class descriptor  : '{name}'" in classes
