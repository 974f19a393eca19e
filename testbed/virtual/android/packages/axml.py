"""Android's binary XML (AOSP: frameworks/base/libs/androidfw/include/androidfw/ResourceTypes.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

import msgspec

from testbed.virtual.android.packages.cursor import Cursor
from testbed.virtual.android.packages.refusal import Malformed

XML, STRINGS, RESOURCES, START, END = 0x0003, 0x0001, 0x0180, 0x0102, 0x0103
NO_STRING = 0xFFFFFFFF
UTF8 = 1 << 8
_REFERENCE, _STRING, _FLOAT, _DECIMAL, _HEX, _BOOLEAN = 0x01, 0x03, 0x04, 0x10, 0x11, 0x12

MAX_DEPTH = 64
MAX_ELEMENTS = 50_000
MAX_STRING = 32_768

Value = str | int | bool | float
"""A reference to a resource is "@0x7f010000"."""


class Element(msgspec.Struct, kw_only=True):
    """`attributes` by name, and those of the android namespace by the number of their resource too, which is what
    counts where a tool has taken the names out."""

    name: str
    attributes: Mapping[str | int, Value] = {}
    children: list[Element] = []
    line: int = 0

    def all(self, name: str) -> Iterator[Element]:
        return (child for child in self.children if child.name == name)


def read_xml(data: bytes) -> Element:
    """The root element. Raises Malformed."""
    cursor = Cursor(data)
    kind, header, size = cursor.u16(), cursor.u16(), cursor.u32()
    if kind != XML or header != 8 or not 8 <= size <= len(data):
        raise Malformed("Corrupt XML binary file")
    chunks = Cursor(cursor.data[8:size])
    strings, numbers = Strings(Cursor(b""), 0, 0, 0), list[int]()
    reader = _Reader()
    while chunks.left:
        kind, body = _chunk(chunks)
        if kind == STRINGS:
            strings = Strings.read(body)
        elif kind == RESOURCES:
            numbers = list(struct.unpack(f"<{(len(body.data) - 8) // 4}I", body.data[8 : len(body.data) // 4 * 4]))
        elif kind == START:
            reader.start(_element(body, strings, numbers))
        elif kind == END:
            reader.end()
    if reader.root is None or reader.open:
        raise Malformed("Corrupt XML binary file")
    return reader.root


class Strings:
    """A pool of strings, each read when it is asked for."""

    def __init__(self, body: Cursor, count: int, start: int, flags: int) -> None:
        self._body = body
        self._count = count
        self._start = start
        self._utf8 = bool(flags & UTF8)

    @classmethod
    def read(cls, body: Cursor) -> Strings:
        body.take(8)
        count, _, flags, start, _ = (body.u32() for _ in range(5))
        if 28 + 4 * count > len(body.data) or start > len(body.data):
            raise Malformed("a pool of strings is cut short")
        return cls(body, count, start, flags)

    def __getitem__(self, index: int) -> str:
        if index == NO_STRING:
            return ""
        if index >= self._count:
            raise Malformed(f"there is no string {index}")
        (offset,) = struct.unpack_from("<I", self._body.data, 28 + 4 * index)
        if self._start + offset > len(self._body.data):
            raise Malformed("a string lies outside of its pool")
        text = Cursor(self._body.data[self._start + offset :])
        if self._utf8:
            _length(text, 1)
            return bytes(text.take(_length(text, 1))).decode("utf-8", "replace")
        return bytes(text.take(2 * _length(text, 2))).decode("utf-16-le", "replace")


def _length(text: Cursor, width: int) -> int:
    """A length of one or two units; the highest bit of the first tells."""
    high = 0x80 if width == 1 else 0x8000
    first = text.take(1)[0] if width == 1 else text.u16()
    if first & high:
        second = text.take(1)[0] if width == 1 else text.u16()
        first = (first & (high - 1)) << (8 * width) | second
    if first > MAX_STRING:
        raise Malformed("a string is too long")
    return first


class _Reader:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self._count = 0

    def start(self, element: Element) -> None:
        self._count += 1
        if len(self.open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Malformed("too many elements, or too deep")
        if self.open:
            self.open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        else:
            raise Malformed("it has two roots")
        self.open.append(element)

    def end(self) -> None:
        if not self.open:
            raise Malformed("an element ends that did not begin")
        self.open.pop()


def _chunk(chunks: Cursor) -> tuple[int, Cursor]:
    """The next chunk with its header (ResChunk_header)."""
    if chunks.left < 8:
        raise Malformed("a chunk is cut short")
    kind, header, size = struct.unpack_from("<HHI", chunks.data, chunks.at)
    if size < 8 or header < 8 or header > size:
        raise Malformed("a chunk has a size that cannot be")
    return kind, Cursor(chunks.take(size))


def _element(body: Cursor, strings: Strings, numbers: list[int]) -> Element:
    """ResXMLTree_node and ResXMLTree_attrExt."""
    body.take(8)
    line, _ = body.u32(), body.u32()
    _, name, start, size, count = body.u32(), body.u32(), body.u16(), body.u16(), body.u16()
    if size < 20 or 16 + start + size * count > len(body.data):
        raise Malformed("an element has more attributes than there are")
    attributes: dict[str | int, Value] = {}
    for number in range(count):
        at = 16 + start + size * number
        namespace, key, raw, _, _, kind, data = struct.unpack_from("<IIIHBBI", body.data, at)
        value = _value(kind, data, raw, strings)
        attributes[strings[key]] = value
        if namespace != NO_STRING and key < len(numbers):
            attributes[numbers[key]] = value
    return Element(name=strings[name], attributes=attributes, children=[], line=line)


def _value(kind: int, data: int, raw: int, strings: Strings) -> Value:
    if kind == _STRING:
        return strings[data]
    if kind == _BOOLEAN:
        return bool(data)
    if kind in {_DECIMAL, _HEX}:
        return data - (1 << 32) if data >> 31 and kind == _DECIMAL else data
    if kind == _FLOAT:
        return float(struct.unpack("<f", struct.pack("<I", data))[0])
    if kind == _REFERENCE:
        return f"@{data:#010x}"
    return strings[raw] if raw != NO_STRING else data
