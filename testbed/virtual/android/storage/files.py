"""The disk as one user of the phone sees it: `Files` of testbed.virtual.adb.machine, and what the shell needs more."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import FileIO
from typing import Literal

from testbed.virtual.adb.machine import Stat
from testbed.virtual.android.storage.disk import Disk, Place
from testbed.virtual.android.storage.places import writable
from testbed.virtual.android.storage.users import User

PIECE = 64 << 10
NULL = "/dev/null"
_NULL = Stat(name="null", mode=stat.S_IFCHR | 0o666)
_NULLS = {NULL, "/dev/zero"}


class UserFiles:
    """All paths are absolute. Every refusal is an OSError, as the kernel's."""

    def __init__(self, disk: Disk, user: User) -> None:
        self._disk = disk
        self.user = user

    def stat(self, path: str, *, follow: bool = True) -> Stat:
        if path in _NULLS:
            return _NULL
        with self._disk.reach(path, self.user, follow=follow) as place:
            if place.found is None:
                raise _error(errno.ENOENT, path)
            return self._stat(place.path, place.found)

    def exists(self, path: str) -> bool:
        try:
            self.stat(path)
        except OSError:
            return False
        return True

    def list(self, path: str) -> Sequence[Stat]:
        with self._folder(path) as (folder, at):
            entries = sorted(os.listdir(folder))
            return [
                self._stat(f"{at.rstrip('/')}/{name}", found)
                for name in entries
                if (found := _lstat(name, folder)) is not None
            ]

    def target(self, path: str) -> str:
        """Where a symbolic link leads."""
        with self._disk.reach(path, self.user, follow=False) as place:
            if place.found is None or not stat.S_ISLNK(place.found.st_mode):
                raise _error(errno.EINVAL if place.found else errno.ENOENT, path)
            return os.readlink(place.name, dir_fd=place.folder)

    def canonical(self, path: str) -> str:
        """The path without links; its last name need not be there."""
        with self._disk.reach(path, self.user) as place:
            return place.path

    async def read(self, path: str) -> AsyncIterator[bytes]:
        if path in _NULLS:
            return
        with self._disk.reach(path, self.user) as place:
            self._check(place, 4, path)
            descriptor = os.open(place.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=place.folder)
        with _opened(descriptor) as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise _error(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, path)
            while piece := file.read(PIECE):
                yield piece

    async def write(self, path: str, pieces: AsyncIterator[bytes], *, mode: int, mtime: Callable[[], int]) -> None:
        if path in _NULLS:
            async for _ in pieces:
                pass
            return
        self.make_folders(path.rpartition("/")[0] or "/")
        with self._disk.reach(path, self.user) as place:
            self._check_writing(place, path)
            where = place.path
        descriptor, spooled = tempfile.mkstemp(dir=self._disk.spool)
        try:
            with _opened(descriptor, "wb") as file:
                room = self._disk.room
                async for piece in pieces:
                    room -= len(piece)
                    if room < 0:
                        raise _error(errno.ENOSPC, path)
                    file.write(piece)
            os.chmod(spooled, mode & 0o777 | 0o600)
            os.utime(spooled, (mtime(), mtime()))
            with self._disk.reach(where, self.user) as place:
                os.rename(spooled, place.name, dst_dir_fd=place.folder)
        finally:
            with suppress(FileNotFoundError):  # as it should be: it has another name now
                os.unlink(spooled)

    @contextmanager
    def writing(self, path: str, *, append: bool = False) -> Iterator[Callable[[bytes], None]]:
        """What a command's output is redirected to: an open file that takes bytes as they come."""
        if path in _NULLS:
            yield lambda _: None
            return
        with self._disk.reach(path, self.user) as place:
            self._check_writing(place, path)
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | (os.O_APPEND if append else 0)
            descriptor = os.open(place.name, flags, 0o660, dir_fd=place.folder)
        with _opened(descriptor, "wb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _error(errno.EINVAL, path)
            if place.found is None:
                os.fchmod(descriptor, 0o660)
            if not append:
                file.truncate()

            room = self._disk.room

            def write(data: bytes) -> None:
                nonlocal room
                room -= len(data)
                if room < 0:
                    raise _error(errno.ENOSPC, path)
                file.write(data)

            yield write

    def link(self, path: str, to: str) -> None:
        with self._new(path) as place:
            os.symlink(to, place.name, dir_fd=place.folder)

    def make_folder(self, path: str, mode: int = 0o770) -> None:
        with self._new(path) as place:
            os.mkdir(place.name, mode | 0o700, dir_fd=place.folder)
            os.chmod(place.name, mode | 0o700, dir_fd=place.folder)

    def make_folders(self, path: str) -> None:
        """The folder, with those above it that are missing."""
        missing = []
        while not self._there(path):
            missing.append(path)
            path = os.path.dirname(path)
        for each in reversed(missing):
            self.make_folder(each)

    def remove(self, path: str) -> None:
        """Remove a file or an empty folder."""
        with self._disk.reach(path, self.user, follow=False) as place:
            if place.found is None:
                raise _error(errno.ENOENT, path)
            self._check_parent(place, path)
            remove = os.rmdir if stat.S_ISDIR(place.found.st_mode) else os.unlink
            remove(place.name, dir_fd=place.folder)

    def remove_tree(self, path: str) -> None:
        with self._disk.reach(path, self.user, follow=False) as place:
            if place.found is None:
                raise _error(errno.ENOENT, path)
            self._check_parent(place, path)
            if stat.S_ISDIR(place.found.st_mode):
                shutil.rmtree(place.name, dir_fd=place.folder)
            else:
                os.unlink(place.name, dir_fd=place.folder)

    def rename(self, path: str, to: str) -> None:
        with self._disk.reach(path, self.user, follow=False) as source, self._disk.reach(to, self.user) as target:
            if source.found is None:
                raise _error(errno.ENOENT, path)
            self._check_parent(source, path)
            self._check_writing(target, to)
            os.rename(source.name, target.name, src_dir_fd=source.folder, dst_dir_fd=target.folder)

    def change_mode(self, path: str, mode: int) -> None:
        with self._disk.reach(path, self.user) as place:
            if place.found is None:
                raise _error(errno.ENOENT, path)
            if self.user.uid not in {0, self._disk.owner(place.path)[0]}:
                raise _error(errno.EPERM, path)
            os.chmod(place.name, mode & 0o777 | 0o600, dir_fd=place.folder)

    def touch(self, path: str) -> None:
        with self._disk.reach(path, self.user) as place:
            self._check_writing(place, path)
            if place.found is None:
                os.close(os.open(place.name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o660, dir_fd=place.folder))
            else:
                os.utime(place.name, dir_fd=place.folder, follow_symlinks=False)

    def may(self, path: str, wanted: int) -> bool:
        """Whether these rwx bits are there for the user (access(2))."""
        try:
            found = self.stat(path)
        except OSError:
            return False
        return self.user.may(wanted, uid=found.uid, gid=found.gid, mode=found.mode)

    def _stat(self, path: str, found: os.stat_result) -> Stat:
        uid, gid = self._disk.owner(path)
        return Stat(
            name=path.rpartition("/")[2],
            mode=self._disk.mode(path, found.st_mode),
            size=found.st_size,
            mtime=int(found.st_mtime),
            uid=uid,
            gid=gid,
            inode=found.st_ino,
            links=found.st_nlink,
        )

    def _there(self, path: str) -> bool:
        try:
            with self._disk.reach(path, self.user) as place:
                return place.found is not None
        except FileNotFoundError:  # a folder above it is missing too
            return False

    @contextmanager
    def _folder(self, path: str) -> Iterator[tuple[int, str]]:
        with self._disk.reach(path, self.user) as place:
            self._check(place, 4, path)
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
            try:
                folder = os.open(place.name, flags, dir_fd=place.folder)
            except NotADirectoryError:
                raise _error(errno.ENOTDIR, path) from None
            try:
                yield folder, place.path
            finally:
                os.close(folder)

    @contextmanager
    def _new(self, path: str) -> Iterator[Place]:
        with self._disk.reach(path, self.user, follow=False) as place:
            if place.found is not None:
                raise _error(errno.EEXIST, path)
            self._check_parent(place, path)
            if not self._disk.room:
                raise _error(errno.ENOSPC, path)
            yield place

    def _check(self, place: Place, wanted: int, path: str) -> None:
        if place.found is None:
            raise _error(errno.ENOENT, path)
        uid, gid = self._disk.owner(place.path)
        if not self.user.may(wanted, uid=uid, gid=gid, mode=self._disk.mode(place.path, place.found.st_mode)):
            raise _error(errno.EACCES, path)

    def _check_writing(self, place: Place, path: str) -> None:
        """That a file can be written there, whether or not there is one."""
        if place.found is None:
            self._check_parent(place, path)
            return
        if not writable(place.path):
            raise _error(errno.EROFS, path)
        if stat.S_ISDIR(place.found.st_mode):
            raise _error(errno.EISDIR, path)
        self._check(place, 2, path)

    def _check_parent(self, place: Place, path: str) -> None:
        """That names can be made and removed in the folder of the place."""
        if not writable(place.path):
            raise _error(errno.EROFS, path)
        parent = os.path.dirname(place.path)
        uid, gid = self._disk.owner(parent)
        if not self.user.may(3, uid=uid, gid=gid, mode=self._disk.mode(parent, os.fstat(place.folder).st_mode)):
            raise _error(errno.EACCES, path)


def _lstat(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:  # removed meanwhile
        return None


def _opened(descriptor: int, mode: Literal["rb", "wb"] = "rb") -> FileIO:
    return FileIO(descriptor, mode)


def _error(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)
