"""testbed run"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from testbed.cli.guard import complain, guarded
from testbed.cli.options import Browser, Devices, RequireJail, Sdk, Workers
from testbed.config import OPTIONS, Config


@guarded
def run(
    plugin: Annotated[
        Path | None, typer.Argument(help="plugin.zip, or a plugin's folder; default: the one you are in.")
    ] = None,
    project: Annotated[
        list[str] | None, typer.Option("--project", "-P", help="Only this platform or target (glob).", metavar="TARGET")
    ] = None,
    device: Devices = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", "-k", help="Only scenarios whose name holds this (or a glob).", metavar="TEXT"),
    ] = None,
    fail_fast: Annotated[
        bool | None, typer.Option("--fail-fast/--no-fail-fast", "-x", help=OPTIONS["fail_fast"].help)
    ] = None,
    workers: Workers = None,
    list_: Annotated[bool, typer.Option("--list", help="Say what would run, and run nothing.")] = False,
    last_failed: Annotated[bool, typer.Option("--last-failed", help="Only what did not pass last time.")] = False,
    repeat: Annotated[
        int, typer.Option("--repeat", help="Play each scenario so often; say which are flaky.", metavar="N", min=1)
    ] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print the run's events, one JSON object a line.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help=OPTIONS["junit"].help, metavar="FILE")] = None,
    har: Annotated[Path | None, typer.Option("--har", help=OPTIONS["har"].help, metavar="FILE")] = None,
    output: Annotated[Path | None, typer.Option("--output", help=OPTIONS["output"].help, metavar="FOLDER")] = None,
    live: Annotated[list[str] | None, typer.Option("--live", help=OPTIONS["live"].help, metavar="HOST")] = None,
    unsafe_raw: Annotated[
        bool, typer.Option("--unsafe-raw", help="Leave secrets as they are in all that is printed and written.")
    ] = False,
    sdk: Sdk = None,
    browser: Browser = None,
    require_jail: RequireJail = None,
    no_fleet: Annotated[bool, typer.Option("--no-fleet", help="Boot a fleet for this run, even if one is up.")] = False,
) -> None:
    """Play a plugin's scenarios on every target, and judge what it sent."""
    from testbed.cli.find import plugin_here
    from testbed.cli.last import Last
    from testbed.cli.play import list_plan, play
    from testbed.devices.spec import parse_spec
    from testbed.fleet.model import FleetOptions, RunRequest
    from testbed.plugin import zip_of
    from testbed.report import Audience, Outputs, reporters

    config = Config()
    source = plugin or plugin_here()
    zipped = zip_of(source, maven_url=config.get("maven_url"))
    last = Last(source)
    at_once = config.setting("workers", workers)
    request = RunRequest(
        platforms=tuple(project or ()),
        devices=tuple(parse_spec(name) for name in config.get("devices", device)),
        scenarios=tuple(scenario or ()),
        only_failed=last.failed() if last_failed else None,
        repeat=repeat,
        fail_fast=config.get("fail_fast", fail_fast),
        workers=at_once.value if at_once.given else None,  # else as many as the fleet was brought up with
        live=tuple(config.get("live", live)),
        require_jail=config.get("require_jail", require_jail),
        sdk=config.get("sdk", sdk),
        unsafe_raw=unsafe_raw,
        source=str(source),
    )
    if list_:
        list_plan(zipped, request, json=json)
        return
    outputs = Outputs(
        stdout=sys.stdout,
        stderr=sys.stderr,
        json=json,
        files={name: config.get(name, flag) for name, flag in (("junit", junit), ("har", har), ("output", output))},
        source=plugin,
        folder=source if source.is_dir() else None,
    )
    own = FleetOptions(workers=at_once.value, browser=config.get("browser", browser), spares=config.get("spares"))
    with Audience([*reporters(outputs), last], on_loss=complain) as audience:
        # A browser that this command line asks for is not the one of a fleet that is up.
        play(zipped, request, audience, own=own, alone=no_fleet or browser is not None)
    raise typer.Exit(audience.exit_code)
