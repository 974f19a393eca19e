"""A Java class file, read and not run: its name, what it extends, its static fields and the texts in it.

Format: The Java Virtual Machine Specification, chapter 4, "The class File Format".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

MAGIC = b"\xca\xfe\xba\xbe"
STATIC = 0x0008

_UTF8, _LONG, _DOUBLE, _CLASS, _STRING = 1, 5, 6, 7, 8
_SIZES = {
    3: 4, 4: 4, _LONG: 8, _DOUBLE: 8, _CLASS: 2, _STRING: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4,
    19: 2, 20: 2,
}  # fmt: skip
"""Bytes of a constant by its tag (4.4, table 4.4-A)."""


class NoClass(ValueError):
    """Bytes that are no class file, and why."""


class ClassFile(msgspec.Struct, frozen=True, kw_only=True):
    """Names are as in the file: `com/acme/Acme$Factory`. `static` holds the static fields by name, with the class of
    their declared type, "" for a primitive or an array."""

    name: str
    extends: tuple[str, ...]
    """The superclass, then the interfaces; `java/lang/Object` is left out."""
    static: dict[str, str]
    texts: tuple[str, ...]
    """What stands in quotes in the source, and the recipes of texts that are put together."""


def read_class(data: bytes) -> ClassFile:
    """Raises NoClass."""
    try:
        return _read(_Reader(data))
    except (struct.error, KeyError, IndexError) as error:
        raise NoClass("it is cut short or broken") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise struct.error
        self.at += size
        return self.data[self.at - size : self.at]

    def u2(self) -> int:
        return int.from_bytes(self.take(2))


def _read(reader: _Reader) -> ClassFile:
    if reader.take(4) != MAGIC:
        raise NoClass("it does not begin as one")
    reader.take(4)  # minor and major version
    utf8, pointers = _constants(reader)

    def name(index: int) -> str:
        return utf8[pointers[index][1]]

    reader.u2()  # access flags
    own, parent = reader.u2(), reader.u2()
    interfaces = [reader.u2() for _ in range(reader.u2())]
    supers = [name(index) for index in ([parent] if parent else []) + interfaces]
    static = dict(_static_fields(reader, utf8))
    return ClassFile(
        name=name(own),
        extends=tuple(each for each in supers if each != "java/lang/Object"),
        static=static,
        texts=tuple(utf8[index] for tag, index in pointers.values() if tag == _STRING),
    )


def _constants(reader: _Reader) -> tuple[dict[int, str], dict[int, tuple[int, int]]]:
    """The texts of the pool by their index; and classes and strings by theirs, with their tag and the text's index."""
    utf8: dict[int, str] = {}
    pointers: dict[int, tuple[int, int]] = {}
    index, count = 1, reader.u2()
    while index < count:
        tag = reader.take(1)[0]
        if tag == _UTF8:
            # "Modified UTF-8" (4.4.7): the same but for NUL and characters beyond the basic plane.
            utf8[index] = reader.take(reader.u2()).decode("utf-8", "replace")
        elif tag in {_CLASS, _STRING}:
            pointers[index] = tag, reader.u2()
        else:
            reader.take(_SIZES[tag])
        index += 2 if tag in {_LONG, _DOUBLE} else 1  # "In retrospect, ... a poor choice." (4.4.5)
    return utf8, pointers


def _static_fields(reader: _Reader, utf8: dict[int, str]) -> Iterator[tuple[str, str]]:
    for _ in range(reader.u2()):
        flags, name, descriptor, attributes = (reader.u2() for _ in range(4))
        for _ in range(attributes):
            reader.u2()
            reader.take(int.from_bytes(reader.take(4)))
        if flags & STATIC:
            said = utf8[descriptor]
            yield utf8[name], said[1:-1] if said.startswith("L") else ""
