"""Command line options that several verbs share; their help comes from the option table."""

from __future__ import annotations

from typing import Annotated

import typer

from testbed.config import OPTIONS

Browser = Annotated[str | None, typer.Option("--browser", help=OPTIONS["browser"].help, metavar="NAME")]
Devices = Annotated[list[str] | None, typer.Option("--device", "-d", help=OPTIONS["devices"].help, metavar="DEVICE")]
Workers = Annotated[int | None, typer.Option("--workers", "-j", help=OPTIONS["workers"].help, metavar="N", min=1)]
RequireJail = Annotated[
    bool | None, typer.Option("--require-jail/--no-require-jail", help=OPTIONS["require_jail"].help)
]
Sdk = Annotated[str | None, typer.Option("--sdk", help=OPTIONS["sdk"].help, metavar="NAME@VERSION")]
MavenUrl = Annotated[str | None, typer.Option("--maven-url", help=OPTIONS["maven_url"].help, metavar="URL")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
