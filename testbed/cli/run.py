"""testbed run"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Browser, Devices, Sdk, Workers
from testbed.config import OPTIONS, Config

if TYPE_CHECKING:
    from testbed.fleet.model import RunRequest


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
    fail_fast: Annotated[bool | None, typer.Option("--fail-fast", "-x", help=OPTIONS["fail_fast"].help)] = None,
    workers: Workers = None,
    list_: Annotated[bool, typer.Option("--list", help="Say what would run, and run nothing.")] = False,
    last_failed: Annotated[bool, typer.Option("--last-failed", help="Only what did not pass last time.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the run's events, one JSON object a line.")] = False,
    junit: Annotated[Path | None, typer.Option("--junit", help=OPTIONS["junit"].help, metavar="FILE")] = None,
    har: Annotated[Path | None, typer.Option("--har", help=OPTIONS["har"].help, metavar="FILE")] = None,
    output: Annotated[Path | None, typer.Option("--output", help=OPTIONS["output"].help, metavar="FOLDER")] = None,
    live: Annotated[list[str] | None, typer.Option("--live", help=OPTIONS["live"].help, metavar="HOST")] = None,
    sdk: Sdk = None,
    browser: Browser = None,
    no_fleet: Annotated[bool, typer.Option("--no-fleet", help="Boot a fleet for this run, even if one is up.")] = False,
) -> None:
    """Play a plugin's scenarios on every target, and judge what it sent."""
    from testbed.cli.find import plugin_here, zip_of
    from testbed.cli.last import Last
    from testbed.devices.spec import parse_spec
    from testbed.fleet.model import RunRequest

    config = Config()
    folder = plugin or plugin_here()
    zipped = zip_of(folder)
    last = Last(folder)
    request = RunRequest(
        platforms=tuple(project or ()),
        devices=tuple(parse_spec(d) for d in config.get("devices", device)),
        scenarios=tuple(scenario or ()),
        only_failed=last.failed() if last_failed else None,
        fail_fast=config.get("fail_fast", fail_fast),
        workers=config.setting("workers", workers).value
        if workers or config.setting("workers").source != "default"
        else None,
        live=tuple(config.get("live", live)),
        sdk=config.get("sdk", sdk),
        source=str(folder),
    )
    if list_:
        _list(zipped, request)
        return
    files = {
        "junit": config.get("junit", junit),
        "har": config.get("har", har),
        "output": config.get("output", output),
    }
    # A browser of one's own is a matter of how the fleet is booted.
    alone = no_fleet or bool(config.get("browser", browser))
    code = _play(zipped, request, last, json=json, files=files, alone=alone, browser=config.get("browser", browser))
    raise typer.Exit(code)


def _list(zipped: bytes, request: RunRequest) -> None:
    from testbed.fleet.plan import plan
    from testbed.plugin import read_zip
    from testbed.scenario import load_scenarios

    plugin = read_zip(zipped, source=request.source)
    for item in plan(plugin, load_scenarios(plugin.files), request):
        typer.echo(f"{item.scenario.name}::{item.target.id}  {len(item.scenario.steps)} steps  {item.scenario.file}")


def _play(
    zipped: bytes, request: RunRequest, last: Any, *, json: bool, files: dict[str, Any], alone: bool, browser: str
) -> int:
    """Run, on the warm fleet where there is one, and hand every event to the reporters. Gives the exit code."""
    from testbed import events
    from testbed.fleet import client
    from testbed.report import Reporter, reporters

    code = 3
    chosen: Sequence[Reporter] = reporters(json=json, stdout=sys.stdout, stderr=sys.stderr, files=files)

    def emit(event: events.Event) -> None:
        nonlocal code
        for reporter in (*chosen, last):
            reporter.handle(event)
        if isinstance(event, events.RunEnded):
            code = event.exit_code

    try:
        if not alone and client.find() is not None:
            for line in client.run(zipped, request):
                emit(events.decode(line))
        else:
            from testbed.fleet.alone import run_alone
            from testbed.fleet.model import FleetOptions

            run_alone(zipped, request, FleetOptions(workers=request.workers or 1, browser=browser), emit)
    finally:
        for reporter in (*chosen, last):
            reporter.close()
    return code
