"""testbed up"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Browser, Devices, RequireJail, Workers
from testbed.config import OPTIONS, Config


@guarded
def up(
    device: Devices = None,
    workers: Workers = None,
    browser: Browser = None,
    require_jail: RequireJail = None,
    spares: Annotated[bool | None, typer.Option("--spares/--no-spares", help=OPTIONS["spares"].help)] = None,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay in this terminal until Ctrl-C.")] = False,
    wait_timeout: Annotated[
        float | None, typer.Option("--wait-timeout", help=OPTIONS["wait_timeout"].help, metavar="SECONDS", min=0)
    ] = None,
) -> None:
    """Bring a fleet up, and keep it warm for `testbed run`."""
    from testbed.devices.spec import parse_spec
    from testbed.fleet.model import FleetOptions
    from testbed.fleet.process import up as start

    config = Config()
    options = FleetOptions(
        devices=tuple(parse_spec(d) for d in config.get("devices", device) or ["web"]),
        workers=config.get("workers", workers),
        browser=config.get("browser", browser),
        require_jail=config.get("require_jail", require_jail),
        spares=config.get("spares", spares),
    )
    found = start(
        options,
        foreground=foreground,
        wait_s=config.get("wait_timeout", wait_timeout),
        progress=lambda text: print(text, file=sys.stderr),  # noqa: T201
    )
    if found is not None:
        typer.echo(f"fleet {found.fleet.id} is up, process {found.fleet.pid}: testbed run, testbed down")
