"""testbed config"""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Json
from testbed.config import OPTIONS, Config, Setting, shown

app = typer.Typer(help="What is configured, and where.", no_args_is_help=True, rich_markup_mode=None)

OTHERS = ("TESTBED_RUNTIME_DIR", "TESTBED_ADB", "TESTBED_FORCE_TTY", "TESTBED_HOME")
"""Environment variables of testbed's that are no options: where fleets live, which adb they use, how to print, whose
child a process is."""


@app.callback()
def _group() -> None:
    pass


@app.command()
@guarded
def show(json: Json = False) -> None:
    """Each option with its value and where that came from."""
    config = Config()
    settings = config.settings()
    if json:
        import msgspec

        rows = [{"name": s.name, "value": s.value, "source": s.source, "env": OPTIONS[s.name].env} for s in settings]
        file = str(config.file) if config.file else None
        typer.echo(msgspec.json.encode({"schema": 1, "file": file, "settings": rows}).decode())
    else:
        _print(settings)
    for name in sorted(os.environ):
        known = [*(option.env for option in OPTIONS.values()), *OTHERS]
        if name.startswith("TESTBED_") and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            print(f"testbed: {name} is set and means nothing{hint}", file=sys.stderr)  # noqa: T201


def _print(settings: list[Setting]) -> None:
    rows = [(setting.name, shown(setting.value), setting.source) for setting in settings]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        name, value, source = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        typer.echo(f"{name}  {value}  {source}  {OPTIONS[row[0]].help}")
