"""testbed setup"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import MavenUrl, Sdk
from testbed.config import Config

if TYPE_CHECKING:
    from testbed.artifacts import Pin, Progress


@guarded
def setup(
    target: Annotated[str, typer.Argument(help="What to set up: web, android.")] = "web",
    everything: Annotated[bool, typer.Option("--all", help="Set up every target.")] = False,
    sdk: Sdk = None,
    maven_url: MavenUrl = None,
) -> None:
    """Fetch what a target needs, pinned and checked: for web, a version of analytics.js; for android, Segment's SDKs
    and the framework that runs them where there is no device."""
    from testbed.errors import UsageError

    config = Config()
    targets: Mapping[str, Callable[[], None]] = {
        "web": lambda: _web(config.get("sdk", sdk)),
        "android": lambda: _android(config.get("maven_url", maven_url)),
    }
    if target not in targets and not everything:
        raise UsageError(f"nothing to set up for {target!r}", fix=f"testbed setup {'|'.join(targets)}")
    for set_up in targets.values() if everything else [targets[target]]:
        set_up()


def _web(sdk: str) -> None:
    from testbed.segment.fetch import install
    from testbed.segment.sdk import version_of

    version = version_of(sdk)
    folder = install(version, progress=_Progress())
    typer.echo(f"analytics-next {version} is in {folder}; testbed run --sdk analytics-next@{version} uses it")


def _android(maven_url: str) -> None:
    import os

    from testbed import interrupts
    from testbed.apk import find_tools, prepare
    from testbed.artifacts import cache_root, fetch
    from testbed.devices.android.fetched import pins as pins_of_android

    pins = pins_of_android()
    with _bar(pins) as progress:
        fetch(pins, repository=maven_url, progress=progress)
    tools = find_tools(os.environ)
    interrupts.run(prepare(os.environ, told=lambda sdk: typer.echo(f"compiling {sdk} for devices, once", err=True)))
    size = sum(pin.size for pin in pins) / 1e6
    typer.echo(
        f"{len(pins)} artifacts of {size:.0f} MB are in {cache_root()}; {tools.java} and {tools.aapt2} are there"
    )


@contextmanager
def _bar(pins: Sequence[Pin]) -> Iterator[Progress]:
    """How far it is, on stderr; nothing where nothing is missing."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from testbed.artifacts.fetching import missing

    wanted = missing(pins)
    console = Console(stderr=True)
    total = sum(pin.size for pin in wanted)
    if wanted and not console.is_terminal:
        console.print(f"fetching {len(wanted)} artifacts of {total / 1e6:.0f} MB", highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True, disable=not (wanted and console.is_terminal)) as bar:
        task = bar.add_task(f"{len(wanted)} artifacts", total=total)
        done: dict[Pin, int] = {}

        def progress(pin: Pin, size: int) -> None:
            done[pin] = size
            bar.update(task, completed=sum(done.values()), description=pin.coordinates.artifact)

        yield progress


class _Progress:
    """How far a download is, on stderr where that is a terminal."""

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if what and sys.stderr.isatty():
            share = f" of {total / 1e6:.1f}" if total else ""
            end = "\n" if done == total else ""
            print(f"\r{what}: {done / 1e6:.1f}{share} MB ", end=end, file=sys.stderr, flush=True)  # noqa: T201
