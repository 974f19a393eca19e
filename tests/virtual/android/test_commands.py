"""Command lines, and what the phone answers: output, errors and exit code."""

from __future__ import annotations

import re
import struct

import pytest

from testbed.errors import UsageError
from testbed.virtual.android import Phone, profile, profiles
from testbed.virtual.android.screen import Canvas, draw
from testbed.virtual.android.screen.font import COLUMNS, glyph
from tests.virtual.android.phones import FakeRuntime, Said, ask

LINES = [
    # properties and settings
    ("getprop ro.product.model", Said(0, "Pixel 8\n")),
    ("getprop ro.none", Said(0, "\n")),
    ("getprop ro.none default", Said(0, "default\n")),
    ("getprop | grep 'ro.build.version.sdk'", Said(0, "[ro.build.version.sdk]: [34]\n")),
    ("setprop debug.x 1; getprop debug.x", Said(0, "1\n")),
    (
        "setprop ro.serialno other",
        Said(1, err="Failed to set property 'ro.serialno' to 'other'.\nSee dmesg for error reason.\n"),
    ),
    ("setprop debug.x", Said(1, err='setprop: Needs 2 arguments (see "setprop --help")\n')),
    ("settings get global none", Said(0, "null\n")),
    ("settings put secure x 'a b'; settings get secure x", Said(0, "a b\n")),
    ("settings get --user 0 global wifi_on", Said(0, "1\n")),
    (
        "settings put global x 1; settings delete global x; settings delete global x",
        Said(0, "Deleted 1 rows\nDeleted 0 rows\n"),
    ),
    ("settings list system | head -n 1", Said(0, "font_scale=1.0\n")),
    ("settings get nope x", Said(255, err="Invalid namespace 'nope'\n")),
    ("settings get global", Said(255, err="Bad arguments\n")),
    ("settings nope", Said(255, err="Invalid command: nope\n")),
    (
        "content query --uri content://settings/global --where \"name='wifi_on'\"",
        Said(0, "Row: 0 _id=1, name=wifi_on, value=1\n"),
    ),
    # the machine
    ("whoami", Said(0, "shell\n")),
    ("id -u", Said(0, "2000\n")),
    ("uname", Said(0, "Linux\n")),
    ("getenforce", Said(0, "Enforcing\n")),
    ("date -d @0 +%Y-%m-%d", Said(0, "1970-01-01\n")),
    ("which getprop nope", Said(1, "/system/bin/getprop\n")),
    ("true", Said(0)),
    ("false", Said(1)),
    ("sleep x", Said(1, err="sleep: bad number 'x'\n")),
    ("cmd -l | head -n 2", Said(0, "Currently running services:\n  activity\n")),
    ("cmd nope", Said(20, err="cmd: Can't find service: nope\n")),
    ("dumpsys nope", Said(0, "Can't find service: nope\n")),
    ("ps | wc -l", Said(0, "3\n")),
    ("ps -A -o PID,NAME | grep zygote", Said(0, "893 zygote64\n")),
    ("pidof zygote64", Said(0, "893\n")),
    ("kill 893", Said(1, err="kill: bad pid '893': Operation not permitted\n")),
    ("kill 99999", Said(1, err="kill: bad pid '99999': No such process\n")),
    # the screen
    ("wm size", Said(0, "Physical size: 1080x2400\n")),
    ("wm size 720x1280; wm size", Said(0, "Physical size: 1080x2400\nOverride size: 720x1280\n")),
    ("wm size nope", Said(255, err="Error: bad size nope\n")),
    ("wm density", Said(0, "Physical density: 420\n")),
    (
        "wm density 320; wm density; wm density reset; wm density",
        Said(0, "Physical density: 420\nOverride density: 320\nPhysical density: 420\n"),
    ),
    ("wm nope", Said(255, "Unknown command: nope\n")),
    ("input nope", Said(255, "Unknown command: nope\n")),
    ("input tap 1 2; input text hi; input swipe 1 2 3 4 100; input keyevent 82 KEYCODE_ENTER", Said(0)),
    (
        "input keyevent 26; dumpsys power | grep mWake; input keyevent WAKEUP; dumpsys power | grep mWake",
        Said(0, "  mWakefulness=Asleep\n  mWakefulness=Awake\n"),
    ),
    ("ime list -s", Said(0, "com.android.inputmethod.latin/.LatinIME\n")),
    ("ime set nope/.Nope", Said(255, err="Unknown input method nope/.Nope cannot be selected for user #0\n")),
    # the network
    (
        "cmd connectivity airplane-mode; cmd connectivity airplane-mode enable; cmd connectivity airplane-mode",
        Said(0, "disabled\nenabled\n"),
    ),
    (
        "cmd connectivity airplane-mode enable; settings get global airplane_mode_on; ifconfig wlan0 | grep -c inet",
        Said(1, "1\n0\n"),
    ),
    ("cmd connectivity nope", Said(255, "Unknown command: nope\n")),
    ("ip addr show wlan0 | grep -o 'inet [0-9.]*'", Said(0, "inet 192.0.2.15\n")),
    # files
    ("ls -d /data/local/tmp", Said(0, "/data/local/tmp\n")),
    ("ls /nope", Said(1, err="ls: /nope: No such file or directory\n")),
    ("ls /data", Said(1, err="ls: /data: Permission denied\n")),
    ("ls -Q", Said(1, err="ls: Unknown option 'Q' (see \"ls --help\")\n")),
    ("cat /nope", Said(1, err="cat: /nope: No such file or directory\n")),
    ("cat /sdcard", Said(1, err="cat: /sdcard: Is a directory\n")),
    ("mkdir /sdcard/a /sdcard/a", Said(1, err="mkdir: '/sdcard/a': File exists\n")),
    ("mkdir -p /sdcard/a/b/c && ls -R /sdcard/a", Said(0, "/sdcard/a:\nb\n\n/sdcard/a/b:\nc\n\n/sdcard/a/b/c:\n")),
    ("mkdir -m x /sdcard/a", Said(1, err="mkdir: bad mode 'x'\n")),
    ("find /sdcard/ -maxdepth x", Said(1, err="find: bad number 'x'\n")),
    ("mkdir /system/a", Said(1, err="mkdir: '/system/a': Read-only file system\n")),
    ("mkdir /data/a", Said(1, err="mkdir: '/data/a': Permission denied\n")),
    ("rm /nope", Said(1, err="rm: /nope: No such file or directory\n")),
    ("rm -f /nope", Said(0)),
    ("rm", Said(1, err='rm: Needs 1 argument (see "rm --help")\n')),
    ("mkdir /sdcard/a; rm /sdcard/a", Said(1, err="rm: /sdcard/a: Is a directory\n")),
    ("mkdir -p /sdcard/a/b; rm -r /sdcard/a; ls /sdcard/a", Said(1, err="ls: /sdcard/a: No such file or directory\n")),
    ("rm -r /system/bin", Said(1, err="rm: /system/bin: Read-only file system\n")),
    (
        "echo x > /sdcard/a; cp /sdcard/a /sdcard/b; mv /sdcard/b /sdcard/Download; cat /sdcard/Download/b",
        Said(0, "x\n"),
    ),
    ("cp /nope /sdcard/b", Said(1, err="cp: bad '/nope': No such file or directory\n")),
    ("mv /nope /sdcard/b", Said(1, err="mv: bad '/nope': No such file or directory\n")),
    (
        "echo x > /data/local/tmp/a; chmod 755 /data/local/tmp/a; stat -c '%a %U %s %F' /data/local/tmp/a",
        Said(0, "755 shell 2 regular file\n"),
    ),
    (
        "touch /data/local/tmp/a; chmod u=rw,go-rwx /data/local/tmp/a; stat -c %A /data/local/tmp/a",
        Said(0, "-rw-------\n"),
    ),
    (
        "cd /sdcard; touch x; ln -s x l; ls -l l | grep -o 'l -> x'; readlink l; realpath l",
        Said(0, "l -> x\nx\n/storage/emulated/0/x\n"),
    ),
    ("cd /data/local/tmp; ln -s loop loop; cat loop", Said(1, err="cat: loop: Too many levels of symbolic links\n")),
    ("find /sdcard/ -name 'D*' -type d", Said(0, "/sdcard/DCIM\n/sdcard/Download\n")),
    ("basename /a/b.txt .txt; dirname /a/b.txt", Said(0, "b\n/a\n")),
    ("df /data | wc -l", Said(0, "3\n")),
    # text
    ("printf 'b\\na\\nb\\n' | sort -u", Said(0, "a\nb\n")),
    ("printf '10\\n9\\n' | sort -n; printf '1\\n2\\n' | sort -r", Said(0, "9\n10\n2\n1\n")),
    ("printf 'a\\na\\nb\\n' | uniq -c", Said(0, "      2 a\n      1 b\n")),
    (
        "printf '1\\n2\\n3\\n' | tail -n 2; printf '1\\n2\\n3\\n' | tail -n +3; printf '123' | head -c 2",
        Said(0, "2\n3\n3\n12"),
    ),
    ("printf 'a b\\nc' | wc", Said(0, "1 3 5\n")),
    ("echo a:b:c | cut -d : -f 2-; echo abc | cut -c 2", Said(0, "b:c\nb\n")),
    ("echo abc | tr a-b x; echo abc | tr -d b", Said(0, "xxc\nac\n")),
    ("echo a | tee /sdcard/t; cat /sdcard/t", Said(0, "a\na\n")),
    ("echo hi | base64; echo aGkK | base64 -d", Said(0, "aGkK\nhi\n")),
    ("printf 'one\\ntwo\\n' | grep -n t; printf 'one\\n' | grep -q two", Said(1, "2:two\n")),
    ("printf 'Ab\\nc\\n' | grep -ci a; printf 'a+b\\n' | grep -F a+", Said(0, "1\na+b\n")),
    ("printf 'ab\\n' | grep -E 'a|x'; printf 'a\\nb\\n' | grep -v a", Said(0, "ab\nb\n")),
    ("grep x /nope", Said(2, err="grep: /nope: No such file or directory\n")),
    ("grep '['", Said(2)),
    ("echo -n | sha256sum | cut -c 1-8", Said(0, "e3b0c442\n")),
    ("printf '%s-%03d %%\\n' a 7 b 8", Said(0, "a-007 %\nb-008 %\n")),
    ("[ 1 -lt 2 -a x != y ]; echo $?; test -z ''; echo $?; [ a", Said(2, "0\n0\n", "[: missing ]\n")),
    ("echo done | xargs -I X echo [X]", Said(0, "[done]\n")),
    ("timeout 0.01 sleep 60", Said(124)),
    ("toybox nope", Said(127, err="toybox: Unknown command nope\n")),
    # what it has not, and says so
    (
        "app_process / a.B",
        Said(
            1,
            err="Error: this virtual phone runs no dex code: app_process, and servers that are started by it, need a "
            "real phone or an emulator\n",
        ),
    ),
    ("screenrecord /sdcard/x.mp4", Said(1, err="ERROR: unable to create video encoder: this virtual phone has none\n")),
    ("svc nope", Said(1)),
]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line for line, _ in LINES])
async def test_a_command(phone: Phone, line: str, expected: Said):
    said = await ask(phone, line)
    if expected.code and not expected.err:
        assert (said.code, said.out) == (expected.code, expected.out)
    else:
        assert said == expected


async def test_every_command_survives_arguments_that_it_does_not_know(phone: Phone):
    from testbed.virtual.android.commands import COMMANDS

    blind = {"[", "[[", "echo", "true", "false", "nohup", "time", "env", "whoami", "groups", "toybox", "printf"}
    blind |= {"getenforce", "hostname", "nproc", "reboot", "start", "stop", "setenforce", "dumpsys", "app_process"}
    blind |= {"app_process64", "uiautomator", "screenrecord", "ifconfig", "pkill", "am", "test", "log"}
    for name in sorted(set(COMMANDS) - blind):
        said = await ask(phone, f"{name} --surely-unknown; echo $?")
        assert said.out.splitlines()[-1] != "0", f"{name} takes what it does not know for nothing"


@pytest.mark.parametrize("name", profiles())
async def test_each_profile_is_a_phone_of_its_own(name: str):
    async with Phone(name) as phone:
        wanted = profile(name)
        properties = (await ask(phone, "getprop")).out
        for value in (wanted.model, wanted.fingerprint, wanted.security_patch, str(wanted.api), phone.serial):
            assert f"[{value}]" in properties
        assert f"{wanted.width}x{wanted.height}" in (await ask(phone, "wm size")).out
        assert phone.banner["ro.product.model"] == wanted.model
        assert phone.surroundings.api == wanted.api == int(name.partition("api")[2])
        assert re.fullmatch(r"[\w-]+/\w+/\w+:\d+/[\w.]+/\w+:user/release-keys", wanted.fingerprint)


def test_a_profile_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(UsageError, match=r"no virtual phone 'nope'(.|\n)*pixel-8-api34"):
        profile("nope")


def pixels(png: bytes) -> tuple[int, int]:
    return struct.unpack(">2I", png[16:24])


async def test_the_picture_shows_the_app_and_what_it_says(ready: Phone, runtime: FakeRuntime):
    home = draw(ready.profile, "", {}).png()
    await ask(ready, "am start -n dev.testbed.app/.MainActivity")
    before = draw(ready.profile, "Harness", runtime.app.state).png()
    runtime.app.said["last calls"] = "track Order Completed\nidentify u1"
    after = draw(ready.profile, "Harness", runtime.app.state).png()
    assert len({home, before, after}) == 3
    assert pixels(after) == (1080, 2400)
    assert (await ask(ready, "screencap -p /sdcard/x.png; stat -c %s /sdcard/x.png")).out.strip().isdigit()
    assert (await ask(ready, "screencap --nope")).code == 1


def test_letters_are_where_they_should_be():
    """ "T" has a bar on top and a stem."""
    canvas = Canvas(COLUMNS, 7, [(0, 0, 0), (255, 255, 255)])
    canvas.text(0, 0, "T", 1, scale=1)
    rows = canvas.raw()[16:]
    shown = [["#" if rows[(y * COLUMNS + x) * 4] else "." for x in range(COLUMNS)] for y in range(7)]
    assert ["".join(row) for row in shown] == ["#####"] + ["..#.."] * 6
    assert glyph("~") == bytes.fromhex("0804081008")
    assert glyph("é") == glyph("?")
