"""testbed setup"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Sdk
from testbed.config import Config


@guarded
def setup(
    target: Annotated[str, typer.Argument(help="What to set up: web.")] = "web",
    everything: Annotated[bool, typer.Option("--all", help="Set up every target.")] = False,
    sdk: Sdk = None,
) -> None:
    """Fetch what a target needs, pinned and checked: for web, a version of analytics.js."""
    from testbed.errors import UsageError
    from testbed.segment.fetch import install
    from testbed.segment.sdk import version_of

    if target != "web" and not everything:
        raise UsageError(f"nothing to set up for {target!r}", fix="testbed setup web")
    version = version_of(Config().get("sdk", sdk))
    folder = install(version, progress=_Progress())
    typer.echo(f"analytics-next {version} is in {folder}; testbed run --sdk analytics-next@{version} uses it")


class _Progress:
    """How far a download is, on stderr where that is a terminal."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what and sys.stderr.isatty():
            share = f" of {total / 1e6:.1f}" if total else ""
            end = "\n" if done == total else ""
            print(f"\r{what}: {done / 1e6:.1f}{share} MB ", end=end, file=sys.stderr, flush=True)  # noqa: T201
