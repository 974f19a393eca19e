"""What a fresh phone has on its disk, and whose each place is (AOSP: system/core/rootdir/init.rc)."""

from __future__ import annotations

import msgspec

from testbed.virtual.android.storage.users import SDCARD_RW, SHELL_UID, SYSTEM_UID

SHARED = "/storage/emulated/0"
APP_DATA = "/data/data"
APPS = "/data/app"
TEMPORARY = "/data/local/tmp"


class Folder(msgspec.Struct, frozen=True):
    path: str
    mode: int
    uid: int = 0
    gid: int = 0


FOLDERS = (
    Folder("/", 0o755),
    Folder("/apex", 0o755),
    Folder("/data", 0o771, SYSTEM_UID, SYSTEM_UID),
    Folder(APPS, 0o771, SYSTEM_UID, SYSTEM_UID),
    Folder(APP_DATA, 0o771, SYSTEM_UID, SYSTEM_UID),
    Folder("/data/user", 0o711, SYSTEM_UID, SYSTEM_UID),
    Folder("/data/local", 0o751),
    Folder(TEMPORARY, 0o771, SHELL_UID, SHELL_UID),
    Folder("/dev", 0o755),
    Folder("/mnt", 0o755),
    Folder("/proc", 0o555),
    Folder("/product", 0o755),
    Folder("/storage", 0o755),
    Folder("/storage/emulated", 0o755),
    Folder("/storage/self", 0o755),
    Folder(SHARED, 0o770, 0, SDCARD_RW),
    *(Folder(f"{SHARED}/{name}", 0o770, 0, SDCARD_RW) for name in ("Android", "DCIM", "Download", "Pictures")),
    Folder("/system", 0o755),
    Folder("/system/app", 0o755),
    Folder("/system/bin", 0o751, 0, SHELL_UID),
    Folder("/system/framework", 0o755),
    Folder("/vendor", 0o755),
)

LINKS = {
    "/bin": "/system/bin",
    "/data/user/0": APP_DATA,
    "/mnt/sdcard": "/storage/self/primary",
    "/sdcard": "/storage/self/primary",
    "/storage/self/primary": SHARED,
}

PROGRAMS = ("app_process", "app_process64", "linker64", "sh", "toybox")
"""What lies in /system/bin as a file. Commands need none."""

WRITABLE = ("/data", "/storage")
"""All else is mounted read-only."""


def writable(path: str) -> bool:
    return any(path == top or path.startswith(f"{top}/") for top in WRITABLE)
