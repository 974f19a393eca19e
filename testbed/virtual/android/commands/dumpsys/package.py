"""dumpsys package [PACKAGE] (AOSP: com.android.server.pm.Settings.dumpPackageLPr)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from testbed.virtual.android.packages import Installed

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


def dump(phone: Phone, args: Sequence[str]) -> str:
    wanted = [arg for arg in args if not arg.startswith("-")]
    apps = [app for app in phone.packages.installed.values() if not wanted or app.package == wanted[0]]
    if wanted and not apps:
        return f"\nUnable to find package: {wanted[0]}\n"
    return "".join(_launchers(app) for app in apps) + "Packages:\n" + "".join(_package(app) for app in apps)


def _launchers(app: Installed) -> str:
    rows = ["Activity Resolver Table:", "  Non-Data Actions:"]
    for component in app.manifest.components:
        for each in component.filters:
            for action in each.actions:
                rows += [
                    f"      {action}:",
                    f"        5f3a1c {app.package}/{_short(app, component.name)} filter 6e5d4c",
                ]
                rows += [f'          Action: "{name}"' for name in each.actions]
                rows += [f'          Category: "{name}"' for name in each.categories]
    return "\n".join(rows) + "\n\n"


def _package(app: Installed) -> str:
    manifest = app.manifest
    flags = ["HAS_CODE", "ALLOW_CLEAR_USER_DATA", "ALLOW_BACKUP"]
    flags += ["DEBUGGABLE"] if manifest.debuggable else []
    flags += ["TEST_ONLY"] if manifest.test_only else []
    requested = "".join(f"      {name}\n" for name in manifest.permissions)
    granted = "".join(f"      {name}: granted=true\n" for name in manifest.permissions if _is_granted(app, name))
    runtime = "".join(
        f"        {name}: granted={str(name in app.granted).lower()}, flags=[ USER_SENSITIVE_WHEN_GRANTED ]\n"
        for name in manifest.permissions
        if name in DANGEROUS
    )
    return (
        f"  Package [{app.package}] (6e5d4c):\n    userId={app.uid}\n    pkg=Package{{7f6e5d {app.package}}}\n"
        f"    codePath={app.folder}\n    resourcePath={app.folder}\n    primaryCpuAbi=null\n"
        f"    versionCode={manifest.version_code} minSdk={manifest.min_sdk} targetSdk={manifest.target_sdk}\n"
        f"    versionName={manifest.version_name or 'null'}\n    splits=[base]\n"
        f"    apkSigningVersion={app.apk.signed.scheme}\n"
        f"    flags=[ {' '.join(flags)} ]\n    pkgFlags=[ {' '.join(flags)} ]\n    dataDir=/data/user/0/{app.package}\n"
        f"    timeStamp={_time(app.updated)}\n    firstInstallTime={_time(app.first)}\n"
        f"    lastUpdateTime={_time(app.updated)}\n    signatures=PackageSignatures{{8a7b6c version:"
        f"{app.apk.signed.scheme}, signatures:[{app.apk.signed.fingerprint[:8]}], past signatures:[]}}\n"
        f"    installPermissionsFixed=true\n    requested permissions:\n{requested}    install permissions:\n{granted}"
        f"    User 0: ceDataInode=0 installed=true hidden=false suspended=false stopped=false notLaunched=false "
        f"enabled=0 instant=false virtual=false\n      runtime permissions:\n{runtime}\n"
    )


DANGEROUS = frozenset(
    f"android.permission.{name}"
    for name in (
        "ACCESS_BACKGROUND_LOCATION", "ACCESS_COARSE_LOCATION", "ACCESS_FINE_LOCATION", "ACTIVITY_RECOGNITION",
        "BLUETOOTH_CONNECT", "BLUETOOTH_SCAN", "CAMERA", "GET_ACCOUNTS", "POST_NOTIFICATIONS", "READ_CALENDAR",
        "READ_CONTACTS", "READ_EXTERNAL_STORAGE", "READ_PHONE_STATE", "RECORD_AUDIO", "WRITE_EXTERNAL_STORAGE",
    )
)  # fmt: skip
"""Of android.Manifest.permission: what the user is asked for. The rest is granted with the installation."""


def _is_granted(app: Installed, name: str) -> bool:
    return name.startswith("android.permission.") and name not in DANGEROUS


def _short(app: Installed, name: str) -> str:
    return name.removeprefix(app.package) if name.startswith(f"{app.package}.") else name


def _time(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(when))
