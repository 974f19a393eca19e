"""testbed adb"""

from __future__ import annotations

import os
from typing import Annotated

import typer

from testbed.cli.guard import guarded


@guarded
def adb(
    arguments: Annotated[list[str] | None, typer.Argument(help="What adb is to do, as adb takes it.")] = None,
) -> None:
    """Run adb on the fleet's Android devices."""
    from testbed.errors import EnvironmentFault
    from testbed.fleet import client

    tool = next((tool for tool in client.status().tools if tool.name == "adb"), None)
    if tool is None:
        raise EnvironmentFault("the fleet that is up has no Android device", fix="testbed down, testbed up -d android")
    os.execve(tool.program, [tool.program, *(arguments or [])], {**os.environ, **tool.env})
