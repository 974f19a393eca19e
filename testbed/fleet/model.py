"""What the fleet is asked for, and what it says of itself. All of it crosses the control socket as JSON."""

from __future__ import annotations

import msgspec

from testbed.devices.api import DeviceSpec, State, Tool
from testbed.plugin.model import Platform


class FleetOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a fleet is brought up. `devices` empty means the default fleet; `workers` how many devices of each platform
    run at once; `browser` a path or name (`headless-shell`, `chromium`), empty: the first one found; `require_jail`: no
    device whose apps run in no jail; `spares`: the page of the next run is made ready while a run ends."""

    devices: tuple[DeviceSpec, ...] = ()
    workers: int = 1
    browser: str = ""
    require_jail: bool = False
    spares: bool = True


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One `testbed run`. `platforms` (-P) are globs on platform or target id; `scenarios` (-k) words or globs on
    scenario names; `only_failed` names the scenarios x targets of --last-failed (`scenario::target`), None: all;
    `repeat` is how often each is played; `live` are the hosts that may really be talked to; `require_jail` as in
    FleetOptions."""

    platforms: tuple[str, ...] = ()
    devices: tuple[DeviceSpec, ...] = ()
    scenarios: tuple[str, ...] = ()
    only_failed: tuple[str, ...] | None = None
    repeat: int = 1
    fail_fast: bool = False
    workers: int | None = None
    live: tuple[str, ...] = ()
    require_jail: bool = False
    sdk: str = ""
    """analytics-next version, empty: the pinned one."""
    unsafe_raw: bool = False
    """Whether secrets stay as they are in everything that is told of the run."""
    source: str = ""
    """Where the zip came from, for messages and reports."""


class DeviceStatus(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    platform: Platform
    state: State
    detail: str = ""


class FleetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`testbed status --json`. No secret in it."""

    schema: int = 1
    fleet: FleetInfo
    devices: tuple[DeviceStatus, ...] = ()
    tools: tuple[Tool, ...] = ()


class FleetInfo(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    pid: int
    control: str
    started: float
    version: str
