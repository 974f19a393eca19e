"""JavaScript, read and not run: what a file sets, calls and has in quotes.

Parsed by tree-sitter, whose tree of a broken file is as complete as can be. What is put together only when the code
runs (`window[a + b]`, a host made of pieces) is not seen here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

import msgspec
import tree_sitter_javascript
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from testbed.errors import Place

MAX_PARSED = 4 << 20
"""Bytes. Broken code takes the parser seconds a megabyte."""

Role = Literal["bundle", "code", "vendor"]


class Text(msgspec.Struct, frozen=True):
    """What stands in quotes, or between two `${}` of a template. `open` says that code goes on where it ends."""

    value: str
    place: Place
    open: bool


class Assigned(msgspec.Struct, frozen=True):
    """Something that is set: `kind` is what the tree calls the value (`array`, `function_expression`); "lexical" for
    what `let`, `const` and `class` declare, which becomes no property of window."""

    kind: str
    place: Place


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """One file. `role`: a target's bundle; other code of the plugin; a vendor's script that a stub serves.

    `assigned` is what becomes a global or a property of any object, by name; `computed`: window gets a property whose
    name the code makes up. `parsed` is False for what is too long: all that follows is empty then."""

    file: str
    role: Role
    source: bytes
    parsed: bool = True
    broken: Place | None = None
    module: Place | None = None
    """Where it first says `import` or `export`."""
    texts: tuple[Text, ...] = ()
    assigned: dict[str, Assigned] = {}
    computed: bool = False
    evals: tuple[Place, ...] = ()


def place_at(file: str, content: bytes, offset: int) -> Place:
    """The place of a byte. Columns count bytes, as the parser's do."""
    return Place(file, content.count(b"\n", 0, offset) + 1, offset - content.rfind(b"\n", 0, offset))


def read_script(file: str, source: bytes, role: Role) -> Script:
    if len(source) > MAX_PARSED:
        return Script(file=file, role=role, source=source, parsed=False)
    root = Parser(_language()).parse(source).root_node
    found = [names for _, names in QueryCursor(_query()).matches(root)]

    def place(node: Node) -> Place:
        return Place(file, node.start_point.row + 1, node.start_point.column + 1)

    wrong = _first_wrong(root) if root.has_error else None
    going_on = {names["open"][0].start_byte for names in found if "open" in names}
    return Script(
        file=file,
        role=role,
        source=source,
        broken=place(wrong) if wrong else None,
        module=next((place(names["module"][0]) for names in _with("module", found)), None),
        texts=tuple(
            text
            for names in _with("text", found)
            for text in _texts(names["text"][0], place(names["text"][0]), going_on)
        ),
        assigned={name: Assigned(kind, place(node)) for name, (kind, node) in _set(found).items()},
        computed=any("computed" in names for names in found),
        evals=tuple(place(names["eval"][0]) for names in _with("eval", found) if not _asks_for_global(names)),
    )


# What is around a node is asked of the query, not of the node: to its parent, each has to come down from the root.
_QUERY = r"""
[(string) (template_string)] @text
(binary_expression left: [(string) (template_string)] @open)
(binary_expression left: (binary_expression right: [(string) (template_string)] @open))

(assignment_expression left: (member_expression property: (property_identifier) @property) right: (_) @value)
(assignment_expression left: (subscript_expression index: (string) @property) right: (_) @value)
(call_expression function: (member_expression property: (property_identifier) @define)
  arguments: (arguments (_) . (string) @property) (#eq? @define "defineProperty"))
(program (variable_declaration (variable_declarator name: (identifier) @global value: (_)? @value)))
(program (function_declaration name: (identifier) @global) @value)
(assignment_expression left: (identifier) @bare right: (_) @value)
(program (lexical_declaration (variable_declarator name: (identifier) @lexical)))
(program (class_declaration name: (identifier) @lexical))
(variable_declarator name: (identifier) @local)
(formal_parameters (identifier) @local)
(assignment_expression left: (subscript_expression
  object: [(identifier) (this)] @window index: [(identifier) (binary_expression) (template_string)
  (call_expression) (member_expression)] @computed) (#match? @window "^(window|self|globalThis|global|this|top)$"))

(program [(import_statement) (export_statement)] @module)

(call_expression function: (identifier) @eval arguments: (arguments) @given (#match? @eval "^(eval|Function)$"))
(call_expression function: (member_expression property: (property_identifier) @eval (#eq? @eval "eval")))
(call_expression function: (parenthesized_expression (sequence_expression (identifier) @eval (#eq? @eval "eval"))))
(new_expression constructor: (identifier) @eval arguments: (arguments) @given (#eq? @eval "Function"))
(call_expression function: [(identifier) (member_expression)] @timer arguments: (arguments . (string) @eval)
  (#match? @timer "(^|\\.)set(Timeout|Interval)$"))
"""

_Match = dict[str, list[Node]]


@cache
def _language() -> Language:
    return Language(tree_sitter_javascript.language())


@cache
def _query() -> Query:
    return Query(_language(), _QUERY)


def _with(name: str, found: list[_Match]) -> list[_Match]:
    """The matches that have this, in order of the file."""
    return sorted((names for names in found if name in names), key=lambda names: names[name][0].start_byte)


def _first_wrong(root: Node) -> Node:
    """The first node that is no JavaScript, or that is missing: down along what holds an error."""
    node = root
    while not (node.is_error or node.is_missing):
        deeper = next((child for child in node.children if child.has_error or child.is_missing), None)
        if deeper is None:
            break
        node = deeper
    return node


def _texts(node: Node, place: Place, going_on: set[int]) -> Iterator[Text]:
    """A string, or each piece of a template between what the code puts in."""
    piece = ""
    for child in node.named_children:
        if child.type == "template_substitution":
            yield Text(piece, place, open=True)
            piece = ""
        else:
            piece += _unescaped(_said(child)) if child.type == "escape_sequence" else _said(child)
    yield Text(piece, place, open=node.start_byte in going_on)


def _unescaped(sequence: str) -> str:
    r"""What `\/`, `\x2f` or `\u002f` stand for."""
    if code := re.fullmatch(r"\\(?:x|u\{?)([0-9a-fA-F]{1,6})\}?", sequence):
        number = int(code[1], 16)
        return chr(number) if number < 0x110000 else ""
    return sequence[1:]


def _set(found: list[_Match]) -> dict[str, tuple[str, Node]]:
    """The kind and the first place of each name that is set: of what becomes a property; else of what becomes a global;
    else of what does not. A bare assignment makes a global where nothing in the file declares the name."""
    declared = {_said(names[way][0]) for way in ("local", "lexical") for names in found if way in names}
    made: dict[str, tuple[str, Node]] = {}
    for way in ("property", "global", "bare", "lexical"):
        for names in _with(way, found):
            node = names[way][0]
            name = _said(node).strip("\"'")
            if way != "bare" or name not in declared:
                made.setdefault(name, ("lexical" if way == "lexical" else _kind(names), node))
    return made


def _kind(names: _Match) -> str:
    return names["value"][0].type if "value" in names else "undefined"


def _asks_for_global(names: _Match) -> bool:
    """`Function("return this")()`, which libraries fall back on where there is no globalThis, and guard."""
    given = names["given"][0] if "given" in names else None
    return given is not None and given.end_byte - given.start_byte < 20 and _said(given)[2:-2] == "return this"


def _said(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def in_texts(scripts: tuple[Script, ...]) -> Iterator[tuple[Script, Text]]:
    for script in scripts:
        for text in script.texts:
            yield script, text
