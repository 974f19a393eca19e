"""What a jailed program sees of this machine's files, and how much of it it may use."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

HOME = "/home/app"
"""The program's home: empty, writable, in memory, gone with it."""

UID = 1000

SYSTEM = (
    # Programs and libraries, fonts, time zone, certificates: what a distribution installs, and nothing of the user's.
    "/usr",
    "/opt",
    "/nix/store",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/ssl/certs",
)
MERGED = ("/bin", "/lib", "/lib32", "/lib64", "/sbin")
"""Links into /usr on systems whose /usr is merged, folders on others."""

FILES: Mapping[str, str] = {
    # Names are answered by network.py, wherever a resolver sends its questions.
    "/etc/resolv.conf": "nameserver 198.19.0.1\noptions timeout:1 attempts:1\n",
    "/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "/etc/passwd": f"app:x:{UID}:{UID}::{HOME}:/bin/sh\n",
    "/etc/group": f"app:x:{UID}:\n",
    "/etc/machine-id": "0" * 32 + "\n",
}


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """`reads` are further files and folders of this machine that the program needs, read-only at their own paths;
    `writes` are folders that it may change, where no file outgrows `scratch_mb`: of their sum, the caller takes care.
    `memory_mb` bounds the data of each process, `scratch_mb` what it may write elsewhere in all, `processes` its
    threads and processes together."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    memory_mb: int = 8_192
    scratch_mb: int = 1_024
    processes: int = 4_096


def bubblewrap_options(box: Box, env: Mapping[str, str]) -> list[str]:
    """bwrap's options (bwrap(1)) for everything but the network, which the program inherits."""
    return [
        # A user namespace of its own: the program has no rights over the network namespace that it runs in.
        *("--unshare-user", "--uid", str(UID), "--gid", str(UID)),
        *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "device"),
        *("--die-with-parent", "--new-session"),
        "--clearenv",
        *_flat(("--setenv", key, value) for key, value in env.items()),
        *_flat(("--ro-bind-try", path, path) for path in SYSTEM),
        *_flat(_merged(path) for path in MERGED),
        *("--proc", "/proc", "--dev", "/dev"),
        *_flat(("--size", str(box.scratch_mb << 20), "--tmpfs", path) for path in ("/tmp", "/dev/shm", HOME)),
        *_flat(("--ro-bind", path, path) for path in box.reads),
        *_flat(("--bind", path, path) for path in box.writes),
        *("--chdir", HOME),
    ]


def limits(box: Box) -> dict[str, int]:
    """What setrlimit(2) bounds, by the names of Python's `resource`."""
    bounds = {
        "RLIMIT_CORE": 0,
        "RLIMIT_DATA": box.memory_mb << 20,
        "RLIMIT_NPROC": box.processes,
    }
    if box.writes:
        bounds["RLIMIT_FSIZE"] = box.scratch_mb << 20
    return bounds


def readable(program: str) -> tuple[str, ...]:
    """The paths to let a jail read so that it can run `program`: its folder, for the files beside it, unless a
    distribution installed it or the folder is the user's home or holds it."""
    paths = []
    for path in dict.fromkeys((os.path.abspath(program), os.path.realpath(program))):
        folder = os.path.dirname(path)
        if any(Path(path).is_relative_to(known) for known in SYSTEM):
            continue
        private = Path.home().is_relative_to(folder) or folder in {"/", "/tmp"}
        paths.append(path if private else folder)
    return tuple(dict.fromkeys(paths))


def _merged(path: str) -> Sequence[str]:
    if os.path.islink(path):
        return ("--symlink", os.readlink(path), path)
    return ("--ro-bind-try", path, path)


def _flat(groups: Iterator[Sequence[str]]) -> Iterator[str]:
    for group in groups:
        yield from group
