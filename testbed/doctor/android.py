"""What Android devices need. None of it is needed for the web."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

from testbed.doctor.check import Check
from testbed.errors import EnvironmentFault

OLDEST_JDK = 17
TOOL_S = 20.0

_ADB = re.compile(r"^Version (\S+)", re.MULTILINE)
_JAVA = re.compile(r'version "(\d+)')


def examine() -> Iterator[Check]:
    """Every check, made."""
    yield adb()
    yield jdk()
    for program in ("aapt", "apksigner"):
        yield build_tool(program)
    yield sdk()
    yield kvm()


def adb() -> Check:
    from testbed.devices.android.find import FIX, find_adb

    ok, fix = True, FIX
    try:
        path = find_adb(os.environ)
        version = _ADB.search(_said(path, "version"))
        ok, found = version is not None, f"{version[1] if version else 'does not start'} ({path})"
    except EnvironmentFault as error:
        ok, found, fix = False, error.message, error.fix or FIX
    return Check(what="adb", ok=ok, found=found, needed="to reach Android devices", fix=fix, required=False)


def jdk() -> Check:
    java = shutil.which("java", path=_java_path())
    version = _JAVA.search(_said(java, "-version")) if java else None
    ok = version is not None and int(version[1]) >= OLDEST_JDK
    return Check(
        what="JDK",
        ok=ok,
        found=f"{version[1]} ({java})" if version else "none",
        needed=f"{OLDEST_JDK} or newer, to build the Android app and to run it on virtual phones",
        fix=f"apt-get install openjdk-{OLDEST_JDK}-jdk-headless, or set JAVA_HOME",
        required=False,
    )


def build_tool(name: str) -> Check:
    """A program of the SDK's build tools, which Debian has as a package of that name."""
    found = shutil.which(name)
    return Check(
        what=name,
        ok=found is not None,
        found=found or "none",
        needed="to build the Android app",
        fix=f"apt-get install {name}, or the build tools of an Android SDK on PATH",
        required=False,
    )


def sdk() -> Check:
    from testbed.devices.android.find import find_in_sdk, sdk_folder

    folder, ok, fix = sdk_folder(os.environ), True, ""
    try:
        found = find_in_sdk("emulator/emulator", os.environ)
    except EnvironmentFault as error:
        ok, found, fix = False, f"no emulator in {folder}" if folder else "none", error.fix or ""
    return Check(
        what="Android SDK",
        ok=ok,
        found=found,
        needed="only for emulators: -d android=avd:NAME",
        fix=fix,
        required=False,
    )


def kvm() -> Check:
    from testbed.devices.android.hardware.emulator import without_kvm

    why = without_kvm()
    return Check(
        what="KVM",
        ok=not why,
        found=why or "it may be used",
        needed="only for emulators: -d android=avd:NAME",
        fix="switch virtualization on, and add yourself to the group kvm",
        required=False,
    )


def _java_path() -> str:
    home = os.environ.get("JAVA_HOME")
    return os.pathsep.join([*([os.path.join(home, "bin")] if home else []), os.environ.get("PATH", "")])


def _said(*command: str) -> str:
    """All that a program prints; "" where it does not start or end."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TOOL_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr
