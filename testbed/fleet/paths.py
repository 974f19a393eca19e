"""Where a user's fleet lives on this machine. Standard library only: the thin client reads this on every run."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from testbed.errors import EnvironmentFault


def runtime_root() -> Path:
    """The user's own folder (0700) for the fleet's socket, log and homes: TESTBED_RUNTIME_DIR, else
    XDG_RUNTIME_DIR/testbed, else testbed-UID in the temp folder. Raises EnvironmentFault when it belongs to somebody
    else."""
    root = _named()
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = root.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise EnvironmentFault(
            f"{root} must be a folder of yours that nobody else can read (mode 0700)",
            fix=f"chmod 700 {root}, or set TESTBED_RUNTIME_DIR to a folder of your own",
        )
    return root


def control_socket() -> Path:
    """The unix socket of the user's fleet. Raises EnvironmentFault when its path is too long for one."""
    path = runtime_root() / "control.sock"
    if len(os.fsencode(path)) > 100:  # sun_path holds 108 bytes on Linux, 104 on macOS
        raise EnvironmentFault(f"{path} is too long for a unix socket", fix="set TESTBED_RUNTIME_DIR to a shorter path")
    return path


def _named() -> Path:
    if given := os.environ.get("TESTBED_RUNTIME_DIR"):
        return Path(given)
    if given := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(given) / "testbed"
    return Path(tempfile.gettempdir()) / f"testbed-{os.getuid()}"
