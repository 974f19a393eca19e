"""The command line: a file a verb. Each parses, calls and prints; what is heavy is imported inside the call."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from testbed import __version__, interrupts
from testbed.cli import adb, clean, config, doctor, down, lint, new, pack, run, setup, status, up

app = typer.Typer(
    help="A local device fleet, traffic capture and verdicts for Segment device-mode plugins.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order of a day's work, which is the order of --help.
for verb in (
    new.new,
    lint.lint,
    run.run,
    up.up,
    status.status,
    down.down,
    clean.clean,
    doctor.doctor,
    setup.setup,
    pack.pack,
):
    app.command()(verb)
app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})(adb.adb)
app.add_typer(config.app, name="config")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"testbed {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Say the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # What the terminal's encoding does not have is spelled out, not an error.
            stream.reconfigure(errors="backslashreplace")
    interrupts.heed()
    try:
        app(prog_name="testbed")
    except SystemExit as end:
        if end.code == interrupts.CODE:
            # All is in order and said. The interpreter's own end gives signals back to the system first, and a second
            # one would end us as if nobody had heeded the first.
            os._exit(interrupts.CODE)
        raise


__all__ = ["app", "main"]
