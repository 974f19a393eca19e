"""Which adb: the one that adbutils ships, unless TESTBED_ADB names another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from testbed.errors import EnvironmentFault

VARIABLE = "TESTBED_ADB"
SDK = "sdk"
"""For TESTBED_ADB: the adb of the user's Android SDK."""

FIX = f"pip install --force-reinstall adbutils, apt-get install adb, or set {VARIABLE} to its path"


def find_adb(env: Mapping[str, str]) -> str:
    """The path of adb. Raises EnvironmentFault where there is none, or not the one that TESTBED_ADB asks for."""
    wanted = env.get(VARIABLE, "")
    if wanted == SDK:
        return find_in_sdk("platform-tools/adb", env)
    if wanted:
        if (found := shutil.which(wanted)) is None:
            raise EnvironmentFault(f"{VARIABLE}={wanted}: no such program", fix=FIX)
        return found
    bundled = Path(str(files("adbutils") / "binaries" / "adb"))
    if os.access(bundled, os.X_OK):
        return str(bundled)
    if (found := shutil.which("adb")) is not None:
        return found
    raise EnvironmentFault("no adb", fix=FIX)


def sdk_folder(env: Mapping[str, str]) -> Path | None:
    """The user's Android SDK (developer.android.com/tools/variables)."""
    named = env.get("ANDROID_HOME") or env.get("ANDROID_SDK_ROOT")
    return Path(named) if named else None


def find_in_sdk(program: str, env: Mapping[str, str]) -> str:
    """A program of the user's Android SDK, by its path in there, or on PATH by its name. Raises EnvironmentFault."""
    folder, name = sdk_folder(env), Path(program).name
    places = [str(folder / program)] if folder is not None else []
    for place in (*places, name):
        if (found := shutil.which(place, path=env.get("PATH"))) is not None:
            return found
    looked = " and ".join([*places, f"{name} on PATH"])
    raise EnvironmentFault(
        f"no {name} of an Android SDK: looked for {looked}",
        fix="install the SDK (developer.android.com/studio) and set ANDROID_HOME to its folder",
    )
