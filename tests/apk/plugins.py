"""Plugins to build, and what went by while they were built."""

from __future__ import annotations

from collections.abc import Mapping

from testbed.apk import Apk, build
from testbed.apk.zipping import zipped
from testbed.plugin import Plugin, read_zip
from tests.apk.classfile import interface

CA = b"-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n"
ACME = zipped({"com/acme/Acme.class": interface("com/acme/Acme")})
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
