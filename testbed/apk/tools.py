"""The programs that make an APK, found on this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from testbed.artifacts import ANDROID, cached, read_pins
from testbed.errors import EnvironmentFault

OLDEST_JDK = 17
ASK_S = 30.0

PACKAGES: Mapping[str, str] = {"aapt2": "aapt", "apksigner": "apksigner"}
"""Program -> the package that has it, on Debian and Ubuntu."""


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """Their paths. `apksigner` is the program's JAR, which needs no shell around it."""

    java: str
    javac: str
    keytool: str
    aapt2: str
    apksigner: str


def find_tools(env: Mapping[str, str]) -> Tools:
    """A JDK by JAVA_HOME or PATH; the others by PATH, else the newest build tools of the Android SDK in ANDROID_HOME.
    Raises EnvironmentFault that names all that is missing and what to install."""
    jdk = {name: _of_jdk(name, env) for name in ("java", "javac", "keytool")}
    sdk = {name: _of_sdk(name, env) for name in PACKAGES}
    jar = _apksigner_jar(sdk["apksigner"])
    if missing := [name for name, path in {**jdk, **sdk, "apksigner": jar}.items() if path is None]:
        packages = [PACKAGES.get(name, f"openjdk-{OLDEST_JDK}-jdk-headless") for name in missing]
        fix = f"apt-get install {' '.join(dict.fromkeys(packages))}; or set JAVA_HOME and ANDROID_HOME"
        raise EnvironmentFault(f"{' and '.join(missing)} not found: an APK is made with them", fix=fix)
    paths = {name: path for name, path in {**jdk, **sdk, "apksigner": jar}.items() if path is not None}
    _check_jdk(paths["java"])
    return Tools(**paths)


D8, FRAMEWORK = "tools", "framework"
"""Tables of pins with one file each: Android's compiler of class files, and the Android to link with."""


def tool(table: str) -> Path:
    """The one file of a table. Raises EnvironmentFault where the machine was not set up."""
    [file] = cached(read_pins(ANDROID)[table].pins, fix="testbed setup android")
    return file


def _of_jdk(name: str, env: Mapping[str, str]) -> str | None:
    if home := env.get("JAVA_HOME"):
        return shutil.which(name, path=os.path.join(home, "bin"))
    return shutil.which(name, path=env.get("PATH"))


def _of_sdk(name: str, env: Mapping[str, str]) -> str | None:
    if found := shutil.which(name, path=env.get("PATH")):
        return found
    if not (home := env.get("ANDROID_HOME") or env.get("ANDROID_SDK_ROOT")):
        return None
    versions = sorted(Path(home).glob("build-tools/*/"), key=lambda each: _numbers(each.name), reverse=True)
    return next((found for each in versions if (found := shutil.which(name, path=str(each)))), None)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _apksigner_jar(script: str | None) -> str | None:
    """Debian's lies in /usr/share/java, the SDK's in lib/ beside the script."""
    if script is None:
        return None
    beside = Path(os.path.realpath(script)).parent / "lib" / "apksigner.jar"
    return next((str(jar) for jar in (beside, Path("/usr/share/java/apksigner.jar")) if jar.is_file()), None)


def _check_jdk(java: str) -> None:
    fix = f"apt-get install openjdk-{OLDEST_JDK}-jdk-headless, or set JAVA_HOME to a JDK {OLDEST_JDK}"
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=ASK_S, check=False).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EnvironmentFault(f"{java} does not start: {error}", fix=fix) from error
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JDK:
        raise EnvironmentFault(f"{java} is {found[0] if found else 'no JDK'}, and {OLDEST_JDK} is needed", fix=fix)
