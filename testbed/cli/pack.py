"""testbed pack"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import MavenUrl
from testbed.config import Config


@guarded
def pack(
    folder: Annotated[Path | None, typer.Argument(help="The plugin's folder; default: the one you are in.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The zip to write, or the folder for it; default: here.", metavar="FILE"),
    ] = None,
    maven_url: MavenUrl = None,
) -> None:
    """Pack a plugin's folder into plugin.zip, the same bytes for the same files; what its Maven coordinates stand for
    is in it."""
    from testbed.cli.find import plugin_here
    from testbed.errors import UsageError
    from testbed.lenses import lenses_for
    from testbed.plugin import pack as pack_folder
    from testbed.plugin import read_zip
    from testbed.plugin.classpath import read_lock
    from testbed.scenario import load_scenarios

    source = folder or plugin_here()
    data = pack_folder(source, maven_url=Config().get("maven_url", maven_url))
    # What a run would refuse is refused here.
    plugin = read_zip(data, source=str(source))
    load_scenarios(plugin.files)
    lenses_for(plugin)
    name = f"{plugin.slug}-{plugin.manifest.version}.zip".replace("/", "-")
    target = output / name if output and output.is_dir() else output or Path(name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}", fix="choose another place with -o") from error
    for names in read_lock(plugin.files).left_out.values():
        for name, chain in names.items():
            by = f", asked for by {' <- '.join(reversed(chain))}" if chain else ""
            typer.echo(f"left out {name}{by}: the app has its own, or the device", err=True)
    typer.echo(f"{target}  {len(plugin.files)} files, {len(data)} bytes, sha256 {plugin.sha256}")
