"""A run without a fleet: boot one, run, take it down."""

from __future__ import annotations

from collections.abc import Callable

from testbed import interrupts
from testbed.events import Event
from testbed.fleet.fleet import open_fleet
from testbed.fleet.home import Home, reap_dead
from testbed.fleet.model import FleetOptions, RunRequest


def run_alone(zipped: bytes, request: RunRequest, options: FleetOptions, emit: Callable[[Event], None]) -> int:
    """The exit code of `request` on a fleet of its own. KeyboardInterrupt passes through, with the fleet gone."""
    return interrupts.run(_run(zipped, request, options, emit))


async def _run(zipped: bytes, request: RunRequest, options: FleetOptions, emit: Callable[[Event], None]) -> int:
    reap_dead()
    with Home.make("run") as home:
        async with open_fleet(options, env=home.env, emit=emit, once=True) as fleet:
            return await fleet.run(zipped, request, emit)
