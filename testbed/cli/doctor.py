"""testbed doctor"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Json
from testbed.config import Config

if TYPE_CHECKING:
    from testbed.doctor import Check


@guarded
def doctor(json: Json = False) -> None:
    """Check what is here, what is needed, and say the fix."""
    from testbed.doctor import examine
    from testbed.errors import ExitCode

    checks = examine(browser=Config().get("browser"))
    if json:
        import msgspec

        typer.echo(msgspec.json.encode({"schema": 1, "checks": checks}).decode())
    else:
        _print(checks)
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(ExitCode.ENVIRONMENT)


def _print(checks: list[Check]) -> None:
    from testbed.report.style import Style
    from testbed.report.text import plain_line

    style = Style(sys.stdout)
    width = max(len(check.what) for check in checks)
    for check in checks:
        mark, colour = ("✓", "green") if check.ok else ("✗", "red") if check.required else ("-", "yellow")
        typer.echo(f"{style(mark, colour)} {check.what.ljust(width)}  {plain_line(check.found)}")
        if not check.ok:
            typer.echo(f"  {' ' * width}  needed: {check.needed}\n  {' ' * width}  fix: {check.fix}")
    missing = sum(check.required and not check.ok for check in checks)
    said = f"{missing} of what is needed is missing" if missing else "all that is needed is here"
    typer.echo(f"\n{style(said, 'red' if missing else 'green')}")
