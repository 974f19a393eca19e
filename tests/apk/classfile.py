"""Class files byte by byte (JVM specification, chapter 4): what javac would take long over, or would not make."""

from __future__ import annotations

import struct

PUBLIC, INTERFACE, ABSTRACT = 0x0001, 0x0200, 0x0400


def interface(name: str, methods: int = 0, *, version: int = 61) -> bytes:
    """An interface by its name with slashes, with so many methods without arguments."""
    texts = [name, "java/lang/Object", "()V", *(f"m{number}" for number in range(methods))]
    pool = b"".join(b"\1" + struct.pack(">H", len(text)) + text.encode() for text in texts)
    this, above, kind, first = len(texts) + 1, len(texts) + 2, 3, 4
    pool += b"\7" + struct.pack(">H", 1) + b"\7" + struct.pack(">H", 2)
    head = struct.pack(">IHHH", 0xCAFEBABE, 0, version, len(texts) + 3)
    body = struct.pack(">HHHHHH", PUBLIC | INTERFACE | ABSTRACT, this, above, 0, 0, methods)
    each = b"".join(struct.pack(">HHHH", PUBLIC | ABSTRACT, first + number, kind, 0) for number in range(methods))
    return head + pool + body + each + struct.pack(">H", 0)
