"""YAML text to a tree of values that know where they stand, and nothing more clever.

The YAML is the core schema of 1.2 (`yes` is text, dates are text) and JSON's data model: what could not travel as
JSON is refused, and so is what a hostile file would use: explicit tags, merge keys, many aliases, deep nesting,
duplicate keys, more than 1 MiB.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

from testbed.errors import Place, PluginRefused

MAX_BYTES = 1 << 20
MAX_NODES = 50_000
MAX_ALIASES = 32
MAX_DEPTH = 50

Scalar = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_JSON = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|0[ox][0-9a-fA-F]+")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Node(msgspec.Struct, frozen=True):
    """A value and its place; `keys` holds the places of a mapping's keys; `size` counts the nodes below it and it."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = {}
    size: int = 1

    @property
    def plain(self) -> Any:
        """The value as JSON would have it."""
        if isinstance(self.value, dict):
            return {key: node.plain for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain for node in self.value]
        return self.value


def read_tree(text: bytes, *, file: str) -> Node:
    """The one document of `text`. Raises PluginRefused with the place and the fix."""
    if len(text) > MAX_BYTES:
        raise PluginRefused(f"{len(text)} bytes of YAML; at most {MAX_BYTES} are read", place=Place(file))
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise PluginRefused("not UTF-8", place=Place(file, line), fix="save the file as UTF-8") from error
    try:
        return _Composer(YAML(typ="safe", pure=True).parse(decoded), file).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        raise PluginRefused(f"not YAML: {error.problem or error.context}", place=place, fix=_hint(error)) from error
    except YAMLError as error:
        raise PluginRefused(f"not YAML: {str(error).splitlines()[0]}", place=Place(file)) from error


def _hint(error: MarkedYAMLError) -> str | None:
    problem = error.problem or ""
    if "\\t" in problem:
        return "indent with spaces"
    if "mapping values are not allowed" in problem:
        return "quote text that contains a colon followed by a space"
    return None


class _Composer:
    """One pass over the parser's events. Keeps anchors, and counts what a bomb would multiply."""

    def __init__(self, events: Iterator[Event], file: str) -> None:
        self._events = iter(events)
        self._file = file
        self._anchors: dict[str, Node] = {}
        self._aliases = 0
        self._nodes = 0

    def document(self) -> Node:
        event = self._next()
        while isinstance(event, StreamStartEvent | DocumentStartEvent):
            event = self._next()
        if not isinstance(event, ScalarEvent | AliasEvent | MappingStartEvent | SequenceStartEvent):
            raise PluginRefused("the file is empty", place=Place(self._file, 1), fix="write `name:` and `steps:`")
        root = self._node(event, depth=0)
        following = self._next()
        if isinstance(following, DocumentEndEvent):
            following = self._next()
        if isinstance(following, DocumentStartEvent):
            raise PluginRefused(
                "a second YAML document", place=self._place(following), fix="one scenario a file; remove the `---`"
            )
        return root

    def _next(self) -> Event:
        return next(self._events)

    def _place(self, event: Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)

    def _node(self, event: Event, *, depth: int) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            raise PluginRefused(f"nested deeper than {MAX_DEPTH} levels", place=place)
        if isinstance(event, AliasEvent):
            return self._alias(event, place)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise PluginRefused(
                f"YAML tag {tag!r}", place=place, fix="tags are not read; quote the value to make it text"
            )
        self._count(1, place)
        if isinstance(event, MappingStartEvent):
            node = self._mapping(place, depth)
        elif isinstance(event, SequenceStartEvent):
            node = self._sequence(place, depth)
        else:
            assert isinstance(event, ScalarEvent)
            node = Node(_whole(event.value, place) if event.style else _scalar(event.value, place), place)
        if getattr(event, "anchor", None):
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: AliasEvent, place: Place) -> Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise PluginRefused(f"more than {MAX_ALIASES} aliases", place=place, fix="write the values out")
        node = self._anchors.get(event.anchor)
        if node is None:
            raise PluginRefused(f"alias *{event.anchor} of no anchor before it", place=place)
        self._count(node.size, place)
        return node

    def _count(self, nodes: int, place: Place) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise PluginRefused(f"more than {MAX_NODES} values", place=place, fix="split the scenario")

    def _sequence(self, place: Place, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            items.append(self._node(event, depth=depth + 1))
        return Node(items, place, size=1 + sum(item.size for item in items))

    def _mapping(self, place: Place, depth: int) -> Node:
        entries: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event)
            if key in entries:
                raise PluginRefused(
                    f"the key {key!r} twice, first at line {keys[key].line}", place=self._place(event), fix="keep one"
                )
            keys[key] = self._place(event)
            entries[key] = self._node(self._next(), depth=depth + 1)
        return Node(entries, place, keys, size=1 + sum(node.size for node in entries.values()))

    def _key(self, event: Event) -> str:
        place = self._place(event)
        if not isinstance(event, ScalarEvent) or getattr(event, "tag", None) is not None:
            raise PluginRefused("a key that is not text", place=place, fix="keys are text")
        text = _whole(event.value, place)
        if not event.style and text == "<<":
            raise PluginRefused("a merge key", place=place, fix="write the keys out")
        if not event.style and not isinstance(_scalar(text, place), str):
            raise PluginRefused(f"the key {text!r} is not text", place=place, fix=f'quote it: "{text}"')
        return text


def _whole(text: str, place: Place) -> str:
    """Quoted text may name a character by its two halves, as JSON does: `"\\ud83d\\ude00"`."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        raise PluginRefused("half a character: a surrogate alone", place=place, fix="write both halves") from error


def _scalar(text: str, place: Place) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if _NOT_JSON.fullmatch(text):
        raise PluginRefused(f"{text} is no JSON number", place=place, fix=f'quote it if it is text: "{text}"')
    if _INTEGER.fullmatch(text) and len(text) <= 300:
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isinf(number):
            raise PluginRefused("a number beyond JSON's range", place=place, fix="quote it if it is text")
        return number
    return text
