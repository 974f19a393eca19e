"""The harness app as a file: an APK with the plugin in it, that trusts the run's CA."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Protocol

from testbed import apk
from testbed.apk import Apk
from testbed.devices.api import App


class Build(Protocol):
    """Makes the APK for an app, or finds it made. `env` is the fleet's."""

    def __call__(self, app: App, ca_pem: bytes, env: Mapping[str, str]) -> Awaitable[Apk]: ...


async def build(app: App, ca_pem: bytes, env: Mapping[str, str]) -> Apk:
    return await apk.build(app.plugin, app.target, ca_pem=ca_pem, env=env)
