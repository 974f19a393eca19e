"""testbed lint"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from testbed.cli.guard import guarded
from testbed.cli.options import Json
from testbed.config import Config

if TYPE_CHECKING:
    from testbed.lint import Report


@guarded
def lint(
    plugin: Annotated[
        Path | None, typer.Argument(help="plugin.zip, or a plugin's folder; default: the one you are in.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
    json: Json = False,
) -> None:
    """Look a plugin over without running any of it."""
    from testbed.cli.find import plugin_here
    from testbed.errors import ExitCode
    from testbed.lint import lint as apply_rules
    from testbed.lint import read_subject

    source = plugin or plugin_here()
    report = apply_rules(read_subject(source, maven_url=Config().get("maven_url")))
    if json:
        import msgspec

        typer.echo(msgspec.json.encode(report).decode())
    else:
        _print(report, source)
    if report.count("error") or (strict and report.count("warning")):
        raise typer.Exit(ExitCode.REFUSED)


COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def _print(report: Report, source: Path) -> None:
    """By severity, the gravest first; each finding with its rule, its place and the fix."""
    from contextlib import nullcontext

    from testbed.report.api import Outputs
    from testbed.report.page import Page
    from testbed.report.style import Style
    from testbed.report.text import plain, plain_line

    style = Style(sys.stdout)
    page = Page(sys.stdout, style, nullcontext)
    outputs = Outputs(stdout=sys.stdout, stderr=sys.stderr, folder=source if source.is_dir() else None)
    for severity, colour in COLOURS.items():
        found = [finding for finding in report.findings if finding.severity == severity]
        if found:
            page.gap()
            page.line(style(_count(len(found), severity), colour, "bold"))
        for finding in found:
            where = plain_line(outputs.locate(finding.place) if finding.place else str(source))
            page.block(f"{where}  {finding.id}", 2, "dim", lead=where)
            page.block(plain(finding.message), 4)
            if finding.fix:
                page.block(f"fix: {plain(finding.fix)}", 4, "dim")
    if not report.count("error") and not report.count("warning"):
        page.gap()
        page.line(style(f"{plain_line(report.plugin)} {plain_line(report.version)}: nothing to complain of", "green"))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
