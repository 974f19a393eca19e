"""testbed new"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from testbed.cli.guard import guarded


@guarded
def new(
    name: Annotated[str, typer.Argument(help="The destination's name, as in the integrations object.")],
    style: Annotated[str, typer.Option("--style", help="remote, classic or register.")] = "remote",
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder to make; default: the name in lower case.")
    ] = None,
) -> None:
    """Make a plugin project that passes its own scenarios."""
    from testbed.errors import UsageError
    from testbed.plugin import scaffold
    from testbed.plugin.model import Style

    styles: dict[str, Style] = {"remote": "remote", "classic": "classic", "register": "register"}
    if style not in styles:
        raise UsageError(f"--style {style} does not exist", fix=f"one of: {', '.join(styles)}")
    folder = into or Path("-".join(name.lower().replace(".", "", 1).split()))
    for path in scaffold(name, folder, style=styles[style]):
        typer.echo(f"  {path}")
    typer.echo(f"\nnow: testbed run {folder}")
