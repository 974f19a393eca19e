"""testbed status"""

from __future__ import annotations

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Json


@guarded
def status(json: Json = False) -> None:
    """Say what is up."""
    import msgspec

    from testbed.fleet import client
    from testbed.report.text import plain_line

    found = client.status()
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    typer.echo(f"fleet {found.fleet.id}  process {found.fleet.pid}  testbed {found.fleet.version}")
    for device in found.devices:
        typer.echo(f"  {device.id:<12} {device.state:<8} {plain_line(device.detail)}".rstrip())
    for tool in found.tools:
        typer.echo(f"  {tool.name:<12} {tool.address}")
