"""The harness app as a file: with the plugin in it, and trusting the run's CA."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from testbed.devices.api import App, Proxy
from testbed.errors import EnvironmentFault


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """An APK that was built, and the hash of its content. `factory` is what makes the plugin in it; `packages` are
    those of the plugin's code."""

    file: Path
    sha256: str
    factory: str
    packages: tuple[str, ...] = ()


Build = Callable[[App, Proxy], Awaitable[Package]]
"""Makes the package for an app, or finds it made."""


async def build(app: App, proxy: Proxy) -> Package:
    raise EnvironmentFault("the harness app cannot be built here", fix="testbed setup android")
