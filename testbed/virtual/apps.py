"""The seam between a virtual device and what runs apps on it: an AppRuntime of testbed.runtimes.

A device without one installs apps and cannot start them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from testbed.jail import Inlet
from testbed.virtual.duplex import Duplex

Priority = Literal["V", "D", "I", "W", "E", "F"]


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """An installed app: the very file that was installed, and the folder of this machine that holds what the app
    stores (/data/data/PACKAGE), which outlives its processes and is emptied by `pm clear`."""

    package: str
    file: Path
    sha256: str
    data: Path


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """An intent that starts an app or reaches a running one. `component` is PACKAGE/CLASS."""

    component: str
    action: str = "android.intent.action.MAIN"
    uri: str = ""
    extras: Mapping[str, str] = {}


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What an app finds around it. `properties` are the device's (ro.product.model, ro.build.version.sdk, ...);
    `proxy` is host:port as the device names it (`settings get global http_proxy`), "" for none; `online` is False in
    flight mode. Screen in pixels, `density` in dpi."""

    api: int
    properties: Mapping[str, str]
    locale: str = "en-US"
    time_zone: str = "UTC"
    width: int = 1080
    height: int = 2400
    density: int = 420
    proxy: str = ""
    online: bool = True


class Exit(msgspec.Struct, frozen=True, kw_only=True):
    """How an app's process ended. `by`: itself (System.exit, kill of its own pid), an uncaught exception (`stack` as
    logcat prints it), stopped by the system (`am force-stop`), or the process of the runtime died under it."""

    by: Literal["itself", "exception", "system", "runtime"]
    code: int = 0
    stack: str = ""


class AppProcess(Protocol):
    """One run of an app."""

    async def deliver(self, launch: Launch) -> None:
        """Bring the app to the front; a new intent reaches its top activity (onNewIntent)."""
        ...

    async def background(self) -> None:
        """The home button: the top activity is paused and stopped."""
        ...

    async def surround(self, surroundings: Surroundings) -> None:
        """The surroundings have changed: proxy, network, locale."""
        ...

    async def connect(self, socket: str) -> Duplex:
        """Connect to an abstract socket that the app listens on. Raises ConnectionRefusedError."""
        ...

    @property
    def state(self) -> Mapping[str, str]:
        """What there is to draw of the app: `activity`, `lifecycle`, and what it sets itself (last calls)."""
        ...

    async def ended(self) -> Exit: ...

    async def stop(self) -> None:
        """End it at once; what it stored is kept."""
        ...


Log = Callable[[Priority, str, str, int], None]
"""Priority, tag, message, thread: a line for logcat."""

Local = Callable[[int], Callable[[Duplex], Awaitable[None]] | None]
"""Who takes the app's connections to a port of the device's own loopback (`adb reverse`); None: nobody listens."""


class AppRuntime(Protocol):
    """Runs the apps of one device, one after the other. A context manager, cheap until the first start."""

    @property
    def unjailed(self) -> str:
        """Why apps run in no jail; "" where they do."""
        ...

    async def start(
        self, bundle: Bundle, launch: Launch, surroundings: Surroundings, *, log: Log, local: Local
    ) -> AppProcess:
        """Start a fresh process of the app. Raises DeviceFault when the runtime fails."""
        ...

    def around(self, inlet: Inlet) -> AbstractAsyncContextManager[None]:
        """For the time of the context, what apps send to anything but the device's own loopback is `inlet`'s."""
        ...
