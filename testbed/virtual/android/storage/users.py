"""Users of the phone, by AOSP's system/core/libcutils/include/private/android_filesystem_config.h."""

from __future__ import annotations

import msgspec

SYSTEM_UID, SHELL_UID, SDCARD_RW, INET, LOG = 1000, 2000, 1015, 3003, 1007
FIRST_APP_UID = 10_000


class User(msgspec.Struct, frozen=True):
    uid: int
    name: str
    groups: tuple[int, ...] = ()

    @property
    def gid(self) -> int:
        return self.uid

    def may(self, wanted: int, *, uid: int, gid: int, mode: int) -> bool:
        """Whether rwx bits (0-7) of a file are this user's, by the rules of path_resolution(7)."""
        if self.uid == 0:
            return True
        shift = 6 if uid == self.uid else 3 if gid == self.gid or gid in self.groups else 0
        return (mode >> shift) & wanted == wanted


ROOT = User(0, "root")
SHELL = User(SHELL_UID, "shell", (1004, LOG, 1011, SDCARD_RW, 1078, 3001, 3002, INET, 3006, 3009, 3011, 3012))


def app_user(uid: int) -> User:
    """The user that an installed app runs as."""
    return User(uid, app_name(uid), (INET, 9997, 10_000 + uid, 40_000 + uid))


def app_name(uid: int) -> str:
    return f"u0_a{uid - FIRST_APP_UID}"


NAMES = {
    0: "root", SYSTEM_UID: "system", SHELL_UID: "shell", SDCARD_RW: "sdcard_rw", 1004: "input", LOG: "log", 1011: "adb",
    1078: "ext_data_rw", 1079: "ext_obb_rw", 3001: "net_bt_admin", 3002: "net_bt", INET: "inet", 3006: "net_bw_stats",
    3009: "readproc", 3011: "uhid", 3012: "readtracefs", 9997: "everybody",
}  # fmt: skip


def name_of(uid: int) -> str:
    """What `ls -l` and `id` call it."""
    if (name := NAMES.get(uid)) is not None:
        return name
    if 50_000 <= uid < 60_000:
        return f"all_a{uid - 50_000}"
    return app_name(uid) if FIRST_APP_UID <= uid < 20_000 else str(uid)
