"""testbed pack"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from testbed.cli.guard import guarded


@guarded
def pack(
    folder: Annotated[Path | None, typer.Argument(help="The plugin's folder; default: the one you are in.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The zip to write.")] = None,
) -> None:
    """Pack a plugin's folder into plugin.zip, the same bytes for the same files."""
    from testbed.cli.find import plugin_here
    from testbed.plugin import pack as pack_folder
    from testbed.plugin import read_zip
    from testbed.scenario import load_scenarios

    data = pack_folder(folder or plugin_here())
    plugin = read_zip(data, source=str(folder or "."))
    load_scenarios(plugin.files)
    target = output or Path(f"{plugin.slug}-{plugin.manifest.version}.zip")
    target.write_bytes(data)
    typer.echo(f"{target}  {len(plugin.files)} files, {len(data)} bytes, sha256 {plugin.sha256}")
