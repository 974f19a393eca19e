"""testbed setup"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Sdk


@guarded
def setup(
    target: Annotated[str, typer.Argument(help="What to set up: web.")] = "web",
    everything: Annotated[bool, typer.Option("--all", help="Set up every target.")] = False,
    sdk: Sdk = None,
) -> None:
    """Fetch what a target needs, pinned and checked: for web, a version of analytics.js."""
    from testbed.errors import UsageError
    from testbed.segment.fetch import install
    from testbed.segment.sdk import PACKAGE, PINNED_VERSION

    if target != "web" and not everything:
        raise UsageError(f"nothing to set up for {target!r}", fix="testbed setup web")
    package, _, version = (sdk or PINNED_VERSION).rpartition("@")
    if package not in {"", "analytics-next", PACKAGE}:
        raise UsageError(f"unknown web SDK {package!r}", fix="--sdk analytics-next@VERSION")
    typer.echo(install(version, progress=_say))


def _say(what: str, done: int, total: int | None) -> None:
    if sys.stderr.isatty():
        share = f" of {total / 1e6:.1f}" if total else ""
        print(f"\r{what}: {done / 1e6:.1f}{share} MB ", end="", file=sys.stderr, flush=True)  # noqa: T201
        if done == total:
            print(file=sys.stderr)  # noqa: T201
