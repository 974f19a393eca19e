"""The disk: what an app plants in its folder leads nowhere, and every write is whole, allowed and bounded."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from testbed.virtual.android import Phone
from testbed.virtual.android.storage import ROOT, SHELL, Disk, UserFiles, app_user
from tests.virtual.android.phones import Said, ask

PACKAGE = "dev.testbed.app"
DATA = f"/data/data/{PACKAGE}"


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def content(files: UserFiles, path: str) -> bytes:
    return b"".join([piece async for piece in files.read(path)])


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    disk = Disk(tmp_path / "disk", capacity=1_000_000)
    disk.format()
    return disk


async def test_links_that_an_app_makes_lead_into_the_phone_and_nowhere_else(ready: Phone, tmp_path: Path):
    (tmp_path / "secret").write_text("of this machine")
    (tmp_path / "folder").mkdir()
    folder = ready.disk.host(DATA)
    (folder / "file").symlink_to(tmp_path / "secret")
    (folder / "dir").symlink_to(tmp_path)
    (folder / "up").symlink_to("../../../../../../../../.." + str(tmp_path))
    (folder / "system").symlink_to("/system/bin/toybox")
    for name in ("file", "dir/secret", "up/secret"):
        said = await ask(ready, f"run-as {PACKAGE} cat {name}")
        assert (said.code, said.out) == (1, ""), name
        assert "No such file or directory" in said.err
    said = await ask(ready, f"run-as {PACKAGE} sh -c 'echo x > dir/written'")
    assert said.code == 1
    assert (await ask(ready, f"run-as {PACKAGE} cat system | wc -c")).out == "7\n"
    await ask(ready, f"pm clear {PACKAGE}")
    assert sorted(os.listdir(tmp_path)) == ["folder", "secret"]


async def test_a_pipe_or_socket_in_its_folder_does_not_hold_the_phone_up(ready: Phone):
    os.mkfifo(ready.disk.host(DATA) / "pipe")
    said = await ask(ready, f"run-as {PACKAGE} cat pipe")
    assert said == Said(1, err="cat: pipe: Invalid argument\n")
    assert (await ask(ready, f"run-as {PACKAGE} sh -c 'echo x > pipe'")).code == 1


async def test_an_apps_folder_is_its_own(ready: Phone):
    await ask(ready, f"run-as {PACKAGE} sh -c 'echo x > file'")
    assert await ask(ready, f"ls {DATA}") == Said(1, err=f"ls: {DATA}: Permission denied\n")
    assert await ask(ready, f"cat {DATA}/file") == Said(1, err=f"cat: {DATA}/file: Permission denied\n")
    assert await ask(ready, f"run-as {PACKAGE} cat {DATA}/file") == Said(0, "x\n")
    assert (await ask(ready, f"run-as {PACKAGE} pwd")).out == f"{DATA}\n"
    assert (await ask(ready, f"run-as {PACKAGE} id -u")).out == "10151\n"
    assert (await ask(ready, f"run-as {PACKAGE} sh -c 'echo x > /data/local/tmp/x'")).code == 1


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/system/x", errno.EROFS),
        ("/x", errno.EROFS),
        ("/data/x", errno.EACCES),
        (f"{DATA}/x", errno.EACCES),
        ("/sdcard", errno.EISDIR),
        ("/system/bin/sh", errno.EROFS),
        ("/data/local/tmp/" + "x" * 300, errno.ENAMETOOLONG),
        ("/data/local/tmp/a\0b", errno.EINVAL),
    ],
)
async def test_where_the_shell_may_not_write(disk: Disk, path: str, number: int):
    disk.own(DATA, 10151)
    UserFiles(disk, ROOT).make_folder(DATA, 0o700)
    with pytest.raises(OSError) as raised:  # noqa: PT011 -- its number is looked at
        await UserFiles(disk, SHELL).write(path, pieces(b"x"), mode=0o644, mtime=lambda: 0)
    assert raised.value.errno == number
    assert not [*disk.spool.iterdir()]


async def test_a_pushed_file_is_there_whole_or_not_at_all(disk: Disk):
    files = UserFiles(disk, SHELL)
    await files.write("/sdcard/new/folder/file", pieces(b"ab", b"cd"), mode=0o100644, mtime=lambda: 7)
    assert await content(files, "/sdcard/new/folder/file") == b"abcd"
    found = files.stat("/sdcard/new/folder/file")
    assert (stat.filemode(found.mode), found.size, found.mtime, found.gid) == ("-rw-rw----", 4, 7, 1015)

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.write("/sdcard/new/folder/file", broken(), mode=0o644, mtime=lambda: 8)
    assert await content(files, "/sdcard/new/folder/file") == b"abcd"
    assert not [*disk.spool.iterdir()]


async def test_a_disk_is_full_when_it_is(disk: Disk):
    files = UserFiles(disk, SHELL)
    await files.write("/sdcard/most", pieces(bytes(900_000)), mode=0o644, mtime=lambda: 0)
    with pytest.raises(OSError, match="No space left on device"):
        await files.write("/sdcard/more", pieces(bytes(60_000), bytes(60_000)), mode=0o644, mtime=lambda: 0)
    with files.writing("/sdcard/log") as write:
        for _ in range(9):
            write(bytes(10_000))
        with pytest.raises(OSError, match="No space left"):
            write(bytes(10_000))
    assert disk.used <= disk.capacity
    files.remove("/sdcard/most")
    assert disk.room > 800_000


def test_the_null_device_takes_all_and_gives_nothing(disk: Disk):
    files = UserFiles(disk, SHELL)
    with files.writing("/dev/null") as write:
        write(bytes(10_000_000))
    assert stat.S_ISCHR(files.stat("/dev/null").mode)


def test_an_installed_apk_can_be_read_and_not_listed(disk: Disk):
    root, shell = UserFiles(disk, ROOT), UserFiles(disk, SHELL)
    root.make_folder("/data/app/x", 0o755)
    root.touch("/data/app/x/base.apk")
    root.change_mode("/data/app/x/base.apk", 0o644)
    assert shell.stat("/data/app/x/base.apk").uid == 1000
    with pytest.raises(PermissionError):
        shell.list("/data/app")


def test_who_may_what_by_owner_group_and_rest():
    shell, app = SHELL, app_user(10151)
    assert shell.may(2, uid=0, gid=1015, mode=0o770)  # in the group of the shared storage
    assert not app.may(4, uid=0, gid=1015, mode=0o770)
    assert app.may(7, uid=10151, gid=10151, mode=0o700)
    assert not shell.may(1, uid=10151, gid=10151, mode=0o700)
    assert not app.may(2, uid=10151, gid=10151, mode=0o577)  # the owner's bits count, not the better ones of the rest
    assert ROOT.may(7, uid=10151, gid=10151, mode=0)
