"""What `testbed run` does once the command line is read: list what would run, or play it for an audience."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from testbed.fleet.model import FleetOptions, RunRequest
    from testbed.fleet.plan import Item
    from testbed.report import Audience


def play(zipped: bytes, request: RunRequest, audience: Audience, *, own: FleetOptions, alone: bool) -> None:
    """The run, on the fleet that is up; where there is none, or `alone`, on one of its `own` that goes with it."""
    from testbed import events
    from testbed.fleet import client

    if not alone and client.find() is not None:
        for line in client.run(zipped, request):
            audience.handle(events.decode(line))
    else:
        from testbed.fleet.alone import run_alone

        run_alone(zipped, request, own, audience.handle)


def list_plan(zipped: bytes, request: RunRequest, *, json: bool) -> None:
    """What would run, on stdout: a line each, or one JSON object."""
    import msgspec

    from testbed.fleet.plan import plan
    from testbed.plugin import read_zip
    from testbed.scenario import load_scenarios

    plugin = read_zip(zipped, source=request.source)
    items = plan(plugin, load_scenarios(plugin.files), request)
    if json:
        rows = [
            {
                "scenario": i.scenario.name,
                "target": i.target.id,
                "steps": len(i.scenario.steps),
                "file": i.scenario.file,
            }
            for i in items
        ]
        about = {"schema": 1, "plugin": plugin.name, "version": plugin.manifest.version, "sha256": plugin.sha256}
        typer.echo(msgspec.json.encode({**about, "plan": rows}).decode())
    else:
        _print(items)


def _print(items: list[Item]) -> None:
    from testbed.report.text import padded, plain_line, width_of

    rows = [
        (plain_line(item.scenario.name), item.target.id, _steps(len(item.scenario.steps)), item.scenario.file)
        for item in items
    ]
    widths = [max(width_of(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        typer.echo("  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _steps(count: int) -> str:
    return f"{count} step{'s' * (count != 1)}"
