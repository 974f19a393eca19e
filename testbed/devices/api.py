"""The device seam: what every driver offers, whatever answers at the other end.

A driver opens devices; a device takes one app at a time (the real Segment SDK with the plugin), plays steps on it, and
tells what it saw. Drivers are found by entry point (`testbed.drivers`), so another package can add a platform.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from testbed.http import Request, Response
from testbed.plugin.model import Platform, Plugin, Target
from testbed.scenario.steps import Step, StepOutcome

if TYPE_CHECKING:
    from testbed.jail import Inlet

State = Literal["booting", "ready", "busy", "failed"]
"""What a device is at, as far as whoever brings it up can tell."""


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """Where a device's traffic must go: an HTTP proxy on `host`:`port`. `ca_pem` is the run's CA certificate, `spki`
    the base64 SHA-256 of its public key (Chromium's --ignore-certificate-errors-spki-list)."""

    host: str
    port: int
    ca_pem: bytes
    spki: str


class App(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is to run. `integrations` is the SDK's load option; `consent` the user's choice by category, None
    where the scenario has no consent banner; `url` where the app starts (path of the customer's site); `offline`: there
    is no network when it starts."""

    run: str
    plugin: Plugin
    target: Target
    write_key: str
    url: str = "/"
    integrations: dict[str, Any] = {}
    consent: dict[str, bool] | None = None
    offline: bool = False


class StepReply(msgspec.Struct, frozen=True, kw_only=True):
    """How a step went. `message_id` is the Segment event that a call step made; `value` what `evaluate` gave; `reason`
    why it was n/a or failed. `delivery` is what the SDK itself said of the destinations (failures, by name)."""

    outcome: StepOutcome
    message_id: str | None = None
    value: Any = None
    reason: str = ""
    delivery: tuple[str, ...] = ()
    duration_ms: float = 0.0


class Unobserved(msgspec.Struct, frozen=True):
    """What the device could not look at, and why: a line of the ledger."""

    subject: str
    reason: str


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """How a run came to its end. `by`: the vendors' timers were run out in virtual time, or real quiet was waited for;
    `virtual_s`: how much virtual time that took."""

    by: Literal["virtual-time", "real-time"]
    virtual_s: float = 0.0
    unobserved: tuple[Unobserved, ...] = ()


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line that the device said. `source`: console, exception (uncaught, with `stack`), network (a load that
    failed, `url` says which), blocked (the app's main thread was kept, `stack` by whom), harness. `by_plugin`: the
    plugin's own code is on the stack, or it is the plugin's resource."""

    source: Literal["console", "exception", "network", "blocked", "harness"]
    level: Literal["debug", "info", "warning", "error"]
    text: str
    time: float = 0.0
    url: str = ""
    stack: str = ""
    by_plugin: bool = False


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """A question about the device at the end of a scenario: see scenario.model.ExpectDevice."""

    what: Literal["element", "cookie", "storage", "global", "log"]
    name: Any


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a Probe. Element: `value` is its text, `attributes` its attributes. Cookie: `attributes` are those
    of Set-Cookie, as far as it has them: domain, path, secure, httpOnly, sameSite, and maxAge, the whole seconds that
    it still has. `more` are further finds: several elements, cookies of one name. `problem` says why nobody could
    look; that nothing was found then proves nothing."""

    found: bool
    value: Any = None
    attributes: dict[str, Any] = {}
    more: tuple[Sighting, ...] = ()
    problem: str = ""


Problem = Literal["", "no-global", "threw", "never-ready", "script-failed", "not-loaded", "no-sdk"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What the SDK says of the plugin. `ready`: the destination reported ready; `installed`: the SDK got hold of it at
    all; `problem` says why not, by one of the named reasons, and `detail` in words. `signals`: what the plugin's code
    looked at that gives automation away (`navigator.webdriver`)."""

    installed: bool
    ready: bool
    problem: Problem = ""
    detail: str = ""
    signals: tuple[str, ...] = ()


class Device(Protocol):
    """One device. Used by one run at a time: boot, then (door, inject, call..., settle, observe, clear) per run, then
    close. `prepare`, with a door of its own, may stand beside any of these.

    Every method raises DeviceFault when the device itself fails, and nothing else for what the plugin does."""

    id: str
    platform: Platform

    @property
    def unjailed(self) -> str:
        """Why the app runs in no jail, so that what it sends round the proxy is not seen; "" where it is in one."""
        ...

    @property
    def begins_ahead(self) -> bool:
        """Whether `prepare` begins anything. Where it does not, nobody opens a second door."""
        ...

    async def boot(self) -> None: ...

    async def stage(self, app: App, ca_pem: bytes) -> None:
        """Do what takes its time, and once: make of `app`'s plugin what `inject` puts on the device. The scenario's own
        time begins after it. Raises PluginRefused for a plugin that nothing can be made of, EnvironmentFault."""
        ...

    def door(self, inlet: Inlet) -> AbstractAsyncContextManager[tuple[str, int]]:
        """Where the traffic of the next app comes out: a proxy's host and port, as the device must name them. Open it
        before `inject`, and close it after `clear`."""
        ...

    def answer(self, app: App, request: Request) -> Response | None:
        """What the customer's own world serves to `app` (on the web, the page that carries SDK and plugin); None: not
        mine."""
        ...

    def prepare(self, app: App, proxy: Proxy) -> AbstractAsyncContextManager[Callable[[], bool]]:
        """Begin ahead, beside the app that runs now, what `inject` with the same `proxy` will go on with: fresh
        storage, and the SDK as far as it comes by itself. Gives whether what was begun still lives. What nobody has
        gone on with is thrown away at the end. A device that cannot begin ahead does nothing here."""
        ...

    async def inject(self, app: App, proxy: Proxy) -> None:
        """Fresh storage, SDK and plugin loaded, all traffic through `proxy`. Returns once the SDK took the plugin or
        gave up on it (bounded), so that `health` can tell."""
        ...

    async def call(self, step: Step, traffic: Traffic) -> StepReply: ...

    async def settle(self, traffic: Traffic) -> Settled:
        """Run pending timers out until nothing new is sent."""
        ...

    async def health(self) -> Health: ...

    async def observe(self, probes: Sequence[Probe]) -> list[Sighting]: ...

    def logs(self) -> Sequence[LogLine]:
        """All that the device said since its app was begun: by `inject`, or by `prepare` before."""
        ...

    async def clear(self, traffic: Traffic) -> tuple[Unobserved, ...]:
        """End the app: its unload traffic is let out and waited for, then all it stored is discarded. Gives what could
        not be observed of that, as `Settled.unobserved`."""
        ...

    async def close(self) -> None: ...


class Traffic(Protocol):
    """What a device may know of its own traffic, to judge quiet."""

    @property
    def in_flight(self) -> int:
        """Requests that were begun and not yet answered."""
        ...

    @property
    def count(self) -> int:
        """Requests seen so far."""
        ...

    async def quiet(self, *, still_ms: float, within_s: float) -> bool:
        """Wait until nothing is in flight and nothing new came for `still_ms`; False when `within_s` ran out first."""
        ...


class DeviceSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What `-d` names: `web`, `android:pixel-8-api34`, `android=SERIAL`."""

    platform: Platform
    profile: str = ""
    address: str = ""

    def __str__(self) -> str:
        suffix = f":{self.profile}" if self.profile else f"={self.address}" if self.address else ""
        return f"{self.platform}{suffix}"


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A program of the platform's own that a user may run on a fleet's devices: `adb`. `env` leads it to what it talks
    to, which is at `address`."""

    name: str
    program: str
    address: str
    env: dict[str, str] = {}


class Driver(Protocol):
    """A platform's driver. `open` starts what the devices share (a browser, an adb server) and gives `count` devices,
    booted; all of it ends with the context. Raises EnvironmentFault with the fix when the platform cannot run here,
    UsageError for a spec that it cannot have."""

    platform: Platform

    @property
    def tool(self) -> Tool | None:
        """What else may be used on the devices that are open."""
        ...

    def open(
        self, spec: DeviceSpec, *, count: int, spki: str, env: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Sequence[Device]]: ...
