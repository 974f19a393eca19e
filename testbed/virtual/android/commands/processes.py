"""The processes that a phone of this kind shows: a few of the system's, and the app that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from testbed.virtual.android.activity.obituary import SYSTEM_SERVER, ZYGOTE
from testbed.virtual.android.storage.users import name_of

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


class Process(msgspec.Struct, frozen=True):
    pid: int
    parent: int
    uid: int
    name: str
    command: str = ""

    @property
    def user(self) -> str:
        return name_of(self.uid)


SYSTEM = (
    Process(1, 0, 0, "init", "/system/bin/init"),
    Process(ZYGOTE, 1, 0, "zygote64"),
    Process(701, 1, 1007, "logd", "/system/bin/logd"),
    Process(702, 1, 1000, "servicemanager", "/system/bin/servicemanager"),
    Process(890, 1, 2000, "adbd", "/apex/com.android.adbd/bin/adbd"),
    Process(SYSTEM_SERVER, ZYGOTE, 1000, "system_server"),
    Process(2101, ZYGOTE, 10_101, "com.android.launcher3"),
    Process(2140, ZYGOTE, 10_102, "com.android.systemui"),
)


def processes(phone: Phone) -> list[Process]:
    running = phone.activities.running
    if running is None:
        return list(SYSTEM)
    return [*SYSTEM, Process(running.pid, ZYGOTE, running.app.uid, running.package)]
