"""The devices that are up, by the spec that asked for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib.metadata import EntryPoint, entry_points

from testbed import events
from testbed.devices.api import Device, DeviceSpec, Driver, State, Tool
from testbed.errors import EnvironmentFault, TestbedError
from testbed.fleet.model import DeviceStatus
from testbed.plugin.model import Platform

Emit = Callable[[events.Event], None]


class Pool:
    """Grows as runs ask for more, and ends with `stack`. `spki` is of the CA that every device is to trust, `env` the
    environment of what drivers start."""

    def __init__(self, *, spki: str, env: Mapping[str, str], stack: AsyncExitStack) -> None:
        self._spki = spki
        self._env = env
        self._stack = stack
        self._drivers: dict[Platform, Driver] = {}
        self._devices: dict[str, list[Device]] = {}
        self._statuses: dict[str, DeviceStatus] = {}

    @property
    def statuses(self) -> tuple[DeviceStatus, ...]:
        return tuple(self._statuses.values())

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What else may be used on the devices."""
        return tuple(driver.tool for driver in self._drivers.values() if driver.tool is not None)

    async def boot(self, specs: Sequence[DeviceSpec], workers: int, emit: Emit) -> None:
        """Have `workers` devices of each spec ready. Raises EnvironmentFault where one cannot be had here."""
        for spec in specs:
            devices = self._devices.setdefault(str(spec), [])
            missing = (1 if spec.address else workers) - len(devices)  # an address is one device
            if missing <= 0:
                continue
            self._say(emit, str(spec), spec.platform, "booting", f"{missing} device(s)")
            try:
                driver = self._drivers.setdefault(spec.platform, driver_for(spec))
                opened = driver.open(spec, count=missing, spki=self._spki, env=self._env)
                booted = await self._stack.enter_async_context(opened)
            except TestbedError as error:
                self._say(emit, str(spec), spec.platform, "failed", error.message)
                raise
            for device in booted:
                devices.append(device)
                self.say(emit, device, "ready")
            del self._statuses[str(spec)]

    def require_jail(self) -> None:
        """Raises EnvironmentFault for a device whose apps run in no jail."""
        for device in (device for devices in self._devices.values() for device in devices):
            if device.unjailed:
                message = f"a jail is required, and {device.id} has none: {device.unjailed}"
                raise EnvironmentFault(
                    message, fix="testbed doctor says what a jail needs; or do without --require-jail"
                )

    def of(self, spec: DeviceSpec) -> Sequence[Device]:
        """The devices of a spec that was booted."""
        return self._devices[str(spec)]

    def say(self, emit: Emit, device: Device, state: State, detail: str = "") -> None:
        """Note and tell what a device is at."""
        self._say(emit, device.id, device.platform, state, detail)

    def _say(self, emit: Emit, name: str, platform: Platform, state: State, detail: str) -> None:
        self._statuses[name] = DeviceStatus(id=name, platform=platform, state=state, detail=detail)
        emit(events.DeviceState(time=time.time(), device=name, state=state, detail=detail))


def driver_for(spec: DeviceSpec) -> Driver:
    """The driver of the spec's platform, from the entry points. Raises EnvironmentFault where there is none."""
    entry = drivers().get(spec.platform)
    if entry is None:
        have = ", ".join(sorted(drivers()))
        raise EnvironmentFault(f"no driver for {spec.platform!r} is installed", fix=f"drivers here: {have}")
    driver: Driver = entry.load()()
    return driver


def drivers() -> Mapping[str, EntryPoint]:
    """The installed drivers, by platform."""
    return {entry.name: entry for entry in entry_points(group="testbed.drivers")}
