"""testbed doctor"""

from __future__ import annotations

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Json


@guarded
def doctor(json: Json = False) -> None:
    """Check what is here, what is needed, and say the fix."""
    from testbed.doctor import examine
    from testbed.errors import ExitCode

    checks = examine()
    if json:
        import msgspec

        typer.echo(msgspec.json.encode({"schema": 1, "checks": checks}).decode())
    else:
        for check in checks:
            mark = "ok  " if check.ok else "MISS" if check.required else "info"
            typer.echo(f"{mark}  {check.what:<22} {check.found}")
            if not check.ok:
                typer.echo(f"      needed: {check.needed}\n      fix: {check.fix}")
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(ExitCode.ENVIRONMENT)
