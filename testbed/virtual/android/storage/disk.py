"""A phone's disk: a folder of this machine, with the phone's own root, owners and size.

What apps do in their folders is a stranger's doing while we look: no link that they make is ever followed by this
machine's kernel, and nothing but plain files and folders is opened. Names are resolved here, one by one, each
against the open folder that it is in.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from testbed.virtual.android.storage.places import FOLDERS, LINKS, PROGRAMS, SHARED
from testbed.virtual.android.storage.users import User

GIB = 1 << 30
MAX_LINKS = 40
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Place(msgspec.Struct, frozen=True):
    """A name in an open folder: `folder` is its descriptor, `path` the phone's path without links. `found` is its
    lstat, None where there is nothing by that name."""

    folder: int
    name: str
    path: str
    found: os.stat_result | None


class Disk:
    """`capacity` in bytes. `full` is a fault to plant: nothing more can be stored."""

    def __init__(self, root: Path, *, capacity: int = 8 * GIB) -> None:
        self.root = root
        self.capacity = capacity
        self.full = False
        self._owners: dict[str, tuple[int, int]] = {folder.path: (folder.uid, folder.gid) for folder in FOLDERS}
        self.spool = root.with_name(f"{root.name}.spool")

    def format(self) -> None:
        """Make what a fresh phone has."""
        self.spool.mkdir(mode=0o700, parents=True)
        for folder in FOLDERS:
            path = self.host(folder.path)
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(folder.mode | 0o700)
        for link, target in LINKS.items():
            self.host(link).symlink_to(target)
        for program in PROGRAMS:
            path = self.host("/system/bin") / program
            path.write_bytes(b"\x7fELF\x02\x01\x01")
            path.chmod(0o755)

    def host(self, path: str) -> Path:
        """Where a path of the phone without links lies on this machine."""
        return self.root / path.lstrip("/")

    def own(self, path: str, uid: int) -> None:
        """Say whose this path and all below it is."""
        self._owners[path] = (uid, uid)

    def disown(self, path: str) -> None:
        self._owners.pop(path, None)

    def owner(self, path: str) -> tuple[int, int]:
        """User and group of a path without links: those of the closest place that is somebody's."""
        while path not in self._owners:
            path = path.rpartition("/")[0] or "/"
        return self._owners[path]

    def mode(self, path: str, mode: int) -> int:
        """Type and permissions of a path without links. Shared storage has fixed ones, whatever is asked for (AOSP:
        the FUSE daemon of packages/providers/MediaProvider)."""
        if path.startswith(f"{SHARED}/"):
            return stat.S_IFMT(mode) | (0o770 if stat.S_ISDIR(mode) else 0o660)
        return mode

    @property
    def used(self) -> int:
        """Bytes in plain files."""
        return sum(_sizes(self.root))

    @property
    def room(self) -> int:
        """Bytes that can still be stored."""
        return 0 if self.full else max(0, self.capacity - self.used)

    @contextmanager
    def reach(self, path: str, user: User, *, follow: bool = True) -> Iterator[Place]:
        """The place that an absolute path leads to, as `user`. Raises ENOENT, ENOTDIR, EACCES, ELOOP as the kernel."""
        left = [name for name in reversed(path.split("/")) if name not in {"", "."}]
        follow = follow or path.endswith("/")
        links = 0
        with ExitStack() as opened:
            stack = [(_open(str(self.root), opened), "/")]
            while left:
                name = left.pop()
                folder, at = stack[-1]
                if name == "..":
                    del stack[max(1, len(stack) - 1) :]
                    continue
                self._check_folder(folder, at, user, path)
                here = f"{at.rstrip('/')}/{name}"
                found = _lstat(name, folder, path)
                if found is not None and stat.S_ISLNK(found.st_mode) and (left or follow):
                    links += 1
                    if links > MAX_LINKS:
                        raise _error(errno.ELOOP, path)
                    target = os.readlink(name, dir_fd=folder)
                    if target.startswith("/"):
                        del stack[1:]
                    left += [part for part in reversed(target.split("/")) if part not in {"", "."}]
                    continue
                if not left:
                    yield Place(folder, name, here, found)
                    return
                if found is None:
                    raise _error(errno.ENOENT, path)
                if not stat.S_ISDIR(found.st_mode):
                    raise _error(errno.ENOTDIR, path)
                stack.append((_open(name, opened, folder, path), here))
            folder, at = stack[-1]
            yield Place(folder, ".", at, os.fstat(folder))

    def _check_folder(self, folder: int, at: str, user: User, path: str) -> None:
        uid, gid = self.owner(at)
        if not user.may(1, uid=uid, gid=gid, mode=self.mode(at, os.fstat(folder).st_mode)):
            raise _error(errno.EACCES, path)


def _open(name: str, opened: ExitStack, folder: int | None = None, path: str = "/") -> int:
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        raise _error(error.errno or errno.EIO, path) from None
    opened.callback(os.close, descriptor)
    return descriptor


def _lstat(name: str, folder: int, path: str) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:  # too long, or with a zero byte
        raise _error(getattr(error, "errno", None) or errno.EINVAL, path) from None


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


def _sizes(folder: Path | str) -> Iterator[int]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                try:
                    yield from _sizes(entry.path)
                except OSError:  # removed meanwhile, by the app that it is of
                    continue
            elif entry.is_file(follow_symlinks=False):
                try:
                    yield entry.stat(follow_symlinks=False).st_size
                except OSError:
                    continue
