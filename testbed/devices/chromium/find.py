"""Which browser to run: the one asked for, or the first one found."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from testbed.errors import EnvironmentFault

NAMES: Mapping[str, tuple[str, ...]] = {
    # Debian's /usr/bin/chromium-headless-shell is a shell script that waits for the browser: one process more that
    # would have to die with us. The binary behind it needs nothing of it.
    "headless-shell": (
        "/usr/lib/chromium/chromium-headless-shell",
        "chromium-headless-shell",
        "chrome-headless-shell",
        "headless_shell",
    ),
    "chromium": ("chromium", "chromium-browser", "/Applications/Chromium.app/Contents/MacOS/Chromium"),
    "chrome": (
        "google-chrome-stable",
        "google-chrome",
        "chrome",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
}

FIX = (
    "apt-get install chromium-headless-shell (Debian, Ubuntu), or brew install --cask google-chrome (macOS), "
    "or set TESTBED_BROWSER to the path of a Chromium"
)


def find_browser(profile: str, env: Mapping[str, str]) -> str:
    """The path of the browser. `profile` (of `-d web:PROFILE`) or TESTBED_BROWSER names it: `headless-shell`,
    `chromium`, `chrome` or a path; without either, the first of these three that is there. EnvironmentFault when it
    is not."""
    wanted = profile or env.get("TESTBED_BROWSER", "")
    path = env.get("PATH", os.defpath)
    if not wanted:
        found = (_first(names, path) for names in NAMES.values())
        if (browser := next(filter(None, found), None)) is None:
            raise EnvironmentFault("no Chromium found on this machine", fix=FIX)
        return browser
    asked_by = f"-d web:{profile}" if profile else "TESTBED_BROWSER"
    if (browser := _first(NAMES.get(wanted, (wanted,)), path)) is None:
        raise EnvironmentFault(f"no browser {wanted!r}, which {asked_by} asks for", fix=FIX)
    return browser


def _first(names: tuple[str, ...], path: str) -> str | None:
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)
