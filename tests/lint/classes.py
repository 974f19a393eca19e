"""Class files by hand: what javac would make of the shortest class that says it. The Java Virtual Machine
Specification, chapter 4."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from testbed.lint.classfile import MAGIC
from tests.plugin.rawzip import Raw, build

FACTORY = "com/segment/analytics/integrations/Integration$Factory"
PLUGIN = "com/segment/analytics/kotlin/core/platform/DestinationPlugin"


def class_file(
    name: str,
    *,
    extends: str = "java/lang/Object",
    implements: Sequence[str] = (),
    static: Mapping[str, str] | None = None,
    texts: Sequence[str] = (),
) -> bytes:
    """`static`: static fields, each with its descriptor."""
    pool: list[bytes] = []

    def add(constant: bytes) -> int:
        pool.append(constant)
        return len(pool)

    def utf8(text: str) -> int:
        data = text.encode()
        return add(struct.pack(">BH", 1, len(data)) + data)

    def pointer(tag: int, text: str) -> int:
        return add(struct.pack(">BH", tag, utf8(text)))

    own, parent = pointer(7, name), pointer(7, extends)
    interfaces = [pointer(7, each) for each in implements]
    fields = [(utf8(each), utf8(kind)) for each, kind in (static or {}).items()]
    for text in texts:
        pointer(8, text)
    add(struct.pack(">BQ", 5, 1))  # a long, which takes two places
    body = struct.pack(">3H", 0x21, own, parent)
    body += struct.pack(f">{1 + len(interfaces)}H", len(interfaces), *interfaces)
    body += struct.pack(">H", len(fields))
    for field, kind in fields:
        body += struct.pack(">4H", 0x19, field, kind, 1) + struct.pack(">HI", own, 2) + b"\0\0"
    return MAGIC + struct.pack(">3H", 0, 55, len(pool) + 2) + b"".join(pool) + body + b"\0" * 4


def jar(*classes: bytes, **others: bytes) -> bytes:
    """A JAR of classes, named by their number, which nobody asks for."""
    named = [Raw(name=b"c%d.class" % number, content=content) for number, content in enumerate(classes)]
    return build([*named, *(Raw(name=name.encode(), content=content) for name, content in others.items())])
