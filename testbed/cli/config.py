"""testbed config"""

from __future__ import annotations

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Json
from testbed.config import OPTIONS, Config

app = typer.Typer(help="What is configured, and where.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    pass


@app.command()
@guarded
def show(json: Json = False) -> None:
    """Each option with its value and where that came from."""
    settings = Config().settings()
    if json:
        import msgspec

        rows = [{"name": s.name, "value": s.value, "source": s.source} for s in settings]
        typer.echo(msgspec.json.encode({"schema": 1, "settings": rows}).decode())
        return
    for setting in settings:
        typer.echo(f"{setting.name:<14} {setting.value!r:<20} {setting.source:<28} {OPTIONS[setting.name].help}")
