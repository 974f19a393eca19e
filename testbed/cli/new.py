"""testbed new"""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from testbed.cli.guard import guarded


class Style(StrEnum):
    """testbed.plugin.model.Style, for the command line to check and complete; that module is too heavy for --help."""

    REMOTE = "remote"
    CLASSIC = "classic"
    REGISTER = "register"


@guarded
def new(
    name: Annotated[str, typer.Argument(help="The destination's name, as in the integrations object.")],
    style: Annotated[Style, typer.Option("--style", help="How analytics.js comes by it.")] = Style.REMOTE,
    into: Annotated[
        Path | None, typer.Option("--into", help="Folder to make; default: the name in lower case.", metavar="FOLDER")
    ] = None,
) -> None:
    """Make a plugin project that passes its own scenarios."""
    from testbed.errors import UsageError
    from testbed.plugin import scaffold
    from testbed.plugin.model import slug_of

    folder = into or Path(slug_of(name))
    try:
        written = scaffold(name, folder, style=style.value)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", fix="choose another --into") from error
    for path in written:
        typer.echo(f"  {path}")
    typer.echo(f"\nnow: testbed run {shlex.quote(str(folder))}")
