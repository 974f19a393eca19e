"""What a shell knows while it runs, and what it runs on."""

from __future__ import annotations

import os
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from testbed.virtual.android.shell.streams import Streams
from testbed.virtual.android.storage import User, UserFiles

PATH = "/product/bin:/apex/com.android.runtime/bin:/apex/com.android.art/bin:/system_ext/bin:/system/bin:/system/xbin"


class Host(Protocol):
    """The phone, as the shell needs it."""

    name: str

    def files(self, user: User) -> UserFiles: ...

    async def run(self, state: State, argv: Sequence[str], streams: Streams) -> int | None:
        """Run a command of the phone. None: there is none of that name."""
        ...

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """Run it until it ends or the phone is switched off."""
        ...


class State:
    def __init__(self, host: Host, user: User, *, cwd: str = "/") -> None:
        self.host = host
        self.user = user
        self.cwd = cwd
        self.variables: dict[str, str] = {
            "PATH": PATH, "HOME": "/", "USER": user.name, "LOGNAME": user.name, "HOSTNAME": host.name,
            "SHELL": "/system/bin/sh", "TMPDIR": "/data/local/tmp", "TERM": "dumb", "PWD": cwd,
            "ANDROID_DATA": "/data", "ANDROID_ROOT": "/system", "ANDROID_STORAGE": "/storage",
            "EXTERNAL_STORAGE": "/sdcard",
        }  # fmt: skip
        self.exported = set(self.variables)
        self.arguments: list[str] = []
        self.program = "/system/bin/sh"
        self.status = 0
        self.pid = 9_000
        self.depth = 0

    @property
    def files(self) -> UserFiles:
        return self.host.files(self.user)

    def fork(self) -> State:
        """A subshell's: what it changes is its own."""
        other = State(self.host, self.user, cwd=self.cwd)
        other.variables = dict(self.variables)
        other.exported = set(self.exported)
        other.arguments = list(self.arguments)
        other.program, other.status, other.pid, other.depth = self.program, self.status, self.pid, self.depth
        return other

    def normal(self, path: str) -> str:
        """Absolute, without `.` and `..`."""
        return os.path.normpath(self.absolute(path))

    def absolute(self, path: str) -> str:
        return path if path.startswith("/") else f"{self.cwd.rstrip('/')}/{path}"
