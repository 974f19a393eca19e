"""testbed down"""

from __future__ import annotations

import typer

from testbed.cli.guard import guarded


@guarded
def down() -> None:
    """Take the fleet down."""
    from testbed.fleet import client

    client.down()
    typer.echo("the fleet is down")
