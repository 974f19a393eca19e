"""Installing, updating and removing real APKs, and each way in which Android refuses one."""

from __future__ import annotations

import dataclasses
import io
import re
import struct
import zipfile
from collections.abc import AsyncIterator, Callable

import pytest

from testbed.virtual.android import Phone
from tests.virtual.android.apks import App, Maker, dex
from tests.virtual.android.phones import FakeRuntime, Said, Terminal, ask, install

PACKAGE = "dev.testbed.app"


async def test_an_apk_is_installed_listed_and_removed(phone: Phone, apk: Maker):
    assert await install(phone, apk()) == Said(0, out="Success\n")
    assert (await ask(phone, "pm list packages -3")).out == f"package:{PACKAGE}\n"
    path = (await ask(phone, f"pm path {PACKAGE}")).out
    assert re.fullmatch(rf"package:/data/app/~~[\w-]+==/{PACKAGE}-[\w-]+==/base\.apk\n", path)
    bundle = phone.packages.bundle(phone.packages.installed[PACKAGE])
    assert bundle.file.read_bytes() == apk()
    assert bundle.data.is_dir()
    assert await ask(phone, f"pm uninstall {PACKAGE}") == Said(0, out="Success\n")
    assert (await ask(phone, "cmd package list packages -3")).out == ""
    assert await ask(phone, f"pm path {PACKAGE}") == Said(1)
    assert not bundle.file.exists()
    assert not bundle.data.exists()


async def test_a_pushed_apk_is_installed_from_its_path(phone: Phone, apk: Maker):
    async def pieces() -> AsyncIterator[bytes]:
        yield apk()

    await phone.files.write("/data/local/tmp/unknown.apk", pieces(), mode=0o644, mtime=lambda: 0)
    assert await ask(phone, "pm install -r -t /data/local/tmp/unknown.apk") == Said(0, out="Success\n")
    assert await ask(phone, "ls /data/local/tmp") == Said(0, out="unknown.apk\n")


async def test_an_apk_is_installed_by_a_session(phone: Phone, apk: Maker):
    created = (await ask(phone, "pm install-create -r -t")).out
    assert re.fullmatch(r"Success: created install session \[\d+\]\n", created)
    number = created.partition("[")[2].partition("]")[0]
    wrote = await ask(phone, f"pm install-write -S {len(apk())} {number} base.apk -", apk())
    assert wrote == Said(0, out=f"Success: streamed {len(apk())} bytes\n")
    assert await ask(phone, f"pm install-commit {number}") == Said(0, out="Success\n")
    gone = await ask(phone, f"pm install-commit {number}")
    assert (gone.code, "no access to session" in gone.err) == (255, True)


async def test_an_update_keeps_what_is_stored(ready: Phone, apk: Maker):
    await ask(ready, f"run-as {PACKAGE} sh -c 'echo kept > files.txt'")
    assert (await install(ready, apk(App(version=4)))).out == "Success\n"
    assert (await ask(ready, f"run-as {PACKAGE} cat files.txt")).out == "kept\n"
    assert "versionCode=4 minSdk=21 targetSdk=34" in (await ask(ready, f"dumpsys package {PACKAGE}")).out


async def test_clearing_empties_what_is_stored(ready: Phone):
    await ask(ready, f"run-as {PACKAGE} sh -c 'echo gone > files.txt'")
    assert await ask(ready, f"pm clear {PACKAGE}") == Said(0, out="Success\n")
    assert (await ask(ready, f"run-as {PACKAGE} ls")).out == "cache\ncode_cache\n"
    assert await ask(ready, "pm clear dev.none") == Said(1, err="Failed\n")


async def test_permissions_are_granted_and_shown(ready: Phone):
    assert await ask(ready, f"pm grant {PACKAGE} android.permission.CAMERA") == Said(0)
    dump = (await ask(ready, f"dumpsys package {PACKAGE}")).out
    assert "android.permission.CAMERA: granted=true" in dump
    assert "android.permission.INTERNET: granted=true" in dump
    await ask(ready, f"pm revoke {PACKAGE} android.permission.CAMERA")
    assert "android.permission.CAMERA: granted=false" in (await ask(ready, f"dumpsys package {PACKAGE}")).out
    refused = await ask(ready, f"pm grant {PACKAGE} android.permission.NFC")
    assert (refused.code, "has not requested permission" in refused.err) == (255, True)


def corrupt(at: bytes, *, to: bytes = b"\xff", behind: int = 0) -> Callable[[bytes], bytes]:
    """Changes the byte so far behind the first place where `at` stands."""

    def change(data: bytes) -> bytes:
        place = data.index(at) + behind
        assert data[place : place + len(to)] != to
        return data[:place] + to + data[place + len(to) :]

    return change


def directory(data: bytes) -> int:
    """Where the zip's directory begins."""
    return int(struct.unpack_from("<I", data, data.rindex(b"PK\5\6") + 16)[0])


def in_directory(data: bytes) -> bytes:
    """Changes the time of an entry, which nothing but the signature looks at."""
    at = directory(data) + 12
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def without(name: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for each in source.namelist():
                if each != name:
                    archive.writestr(each, source.read(each))
        return target.getvalue()

    return change


def packed(name: str, content: bytes) -> Callable[[bytes], bytes]:
    """One more entry, or one in place of another, after the signing."""

    def change(data: bytes) -> bytes:
        target = io.BytesIO(without(name)(data))
        with zipfile.ZipFile(target, "a") as archive:
            archive.writestr(name, content)
        return target.getvalue()

    return change


def twice(data: bytes) -> bytes:
    """A second entry of a name that there is (the "master key" hole of Android 4)."""
    target = io.BytesIO(data)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(target, "a") as archive:
        archive.writestr("classes.dex", b"other")
    return target.getvalue()


V3_KEY = struct.pack("<I", 0xF05368C0)


def signer(data: bytes) -> int:
    """Where the signatures of the v3 signer stand: behind what is signed, and the versions that it is for."""
    signed = data.index(V3_KEY) + 4 + 8
    return signed + 4 + int(struct.unpack_from("<I", data, signed)[0]) + 8


def in_signature(data: bytes) -> bytes:
    at = signer(data) + 24
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def in_key(data: bytes) -> bytes:
    signatures = signer(data)
    at = signatures + 4 + int(struct.unpack_from("<I", data, signatures)[0]) + 4 + 80
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def v2_only(data: bytes) -> bytes:
    """Without the v3 signature, which the v2 one says there is."""
    return data.replace(V3_KEY, bytes(4))


@dataclasses.dataclass
class Case:
    why: str
    refused: str
    app: App = dataclasses.field(default_factory=App)
    change: Callable[[bytes], bytes] = lambda data: data


NO_CERTIFICATES = (
    r"INSTALL_PARSE_FAILED_NO_CERTIFICATES: Failed to collect certificates from /data/app/vmdl\d+\.tmp/base\.apk"
)
V3 = " using APK Signature Scheme v3: "

CASES = [
    Case(
        "no zip",
        r"INSTALL_PARSE_FAILED_NOT_APK: Failed to parse /data/app/vmdl\d+\.tmp/base\.apk",
        change=lambda _: b"not a zip" * 99,
    ),
    Case("empty", r"INSTALL_PARSE_FAILED_NOT_APK: .*", change=lambda _: b""),
    Case("cut short", r"INSTALL_PARSE_FAILED_NOT_APK: .*", change=cut),
    Case("a name twice", r"INSTALL_PARSE_FAILED_NOT_APK: .*", change=twice),
    Case("a name that leads out", r"INSTALL_PARSE_FAILED_NOT_APK: .*", change=packed("../../evil", b"x")),
    Case(
        "no manifest",
        r"INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION: Failed to parse .*: AndroidManifest\.xml",
        change=without("AndroidManifest.xml"),
    ),
    Case(
        "a manifest of text",
        r"INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION: .*: Corrupt XML binary file",
        change=packed("AndroidManifest.xml", b"<manifest/>"),
    ),
    Case(
        "a manifest cut short",
        r"INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION: .*",
        change=packed("AndroidManifest.xml", b"\3\0\x08\0\xff\xff\0\0"),
    ),
    Case(
        "unsigned",
        NO_CERTIFICATES + ": No signature found in package of version 2 or newer for package dev.testbed.app",
        app=App(schemes=()),
    ),
    Case(
        "unsigned, of old",
        NO_CERTIFICATES
        + r" using APK Signature Scheme v1: Package .* has no certificates at entry AndroidManifest\.xml",
        app=App(schemes=(), target_sdk=29),
    ),
    Case("signed as of old", NO_CERTIFICATES + ": No signature found .*", app=App(schemes=(1,))),
    Case(
        "an entry changed",
        NO_CERTIFICATES + V3 + "SHA-256 digest of contents did not verify",
        change=corrupt(b"classes.dex", behind=20),
    ),
    Case(
        "the directory changed", NO_CERTIFICATES + V3 + "SHA-256 digest of contents did not verify", change=in_directory
    ),
    Case("an entry added", NO_CERTIFICATES + ": No signature found .*", change=packed("assets/more", b"x")),
    Case("a signature changed", NO_CERTIFICATES + V3 + "signature 0x0201 did not verify", change=in_signature),
    Case(
        "what is signed changed",
        NO_CERTIFICATES + V3 + "signature 0x0201 did not verify",
        change=corrupt(V3_KEY, behind=30, to=b"\1\2\3"),
    ),
    Case("another key", NO_CERTIFICATES + V3 + "signature 0x0201 did not verify", change=in_key),
    Case(
        "the newer scheme taken out",
        NO_CERTIFICATES + " using APK Signature Scheme v2: .* Signature stripped\\?",
        change=v2_only,
    ),
    Case(
        "for a newer Android",
        r"INSTALL_FAILED_OLDER_SDK: Failed parse during installPackageLI: .* \(at Binary XML file line #3\): "
        r"Requires newer sdk version #99 \(current version is #34\)",
        app=App(min_sdk=99, target_sdk=99),
    ),
    Case(
        "a dex with a wrong checksum",
        r"INSTALL_FAILED_INVALID_APK: Failure to verify dex file '.*/base\.apk!classes\.dex': "
        r"Bad checksum \([0-9a-f]{8}, expected [0-9a-f]{8}\)",
        app=App(dex=dex()[:-1] + b"\7"),
    ),
    Case(
        "a dex that is none",
        r"INSTALL_FAILED_INVALID_APK: .*Unrecognized magic number in classes\.dex",
        app=App(dex=bytes(200)),
    ),
    Case(
        "native code of another machine",
        r"INSTALL_FAILED_NO_MATCHING_ABIS: Failed to extract native libraries, res=-113",
        app=App(files={"lib/x86/libx.so": b"x"}),
    ),
    Case(
        "resources that are packed",
        r"INSTALL_PARSE_FAILED_RESOURCES_ARSC_COMPRESSED: .*",
        app=App(packed_resources=True),
    ),
    Case("only for tests", r"INSTALL_FAILED_TEST_ONLY: .*", app=App(more=' android:testOnly="true"')),
]


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
async def test_what_android_refuses(phone: Phone, apk: Maker, case: Case):
    said = await install(phone, case.change(apk(case.app)))
    assert said.code == 1
    assert re.fullmatch(rf"Failure \[{case.refused}\]\n", said.out), said.out
    assert not phone.packages.installed
    assert await ask(phone, "ls /data/local/tmp") == Said(0)
    assert not [*phone.disk.spool.iterdir()], "what is refused leaves something on the disk"


async def test_an_app_for_tests_needs_the_flag(phone: Phone, apk: Maker):
    assert (await install(phone, apk(App(more=' android:testOnly="true"')), "-t")).out == "Success\n"


async def test_both_schemes_hold_and_both_kinds_of_keys(phone: Phone, apk: Maker):
    for schemes in ((2,), (3,), (1, 2, 3)):
        for signer in ("author", "other"):
            app = App(schemes=schemes, signed_by=signer, package=f"dev.{signer}.s{max(schemes)}")
            assert (await install(phone, apk(app))).out == "Success\n", app


async def test_an_old_phone_goes_by_the_scheme_that_it_knows(apk: Maker):
    async with Phone("pixel-5-api30") as phone:
        assert (await install(phone, apk())).out == "Success\n"
        assert "apkSigningVersion=3" in (await ask(phone, f"dumpsys package {PACKAGE}")).out


UPDATES = [
    (
        "another author",
        App(signed_by="other", version=9),
        (),
        "INSTALL_FAILED_UPDATE_INCOMPATIBLE: "
        "Existing package dev.testbed.app signatures do not match newer version; ignoring!",
    ),
    (
        "an older version",
        App(version=2),
        (),
        "INSTALL_FAILED_VERSION_DOWNGRADE: Downgrade detected: Update version code 2 is older than current 3",
    ),
    ("an older version that is allowed", App(version=2), ("-d",), ""),
    (
        "the same, which may not be replaced",
        App(),
        ("-R",),
        "INSTALL_FAILED_ALREADY_EXISTS: Attempt to re-install dev.testbed.app without first uninstalling.",
    ),
    ("the same", App(), ("-r",), ""),
]


@pytest.mark.parametrize(("why", "app", "options", "refused"), UPDATES, ids=[why for why, *_ in UPDATES])
async def test_updates(ready: Phone, apk: Maker, why: str, app: App, options: tuple[str, ...], refused: str):
    said = await install(ready, apk(app), *options)
    assert said == (Said(1, out=f"Failure [{refused}]\n") if refused else Said(0, out="Success\n"))


async def test_an_update_ends_the_app_that_runs(ready: Phone, runtime: FakeRuntime, apk: Maker):
    await ask(ready, f"am start -n {PACKAGE}/.MainActivity")
    await install(ready, apk(App(version=4)))
    assert runtime.app.happened == ["stop"]
    assert await ask(ready, f"pidof {PACKAGE}") == Said(1)


FULL = "Failure [INSTALL_FAILED_INSUFFICIENT_STORAGE: Failed to override installation location]\n"


async def test_a_full_disk(phone: Phone, apk: Maker):
    phone.disk.full = True
    assert await install(phone, apk()) == Said(1, out=FULL)
    assert (await ask(phone, "echo x > /sdcard/x")).code == 1
    phone.disk.full = False
    assert (await install(phone, apk())).out == "Success\n"


async def test_a_disk_that_is_too_small(apk: Maker):
    async with Phone("pixel-8-api34", capacity=4_000) as phone:
        assert await install(phone, apk()) == Said(1, out=FULL)


async def test_a_stream_that_ends_early(phone: Phone, apk: Maker):
    terminal = Terminal(apk()[:-10])
    assert await phone.command(["package", "install", "-S", str(len(apk()))], terminal) == 1
    assert terminal.stdout == b"Failure [INSTALL_FAILED_INVALID_APK: 10 bytes less were sent than were announced]\n"


USAGE = [
    ("pm install --nope", Said(255, err="Error: Unknown option: --nope\n")),
    ("pm install", Said(1, err="Error: must either specify a package size or an APK file\n")),
    ("pm list", Said(255, err="Error: didn't specify type of data to list\n")),
    ("pm list nope", Said(255, err="Error: unknown list type 'nope'\n")),
    ("pm list packages --nope", Said(255, err="Error: Unknown option: --nope\n")),
    ("pm nope", Said(255, out="Unknown command: nope\n")),
    ("pm uninstall dev.none", Said(1, out="Failure [DELETE_FAILED_INTERNAL_ERROR]\n")),
    ("pm uninstall", Said(255, err="Error: package name not specified\n")),
    ("pm path", Said(255, err="Error: no package specified\n")),
    ("pm path android", Said(0, out="package:/system/framework/framework-res.apk\n")),
    ("dumpsys package dev.none", Said(0, out="\nUnable to find package: dev.none\n")),
    ("run-as dev.none ls", Said(1, err="run-as: unknown package: dev.none\n")),
]


@pytest.mark.parametrize(("line", "said"), USAGE, ids=[line for line, _ in USAGE])
async def test_usage(phone: Phone, line: str, said: Said):
    assert await ask(phone, line) == said


async def test_an_apk_that_is_not_there(phone: Phone):
    said = await ask(phone, "pm install /data/local/tmp/none.apk")
    assert said.code == 255
    assert said.err.startswith("Error: Unable to open file: /data/local/tmp/none.apk\n")


async def test_activities_are_resolved(ready: Phone):
    launcher = (await ask(ready, f"cmd package resolve-activity --brief {PACKAGE}")).out
    assert launcher.splitlines()[-1] == f"{PACKAGE}/.MainActivity"
    link = (
        await ask(ready, "cmd package resolve-activity --brief -a android.intent.action.VIEW -d testbed://open/x")
    ).out
    assert link.splitlines()[-1] == f"{PACKAGE}/.MainActivity"
    assert await ask(ready, "cmd package resolve-activity dev.none") == Said(0, out="No activity found\n")


async def test_what_is_not_debuggable_lets_nobody_in(phone: Phone, apk: Maker):
    await install(phone, apk(App(debuggable=False)))
    assert await ask(phone, f"run-as {PACKAGE} ls") == Said(1, err=f"run-as: package not debuggable: {PACKAGE}\n")
