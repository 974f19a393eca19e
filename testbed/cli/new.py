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


class Platform(StrEnum):
    """testbed.plugin.scaffolding.PLATFORMS, likewise."""

    WEB = "web"
    ANDROID = "android"


@guarded
def new(
    name: Annotated[str, typer.Argument(help="The destination's name, as in the integrations object.")],
    style: Annotated[Style, typer.Option("--style", help="How analytics.js comes by it.")] = Style.REMOTE,
    platform: Annotated[
        list[Platform] | None, typer.Option("--platform", help="What it runs on; repeatable. Default: web.")
    ] = None,
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
        written = scaffold(
            name, folder, style=style.value, platforms=[each.value for each in platform or [Platform.WEB]]
        )
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}", fix="choose another --into") from error
    for path in written:
        typer.echo(f"  {path}")
    quoted = shlex.quote(str(folder))
    build = f"mvn -f {quoted}/android package && " if Platform.ANDROID in (platform or ()) else ""
    typer.echo(f"\nnow: {build}testbed run {quoted}")
