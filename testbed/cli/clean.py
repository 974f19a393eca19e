"""testbed clean"""

from __future__ import annotations

from typing import Annotated

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Json


@guarded
def clean(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what there is, and leave it.")] = False,
    json: Json = False,
) -> None:
    """Clear away what killed fleets left; one that is up is not touched."""
    from testbed.fleet.home import leftovers, reap_dead
    from testbed.report.text import padded, plain_line

    found = leftovers() if dry_run else reap_dead()
    if json:
        import msgspec

        rows = [{"kind": each.kind, "name": each.name, "fleet": each.fleet} for each in found]
        typer.echo(msgspec.json.encode({"schema": 1, "dry_run": dry_run, "found": rows}).decode())
        return
    for each in found:
        typer.echo(f"{padded(each.kind, 10)}  {padded(each.fleet, 14)}  {plain_line(each.name)}")
    if not found:
        typer.echo("nothing was left")
