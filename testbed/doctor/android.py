"""What Android devices need. None of it is needed for the web."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import msgspec

from testbed.doctor.check import Check
from testbed.errors import EnvironmentFault

TOOL_S = 20.0

_ADB = re.compile(r"^Version (\S+)", re.MULTILINE)


def examine() -> Iterator[Check]:
    """Every check, made."""
    yield adb()
    yield tools()
    yield files()
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


def tools() -> Check:
    from testbed.apk.tools import find_tools

    ok, fix = True, ""
    try:
        found = ", ".join(sorted({str(path) for path in msgspec.structs.astuple(find_tools(os.environ))}))
    except EnvironmentFault as error:
        ok, found, fix = False, error.message, error.fix or ""
    needed = "to build the Android app, and to run it on virtual phones"
    return Check(what="JDK, aapt2", ok=ok, found=found, needed=needed, fix=fix, required=False)


def files() -> Check:
    """That `testbed setup android` was done."""
    from testbed.artifacts import cached
    from testbed.devices.android.fetched import pins

    ok, fix = True, "testbed setup android"
    try:
        found = f"all {len(cached(pins(), fix=fix))} files of Segment's SDKs and what runs them"
    except EnvironmentFault as error:
        ok, found = False, error.message
    needed = "Segment's SDKs for Android, and what runs them"
    return Check(what="Android SDKs", ok=ok, found=found, needed=needed, fix=fix, required=False)


def sdk() -> Check:
    from testbed.devices.android.find import find_in_sdk, sdk_folder

    folder, ok, fix = sdk_folder(os.environ), True, ""
    try:
        found = find_in_sdk("emulator/emulator", os.environ)
    except EnvironmentFault as error:
        ok, found, fix = False, f"no emulator in {folder}" if folder else "none", error.fix or ""
    return Check(
        what="emulator",
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
