"""The files that harnesses/web builds: package data, not in git."""

from __future__ import annotations

from functools import cache
from importlib import resources

from testbed.errors import EnvironmentFault


@cache
def asset(name: str) -> str:
    """The text of a built file: `harness.js`, `snippet.js` or `consent.js`. EnvironmentFault where it was not built."""
    file = resources.files("testbed.devices.chromium") / "assets" / name
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise EnvironmentFault(
            f"the web harness is not built: {name} is missing",
            fix="run `make setup` in the checkout (an installed wheel carries the file)",
        ) from None
