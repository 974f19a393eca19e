"""What a machine has of what testbed needs. One function a check, in order of `examine`."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version

from testbed.doctor import android
from testbed.doctor.check import Check
from testbed.errors import TestbedError

__all__ = ["Check", "examine"]

MIN_FREE_MB = 200
"""A browser's profile and caches, for some devices at once."""

BROWSER_S = 20.0


def examine(*, browser: str) -> list[Check]:
    """Every check, made. `browser` is the option of that name."""
    return [python(), proxy(), chromium(browser), sdk(), fleet(), disk(), node(), jail(), *android.examine()]


def python() -> Check:
    found = ".".join(str(n) for n in sys.version_info[:3])
    return Check(
        what="Python", ok=sys.version_info >= (3, 11), found=found, needed="3.11 or newer", fix="install a newer Python"
    )


def proxy() -> Check:
    """mitmproxy from 11.1.2 on has a fix for CVE-2025-23217; the egress policy here closes that hole by itself."""
    try:
        found = version("mitmproxy")
    except PackageNotFoundError:
        found = ""
    return Check(
        what="mitmproxy",
        ok=bool(found),
        found=found or "none",
        needed="11.0.2 or newer",
        fix="pip install --force-reinstall testbed",
    )


def chromium(name: str) -> Check:
    """The browser, and that it starts as a run would start it."""
    from testbed.devices.chromium.find import FIX, find_browser

    needed = "a Chromium, headless or not"
    try:
        path = find_browser("", {**os.environ, "TESTBED_BROWSER": name})
    except TestbedError as error:
        return Check(what="browser", ok=False, found=error.message, needed=needed, fix=error.fix or FIX)
    try:
        said = _run(path, "--version").stdout.strip()
        problem = _start_problem(path)
    except (OSError, subprocess.SubprocessError) as error:
        said, problem = "", str(error)
    found = f"{path} does not start: {problem}" if problem else f"{said or 'version unknown'} ({path})"
    return Check(what="browser", ok=not problem, found=found, needed=needed, fix=FIX)


def _start_problem(path: str) -> str:
    """What the browser says where it does not show an empty page; "" where it does."""
    from testbed.devices.chromium.flags import command_line

    with tempfile.TemporaryDirectory(prefix="testbed-doctor-", ignore_cleanup_errors=True) as profile:
        command = command_line(path, profile_dir=profile, spki="", jailed=False)
        done = _run(*(part for part in command if "debugging" not in part), "--dump-dom", "about:blank")
    if done.returncode == 0 and "<html" in done.stdout:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"it ended with {done.returncode} and showed nothing"


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=BROWSER_S, check=False)


def sdk() -> Check:
    from testbed.segment.sdk import PINNED_VERSION, bundled

    ok, fix = True, ""
    try:
        found = f"analytics-next {bundled().version}"
    except TestbedError as error:
        ok, found, fix = False, error.message, error.fix or ""
    return Check(what="analytics.js", ok=ok, found=found, needed=f"analytics-next {PINNED_VERSION}", fix=fix)


def fleet() -> Check:
    """That a fleet can be had; it need not be up."""
    from testbed.fleet import client

    ok, fix = True, ""
    try:
        up = client.find()
        found = f"{up.id} is up" if up else "none is up: testbed run boots its own"
    except TestbedError as error:
        ok, found, fix = False, error.message, error.fix or ""
    return Check(what="fleet", ok=ok, found=found, needed="a folder of your own for its socket", fix=fix)


def disk() -> Check:
    try:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free // 1_000_000
        ok, found = free >= MIN_FREE_MB, f"{free} MB in {folder}"
    except OSError as error:  # no folder at all that can be written
        ok, found = False, str(error)
    return Check(
        what="disk", ok=ok, found=found, needed=f"{MIN_FREE_MB} MB for temporary files", fix="make room, or set TMPDIR"
    )


def node() -> Check:
    found = shutil.which("node")
    return Check(
        what="Node",
        ok=found is not None,
        found=found or "none",
        needed="only to build a plugin's bundle from npm packages",
        fix="apt-get install nodejs npm, or brew install node",
        required=False,
    )


def jail() -> Check:
    """That plugin code can be jailed; what a jail is made of is in docs/security.md."""
    from testbed.jail import why_not

    reason = asyncio.run(why_not())
    return Check(
        what="jail",
        ok=not reason,
        found=reason or "namespaces and bubblewrap work",
        needed="to see and stop what plugin code sends round the proxy; without it the proxy alone keeps it in",
        fix="apt-get install bubblewrap iproute2 nftables; where user namespaces are off, sysctl "
        "kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0",
        required=False,
    )
