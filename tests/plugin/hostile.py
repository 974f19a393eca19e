"""Hostile zips, each a plugin that would run but for the one thing that is wrong with it."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.plugin.rawzip import DESCRIBED, STORED, UTF8, Raw, build, deflate, descriptor, field

ACME = Path(__file__).parents[2] / "examples" / "acme"
MANIFEST = (ACME / "plugin.toml").read_bytes().partition(b"\n[targets.android-java]")[0]
"""Of its targets, the web's: it needs no library."""
FILES = {
    "plugin.toml": MANIFEST,
    **{name: (ACME / name).read_bytes() for name in ("web/acme.js", "scenarios/track.yaml")},
}
PLUGIN = tuple(Raw(name=name.encode(), content=content) for name, content in FILES.items())
ORDINARY = build(PLUGIN)
FIRST = PLUGIN[0]

BUNDLE = FILES["web/acme.js"]
ESCAPES = b"../../../../../../tmp/escaped"


class Hostile(msgspec.Struct, frozen=True):
    """`says` is what the message must hold: it tells this fault from any other."""

    what: str
    make: Callable[[], bytes]
    says: str


def plus(*extra: Raw) -> Callable[[], bytes]:
    """The plugin with further entries."""
    return lambda: build([*PLUGIN, *extra])


def named(name: bytes, flags: int = 0) -> Callable[[], bytes]:
    return plus(Raw(name=name, flags=flags))


def first(**changes: Any) -> Callable[[], bytes]:
    """The plugin with its first entry changed."""
    return lambda: build([msgspec.structs.replace(FIRST, **changes), *PLUGIN[1:]])


def mode(kind: int, name: bytes = b"web/other", content: bytes = b"/etc/passwd") -> Callable[[], bytes]:
    return plus(Raw(name=name, content=content, attributes=(kind | 0o777) << 16))


def dos(attributes: int) -> Callable[[], bytes]:
    return plus(Raw(name=b"web/other", attributes=attributes))


def extra(kind: int, content: bytes) -> Callable[[], bytes]:
    return plus(Raw(name=b"web/other", extra=field(kind, content)))


def nested(content: bytes, name: bytes = b"web/inner.js") -> Callable[[], bytes]:
    return plus(Raw(name=name, content=content, method=STORED))


PHONE = b"""
[targets.phone]
sdk = "android-java"
classpath = ["libs/*.*"]
factory = "acme.Acme"
"""
CLASS = Raw(name=b"acme/Acme.class", content=b"\xca\xfe\xba\xbe")


def library(name: bytes, content: bytes) -> bytes:
    """The plugin with an android target that names a library of this content."""
    told = msgspec.structs.replace(FIRST, content=FIRST.content + PHONE)
    return build([told, *PLUGIN[1:], Raw(name=b"libs/" + name, content=content, method=STORED)])


def jar(*entries: Raw) -> Callable[[], bytes]:
    return lambda: library(b"acme.jar", build([CLASS, *entries]))


def aar(*entries: Raw) -> Callable[[], bytes]:
    return lambda: library(b"acme.aar", build([Raw(name=b"classes.jar", content=build([CLASS])), *entries]))


def many_libraries() -> bytes:
    """Each within its limits, as it is packed and as it inflates; all of them together are not."""
    told = msgspec.structs.replace(FIRST, content=FIRST.content + PHONE)
    blanks = build([Raw(name=b"%d" % n, content=os.urandom(64 << 10) + bytes(12 << 20), flags=0) for n in range(4)])
    jars = [Raw(name=b"libs/%d.jar" % n, content=blanks, method=STORED) for n in range(4)]
    return build([told, *PLUGIN[1:], *jars])


def quoted_overlap() -> bytes:
    """D. Fifield's bomb: each content begins with the header of the next entry, quoted as a stored block of deflate."""
    kernel = deflate(bytes(1 << 20))
    names = [f"web/{number:03}".encode() for number in range(100)]
    size, crc = 1 << 20, zlib.crc32(bytes(1 << 20))
    parts: list[bytes] = []
    entries: list[tuple[bytes, int, int, int, int]] = []
    content = kernel
    for name in reversed(names):
        header = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(content), size, len(name), 0) + name
        parts.insert(0, header)
        entries.insert(0, (name, crc, len(content), size, len(header)))
        quote = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        content = quote + header + content
        size, crc = size + len(header), zlib.crc32(header)  # the CRC does not matter: the overlap is seen before
        parts.insert(0, quote)
    body, directory = b"".join(parts[1:]) + kernel, b""
    at = 0
    for name, crc, packed, size, length in entries:
        numbers = (0x314, 20, 0, 8, 0, 33, crc, packed, size, len(name), 0, 0, 0, 0, 0, at)
        directory += struct.pack("<4s6H3I5H2I", b"PK\1\2", *numbers) + name
        at += length + 5
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(names), len(names), len(directory), len(body), 0)
    return body + directory + end


def overlapping() -> bytes:
    """Two entries of one name length in the directory, one in the body."""
    shared = Raw(name=b"web/a", content=BUNDLE)
    return build([shared, msgspec.structs.replace(shared, offset=0), *PLUGIN])


def many_blanks() -> bytes:
    """Each file is within its limits; together they are not."""
    return build([*PLUGIN, *(Raw(name=b"web/%d" % number, content=bytes(1 << 20)) for number in range(60))])


def late_flaw() -> bytes:
    """As much as may be, and what is wrong with it stands at the very end."""
    noise = [os.urandom(64 << 10) for _ in range(4)]
    large = [Raw(name=b"web/%d" % n, content=b"".join((noise[n % 4], bytes(192 << 10)) * 60)) for n in range(3)]
    return build([*PLUGIN, *large, Raw(name=b"web/last", content=b"x", crc=1)])


def long_file(size: int) -> Callable[[], bytes]:
    return lambda: build([*PLUGIN, Raw(name=b"web/long", content=bytes(size))])


def lying(content: bytes, size: int) -> Callable[[], bytes]:
    return plus(Raw(name=b"web/lies", content=content, size=size))


def tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../evil"))
    return stream.getvalue()


def endless_name() -> bytes:
    data = bytearray(ORDINARY)
    struct.pack_into("<H", data, data.rindex(b"PK\1\2") + 28, 60_000)
    return bytes(data)


def zip64_sized() -> bytes:
    """The sizes stand in a field, where this size says so and another reader looks."""
    sizes = field(1, struct.pack("<2Q", 1, len(deflate(b"x"))))
    return build([*PLUGIN, Raw(name=b"web/64", extra=sizes, size=0xFFFFFFFF, packed=0xFFFFFFFF)])


def zip64_end() -> bytes:
    end = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 46, 0)
    whole = build(PLUGIN)
    at = whole.rindex(b"PK\5\6")
    return whole[:at] + end + struct.pack("<4sIQI", b"PK\6\7", 0, at, 1) + whole[at:]


NAMES = (
    Hostile("parent folder", named(ESCAPES), "holds '..'"),
    Hostile("parent folder within", named(b"web/../../evil"), "holds '..'"),
    Hostile("absolute", named(b"/tmp/escaped"), "is absolute"),
    Hostile("network share", named(b"//host/share/evil"), "is absolute"),
    Hostile("network share, backslashes", named(b"\\\\host\\share\\evil"), "backslash"),
    Hostile("drive", named(b"C:/evil"), "holds one of"),
    Hostile("drive, relative", named(b"C:evil"), "holds one of"),
    Hostile("backslashes", named(b"..\\evil"), "backslash"),
    Hostile("stream of a file", named(b"web/acme.js::$DATA"), "holds one of"),
    Hostile("NUL in a name", named(b"web/a\0.js"), "control"),
    Hostile("NUL first", named(b"\0"), "control"),
    Hostile("terminal escape", named(b"web/\x1b]0;x\x07"), "control"),
    Hostile("line break", named(b"web/a\nb"), "control"),
    Hostile("text direction", named("web/a\u202esj.exe".encode(), flags=UTF8), "invisible"),
    Hostile("no width", named("web/a\u200b.js".encode(), flags=UTF8), "invisible"),
    Hostile("odd space", named("web/acme.js\u00a0".encode(), flags=UTF8), "invisible"),
    Hostile("empty name", named(b""), "is empty"),
    Hostile("root", named(b"/"), "is empty"),
    Hostile("empty folder name", named(b"web//a"), "empty folder name"),
    Hostile("this folder", named(b"./web/a"), "holds '.'"),
    Hostile("trailing dot", named(b"web./a"), "ends in a dot or space"),
    Hostile("trailing space", named(b"web/a.js "), "ends in a dot or space"),
    Hostile("device of Windows", named(b"web/NUL.js"), "a device on Windows"),
    Hostile("device of Windows, port", named("web/com\u00b9".encode(), flags=UTF8), "a device on Windows"),
    Hostile("device of Windows, spaces", named(b"web/aux .txt"), "a device on Windows"),
    Hostile("long name", named(b"x" * 241), "longer than"),
    Hostile("longest name", named(b"x" * 0xFFFF), "longer than"),
    Hostile("deep", named(b"d/" * 16 + b"a"), "deeper than"),
    Hostile("no UTF-8", named(b"web/\xff", flags=UTF8), "no UTF-8"),
    Hostile("overlong UTF-8", named(b"web/\xc0\xae\xc0\xae", flags=UTF8), "no UTF-8"),
    Hostile("unmarked UTF-8", named("web/ä".encode()), "not marked as UTF-8"),
)
DUPLICATES = (
    Hostile("twice", plus(Raw(name=b"plugin.toml", content=b"name = 'Other'")), "are one file"),
    Hostile("other case", named(b"PLUGIN.toml"), "are one file"),
    Hostile(
        "other Unicode form",
        plus(Raw(name="web/é".encode(), flags=UTF8), Raw(name="web/e\u0301".encode(), flags=UTF8)),
        "are one file",
    ),
    Hostile("folded case", plus(Raw(name="web/ß".encode(), flags=UTF8), Raw(name=b"web/SS")), "are one file"),
    Hostile("file and folder", named(b"plugin.toml/evil"), "is both a file and the folder"),
    Hostile("folder over file", plus(Raw(name=b"plugin.toml/", content=b"", method=STORED)), "are one file"),
)
KINDS = (
    Hostile("symbolic link", mode(stat.S_IFLNK), "is a symbolic link"),
    Hostile("link over a folder", mode(stat.S_IFLNK, b"web2", ESCAPES), "is a symbolic link"),
    Hostile("link named as a folder", mode(stat.S_IFLNK, b"web2/", b"/etc"), "is a symbolic link"),
    Hostile("character device", mode(stat.S_IFCHR), "is a device"),
    Hostile("block device", mode(stat.S_IFBLK), "is a device"),
    Hostile("pipe", mode(stat.S_IFIFO), "is a pipe"),
    Hostile("socket", mode(stat.S_IFSOCK), "is a socket"),
    Hostile("folder named as a file", mode(stat.S_IFDIR), "is a folder named as a file"),
    Hostile("folder with content", named(b"web/evil/"), "is a folder with content"),
    Hostile("folder with hidden content", plus(Raw(name=b"evil/", size=0, own={"size": 0})), "inflates beyond the 0"),
    Hostile("link of Windows", dos(0x400), "not a plain file"),
    Hostile("volume label", dos(0x8), "not a plain file"),
    Hostile("folder of DOS named as a file", dos(0x10), "is a folder named as a file"),
    Hostile("hard link of PKWARE", extra(0xD, bytes(12) + b"/etc/passwd"), "is a link or a device"),
    Hostile("link of ASi", extra(0x756E, struct.pack("<IHI2H", 0, 0o120777, 4, 0, 0) + b"/etc"), "is a link or a"),
    Hostile("device of ASi", extra(0x756E, struct.pack("<IHI2H", 0, 0o020666, 0, 0, 0)), "is a link or a device"),
)
METHODS = (
    Hostile("encrypted", first(flags=0x1), "'plugin.toml' is encrypted"),
    Hostile("strongly encrypted", first(flags=0x41), "is encrypted"),
    Hostile("masked headers", first(flags=0x2000), "is encrypted"),
    Hostile("patched data", first(flags=0x20), "flags 0x20"),
    Hostile("AES", first(method=99), "compression method 99"),
    Hostile("deflate64", first(method=9), "compression method 9"),
    Hostile("bzip2", first(method=12), "compression method 12"),
    Hostile("lzma", first(method=14), "compression method 14"),
    Hostile("zstd", first(method=93), "compression method 93"),
    Hostile("newer format", first(needs=64), "needs version 6.4"),
    Hostile("unknown method", first(method=0xFFFF), "compression method 65535"),
)
HEADERS = (
    Hostile("other name in its own header", first(own={"name": b"plugin.tomI"}), "has another name, 'plugin.tomI'"),
    Hostile("longer name in its own header", first(own={"name": ESCAPES}), "has another name"),
    Hostile("other method in its own header", first(own={"method": STORED}), "compression method 0 in its own header"),
    Hostile("other size in its own header", first(own={"size": 7}), "size 7 in its own header"),
    Hostile("other packed size in its own header", first(own={"packed": 7}), "packed size 7 in its own header"),
    Hostile("other CRC in its own header", first(own={"crc": 7}), "CRC 7 in its own header"),
    Hostile("sizes left out of its own header", first(own={"size": 0, "packed": 0}), "packed size 0 in its own header"),
    Hostile("other flags in its own header", first(own={"flags": 0x1}), "flags 1 in its own header"),
    Hostile("no header", first(offset=3), "no header where the directory says"),
    Hostile("header beyond the end", first(offset=0xFFFFFFF0), "no header where the directory says"),
    Hostile(
        "another name in a Unicode field", extra(0x7075, b"\1" + bytes(4) + ESCAPES), "another name in its Unicode"
    ),
    Hostile(
        "another name in a Unicode field with the right CRC",
        extra(0x7075, b"\1" + zlib.crc32(b"web/other").to_bytes(4, "little") + ESCAPES),
        "another name in its Unicode field",
    ),
    Hostile("extra field of its own header", first(own={"extra": field(0x7075, b"\1\0\0\0\0evil")}), "another name in"),
    Hostile("broken extra field", first(extra=b"\x75\x70\xff\0"), "broken extra field"),
    Hostile("many extra fields", first(extra=bytes(1028)), "has 1028 bytes of extra fields"),
    Hostile("half an extra field", first(extra=b"\x75"), "broken extra field"),
    Hostile("nothing behind the content", first(flags=DESCRIBED), "behind its content"),
    Hostile(
        "other sizes behind the content",
        first(flags=DESCRIBED, descriptor=descriptor(FIRST.content, packed=1)),
        "other sizes or another CRC behind its content",
    ),
)
LAYOUT = (
    Hostile("entries that share bytes", overlapping, "overlap"),
    Hostile("entries that quote each other", quoted_overlap, "overlap"),
    Hostile("entry that reaches into the next", first(packed=5000, own={"packed": 5000}), "overlap"),
    Hostile(
        "entry that reaches into the directory",
        plus(Raw(name=b"web/last", packed=50, own={"packed": 50})),
        "overlaps with the directory",
    ),
    Hostile("name that reaches out of the directory", endless_name, "a name or field is cut short"),
    Hostile("data before", lambda: build(PLUGIN, before=b"#!/bin/sh\n"), "10 bytes before its first entry"),
    Hostile("data before, unaccounted", lambda: b"MZ" + ORDINARY, "directory does not lie where"),
    Hostile("data between", first(gap=b"hidden"), "6 bytes between 'plugin.toml' and 'web/acme.js'"),
    Hostile("data before the directory", lambda: build(PLUGIN, middle=b"hidden"), "6 bytes before its directory"),
    Hostile("data after", lambda: build(PLUGIN, after=b"hidden"), "does not end where its end record says"),
    Hostile("two archives", lambda: ORDINARY + build(PLUGIN), "directory does not lie where"),
    Hostile("an archive in the comment", lambda: build(PLUGIN, comment=ORDINARY), "directory does not lie where"),
    Hostile("entry that only a forward reader sees", plus(Raw(name=ESCAPES, hidden=True)), "before its directory"),
    Hostile("ZIP64 sizes", zip64_sized, "ZIP64"),
    Hostile("ZIP64 field that says other", extra(1, struct.pack("<Q", 1 << 40)), "ZIP64"),
    Hostile("ZIP64 end", zip64_end, "ZIP64"),
    Hostile("ZIP64 count", lambda: build(PLUGIN, here=0xFFFF, count=0xFFFF), "ZIP64"),
    Hostile("one of several parts", lambda: build(PLUGIN, disk=1), "one of several parts"),
    Hostile("entry in another part", first(disk=1), "in another part"),
    Hostile("fewer entries than counted", lambda: build(PLUGIN, here=9, count=9), "entry 4 of 9 is missing"),
    Hostile("more entries than counted", lambda: build(PLUGIN, here=2, count=2), "more than its 2 entries"),
    Hostile("directory elsewhere", lambda: build(PLUGIN, shift=1), "directory does not lie where"),
    Hostile("cut short", lambda: ORDINARY[:-30], "no end record"),
    Hostile("no zip", lambda: b"<html>", "no end record"),
    Hostile("nothing", lambda: b"", "no end record"),
)
CONTENT = (
    Hostile("other CRC", first(crc=7, own={"crc": 7}), "its CRC is another"),
    Hostile("broken deflate", first(packed_content=b"\xff" * 20), "'plugin.toml' is damaged"),
    Hostile("deflate cut short", first(packed_content=deflate(FIRST.content)[:-4]), "is cut short"),
    Hostile("data behind the content", first(packed_content=deflate(FIRST.content) + b"evil"), "behind its content"),
    Hostile("stored with other sizes", first(method=STORED, size=3, own={"size": 3}), "is stored, and has"),
    Hostile("more than it says", lying(BUNDLE * 3, 5), "inflates beyond the 5 bytes"),
    Hostile("far more than it says", lying(bytes(60 << 20), 5), "inflates beyond the 5 bytes"),
    Hostile("less than it says", lying(b"x" * 50, 60), "has 50 bytes, and says it has 60"),
    Hostile("says too much", lying(b"x", 17 << 20), "has 17825792 bytes; at most"),
    Hostile("long file", long_file(17 << 20), "has 17825792 bytes; at most"),
    Hostile("high ratio", long_file(8 << 20), "more than 200 times its size"),
    Hostile("long in all", many_blanks, "at most 50331648 are read"),
    Hostile("long in all, and damaged at the end", late_flaw, "'web/last' is damaged"),
    Hostile("many entries", plus(*(Raw(name=b"web/%d" % number) for number in range(2000))), "has 2003 entries"),
    Hostile("long zip", lambda: ORDINARY + bytes(33 << 20), "at most 33554432 are read"),
    Hostile("zip in the zip", nested(ORDINARY), "'web/inner.js' is an archive itself (zip)"),
    Hostile("zip behind a script", nested(b"//" + ORDINARY), "(zip)"),
    Hostile("gzip", nested(gzip.compress(bytes(9 << 20))), "(gzip)"),
    Hostile("tar", nested(tar()), "(tar)"),
    Hostile("bzip2 in the zip", nested(b"BZh91AY&SY"), "(bzip2)"),
    Hostile("xz", nested(b"\xfd7zXZ\0"), "(xz)"),
    Hostile("7z", nested(b"7z\xbc\xaf\x27\x1c"), "(7z)"),
    Hostile("rar", nested(b"Rar!\x1a\x07\1\0"), "(rar)"),
    Hostile("zstd in the zip", nested(b"\x28\xb5\x2f\xfd"), "(zstd)"),
)
IN_LIBRARIES = (
    Hostile("jar that no target names", nested(build([CLASS]), b"libs/acme.jar"), "is an archive itself (zip)"),
    Hostile("gzip named as a jar", lambda: library(b"acme.jar", gzip.compress(b"x")), "is an archive itself (gzip)"),
    Hostile("broken jar", lambda: library(b"acme.jar", build([CLASS], here=2, count=2)), "entry 2 of 2 is missing"),
    Hostile("parent folder in a jar", jar(Raw(name=ESCAPES)), "in 'libs/acme.jar': entry '../.."),
    Hostile("absolute in a jar", jar(Raw(name=b"/tmp/escaped")), "is absolute"),
    Hostile("link in a jar", jar(Raw(name=b"l", attributes=(stat.S_IFLNK | 0o777) << 16)), "is a symbolic link"),
    Hostile("encrypted in a jar", jar(Raw(name=b"e", flags=0x1)), "is encrypted"),
    Hostile("twice in a jar", jar(CLASS), "'acme/Acme.class' is there twice"),
    Hostile("data before a jar", lambda: library(b"a.jar", build([CLASS], before=b"#!")), "2 bytes before its first"),
    Hostile("lies in a jar", jar(Raw(name=b"l", content=BUNDLE * 3, size=5)), "inflates beyond the 5 bytes"),
    Hostile("high ratio in a jar", jar(Raw(name=b"b", content=bytes(8 << 20))), "more than 200 times its size"),
    Hostile("long file in a jar", jar(Raw(name=b"b", content=bytes(17 << 20))), "has 17825792 bytes; at most"),
    Hostile("jar in a jar", jar(Raw(name=b"inner.jar", content=build([CLASS]))), "'inner.jar' is an archive itself"),
    Hostile("zip in a jar", jar(Raw(name=b"res/x.png", content=ORDINARY)), "'res/x.png' is an archive itself"),
    Hostile("AAR in an AAR", aar(Raw(name=b"libs/a.aar", content=ORDINARY)), "'libs/a.aar' is an archive itself"),
    Hostile("asset of an AAR", aar(Raw(name=b"assets/a.jar", content=ORDINARY)), "'assets/a.jar' is an archive"),
    Hostile(
        "jar in a jar of an AAR",
        aar(Raw(name=b"libs/a.jar", content=build([Raw(name=b"b.jar", content=build([CLASS]))]))),
        "in 'libs/acme.aar': in 'libs/a.jar': entry 'b.jar' is an archive itself",
    ),
    Hostile(
        "parent folder in a jar of an AAR",
        aar(Raw(name=b"libs/a.jar", content=build([Raw(name=b"../evil")]))),
        "in 'libs/acme.aar': in 'libs/a.jar': entry '../evil' holds '..'",
    ),
    Hostile("libraries, long in all", many_libraries, "inflate to more than 167772160 bytes together"),
)
HOSTILE = (*NAMES, *DUPLICATES, *KINDS, *METHODS, *HEADERS, *LAYOUT, *CONTENT, *IN_LIBRARIES)
