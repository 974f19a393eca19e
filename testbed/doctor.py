"""What a machine has of what testbed needs. One function a check, in order of `CHECKS`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

import msgspec

from testbed.errors import TestbedError


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One thing: what was found, what is needed, and how to get it. Only a missing `required` one stops a web run."""

    what: str
    ok: bool
    found: str
    needed: str = ""
    fix: str = ""
    required: bool = True


MIN_FREE_MB = 200


def examine() -> list[Check]:
    """Every check, made."""
    return [check() for check in CHECKS]


def python() -> Check:
    found = ".".join(str(n) for n in sys.version_info[:3])
    return Check(what="Python", ok=sys.version_info >= (3, 11), found=found, needed="3.11 or newer", fix="install one")


def proxy() -> Check:
    """mitmproxy from 11.1.2 on has a fix for CVE-2025-23217; the egress policy here closes that hole by itself."""
    try:
        return Check(what="mitmproxy", ok=True, found=version("mitmproxy"))
    except PackageNotFoundError:
        return Check(what="mitmproxy", ok=False, found="none", needed="11 or newer", fix="pip install testbed again")


def browser() -> Check:
    from testbed.devices.chromium.find import FIX, find_browser

    try:
        path = find_browser("", os.environ)
        said = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout.strip()
    except TestbedError as error:
        return Check(what="browser", ok=False, found=error.message, needed="a Chromium", fix=error.fix or FIX)
    except (OSError, subprocess.SubprocessError) as error:
        return Check(what="browser", ok=False, found=f"it does not start: {error}", needed="a Chromium", fix=FIX)
    return Check(what="browser", ok=True, found=f"{said or 'version unknown'} ({path})")


def sdk() -> Check:
    from testbed.segment.sdk import bundled

    try:
        return Check(what="analytics.js", ok=True, found=f"analytics-next {bundled().version}")
    except TestbedError as error:
        return Check(what="analytics.js", ok=False, found=error.message, needed="the pinned one", fix=error.fix or "")


def fleet() -> Check:
    from testbed.fleet import client

    try:
        found = client.find()
    except TestbedError as error:
        return Check(what="fleet", ok=False, found=error.message, needed="a private folder", fix=error.fix or "")
    said = f"{found.id} is up" if found else "none is up: testbed run boots its own"
    return Check(what="fleet", ok=True, found=said)


def disk() -> Check:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free // 1_000_000
    ok = free >= MIN_FREE_MB
    return Check(
        what="disk", ok=ok, found=f"{free} MB in {folder}", needed=f"{MIN_FREE_MB} MB", fix="make room, or set TMPDIR"
    )


def node() -> Check:
    found = shutil.which("node")
    fix = "apt-get install nodejs npm, or brew install node"
    return Check(
        what="Node",
        ok=found is not None,
        found=found or "none",
        needed="only to build a plugin's bundle from npm packages",
        fix=fix,
        required=False,
    )


def namespaces() -> Check:
    """What the jail will stand on: unprivileged user namespaces (unshare(1))."""
    tool = shutil.which("unshare")
    works = (
        tool is not None and subprocess.run([tool, "-Urn", "true"], capture_output=True, check=False).returncode == 0
    )
    return Check(
        what="user namespaces",
        ok=works,
        found="allowed" if works else "not allowed",
        needed="to hold a plugin that ignores its proxy",
        fix="sysctl kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0",
        required=False,
    )


CHECKS: tuple[Callable[[], Check], ...] = (python, proxy, browser, sdk, fleet, disk, node, namespaces)
